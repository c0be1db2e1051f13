import Manifests

extension Codec where Value == Strategy {
  static let strategy: Codec = object(
    "Strategy", "In which waves and at what pace clusters change."
  ) {
    reader in
    let waves = reader.required("waves", .list(.wave, minimum: 1), "The waves, in order.")
    let deletions = reader.optional(
      "deletions", .deletions, absent: "no limit",
      "How much may be deleted without a person's agreement.")
    return waves.map { Strategy(waves: $0, deletions: deletions ?? DeletionBudget()) }
  }
}

extension Codec where Value == WaveSpec {
  static let wave: Codec = object("Wave", "A group of clusters that change together.") { reader in
    reader.alternatives(["clusters", "size"], required: false)
    let name = reader.required("name", .name, "Unique in the strategy.")
    let selector = reader.optional(
      "clusters", .selector, absent: "the rest, or `size`",
      "Which of the clusters that earlier waves left over belong to this one.")
    let size = reader.optional(
      "size", .quantity(from: 1), absent: "the rest, or `clusters`",
      "How many of the clusters that earlier waves left over; a share is of all clusters of the "
        + "rollout and rounds up. The last wave takes the rest.")
    let orderBy = reader.optional(
      "orderBy", .labelKey, absent: "an order that differs from release to release",
      "Label whose values order the clusters inside the wave; numbers count as numbers.")
    let concurrent = reader.optional(
      "maxConcurrent", .quantity(from: 1), absent: "no limit",
      "How many clusters may change at once. A share rounds down, to at least 1.")
    let failures = reader.optional(
      "maxFailures", .quantity(from: 0), absent: "`0`",
      "How many clusters may fail; one more halts the wave. A share rounds down.")
    let unreachable = reader.optional(
      "maxUnreachable", .quantity(from: 0), absent: "`0`",
      "How many unreachable clusters may be left behind as debt. A share rounds down.")
    let deadline = reader.optional(
      "progressDeadline", .duration(positive: true), absent: "`10m`",
      "How long one cluster may take from dispatch to healthy.")
    let soak = reader.optional(
      "soak", .duration, absent: "`0s`",
      "How long every cluster of the wave must stay healthy before the next wave opens.")
    let before = reader.optional(
      "before", .list(.gate), absent: "none", "Gates that must pass before the wave opens.")
    let after = reader.optional(
      "after", .list(.gate), absent: "none",
      "Gates that must pass before the wave counts as passed.")
    let onBreach = reader.optional(
      "onBreach", Codec<WaveSpec.Breach>.word("onBreach", of: "Wave"), absent: "`halt`",
      "What happens when a limit is broken.")
    guard let name else { return nil }
    let membership: WaveSpec.Membership =
      selector.map { .selector($0) } ?? size.map { .size($0) } ?? .rest
    return WaveSpec(
      name: name, membership: membership, orderBy: orderBy, maxConcurrent: concurrent,
      maxFailures: failures ?? .count(0), maxUnreachable: unreachable ?? .count(0),
      progressDeadline: deadline ?? .minutes(10), soak: soak ?? .zero, before: before ?? [],
      after: after ?? [], onBreach: onBreach ?? .halt)
  }
}

extension Codec where Value == DeletionBudget {
  static let deletions: Codec = object(
    "Deletions", "What a rollout may delete without somebody's agreement."
  ) {
    reader in
    let perCluster = reader.optional(
      "maxPerCluster", .integer(from: 0), absent: "no limit",
      "How many objects may go from one cluster.")
    let percent = reader.optional(
      "maxPercent", .integer(from: 0, to: 100), absent: "no limit",
      "Share of the app's objects on one cluster that may go, in percent.")
    let guarded = reader.optional(
      "approvalFor", .list(.nonEmptyText),
      absent: DeletionBudget.guardedKinds.map { "`\($0)`" }.joined(separator: ", "),
      "Kinds whose deletion always needs an approval.")
    return DeletionBudget(
      maxPerCluster: perCluster, maxPercent: percent,
      approvalFor: guarded ?? DeletionBudget.guardedKinds)
  }
}

extension Codec where Value == Gate {
  static let gate: Codec = object("Gate", "A check that must pass.") { reader in
    reader.alternatives(["approval", "http", "prometheus", "hold"], required: true)
    let approval = reader.optional("approval", .approvals, "People must agree.")
    let http = reader.optional(
      "http", .httpGate, "2xx passes, 4xx fails, everything else is retried.")
    let prometheus = reader.optional("prometheus", .prometheusGate, "A query must hold.")
    let hold = reader.optional("hold", .name, "Waits for a person; the name says for what.")
    return approval.map { .approval($0) } ?? http.map { .http($0) }
      ?? prometheus.map { .prometheus($0) } ?? hold.map { .hold(name: $0) }
  }
}

extension Codec where Value == HTTPGate {
  static let httpGate: Codec = object("HTTPGate", "A request whose answer decides.") { reader in
    let url = reader.required("url", .httpURL, "Asked with GET.")
    let timeout = reader.optional(
      "timeout", .duration(positive: true), absent: "`10s`", "For one request.")
    return url.map { HTTPGate(url: $0, timeout: timeout ?? .seconds(10)) }
  }
}

extension Codec where Value == PrometheusGate {
  static let prometheusGate: Codec = object("PrometheusGate", "A query whose value decides.") {
    reader in
    let url = reader.required("url", .httpURL, "Base URL of the Prometheus API.")
    let query = reader.required("query", .nonEmptyText, "PromQL with one value as its result.")
    let threshold = reader.required(
      "threshold",
      .text("a comparison such as < 0.01", pattern: "^(<|<=|>|>=|==|!=) *-?[0-9.]+(e-?[0-9]+)?$") {
        Threshold($0) != nil
      }, "What the value must satisfy.")
    let span = reader.optional("for", .duration, absent: "`0s`", "How long it must hold.")
    guard let url, let query, let threshold else { return nil }
    return PrometheusGate(url: url, query: query, threshold: threshold, for: span ?? .zero)
  }
}
