import Manifests

/// An environment as its file has it, its strategy not yet looked up.
struct EnvironmentDraft: Sendable {
  enum StrategyChoice: Sendable {
    case unsaid
    case named(String)
    case inline(Strategy)
  }

  var environment: Environment
  let strategy: StrategyChoice
  let hasPromotion: Bool
}

extension Codec where Value == EnvironmentDraft {
  static let environment: Codec = object("Environment", "A promotion step that selects clusters.") {
    reader in
    let clusters = reader.required(
      "clusters", .selector,
      "Its clusters. Every cluster belongs to exactly one environment.")
    let after = reader.optional(
      "after", .list(.name), absent: "none: it follows the tracked branch",
      "Environments in which a release must be stable first.")
    let promotion = reader.optional(
      "promotion", .promotion, absent: "`{mode: manual}`",
      "How a release that is stable there comes here.")
    let policy = reader.optional(
      "onNewRelease", Codec<NewReleasePolicy>.word("onNewRelease", of: "Environment"),
      absent: "`coalesce`", "What happens to a release that arrives while a rollout runs.")
    let protectAfter = reader.optional(
      "protectAfter", .duration(positive: true), absent: "`\(Environment.defaultProtectAfter)`",
      "With `onNewRelease: supersede`: how long newer releases may take over from each other. Then "
        + "the rollout that is open comes to its end first.")
    let strategy = reader.optional(
      "strategy", .strategyChoice,
      absent: "`defaultStrategy` of the Fleet, else one wave with every cluster",
      "Name of a Strategy, or a strategy written in place.")
    let drift = reader.optional(
      "drift", Codec<DriftPolicy>.word("drift", of: "Environment"), absent: "`report`",
      "What happens to differences between clusters and their target states.")
    let paused = reader.optional(
      "paused", .boolean, absent: "`false`", "While true, nothing new is dispatched.")
    guard let clusters else { return nil }
    return EnvironmentDraft(
      environment: Environment(
        name: "", clusters: clusters, after: after ?? [], promotion: promotion ?? Promotion(),
        onNewRelease: policy ?? .coalesce, protectAfter: protectAfter, drift: drift ?? .report,
        paused: paused ?? false),
      strategy: strategy ?? .unsaid, hasPromotion: promotion != nil)
  }
}

extension Codec where Value == EnvironmentDraft.StrategyChoice {
  static let strategyChoice: Codec = Codec(
    .either([Codec<String>.name.shape(), Codec<Strategy>.strategy.shape()]),
    decode: { node, context in
      if node.mapping != nil {
        return Codec<Strategy>.strategy.decode(node, context).map { .inline($0) }
      }
      guard node.scalar != nil else {
        context.mismatch(node, expected: "the name of a Strategy, or a mapping with 'waves'")
        return nil
      }
      return Codec<String>.name.decode(node, context).map { .named($0) }
    })
}

extension Codec where Value == Promotion {
  static let promotion: Codec = object("Promotion", "How a release comes to be wanted here.") {
    reader in
    let mode = reader.optional(
      "mode", Codec<Promotion.Mode>.word("mode", of: "Promotion"), absent: "`manual`",
      "By itself, or by a person.")
    let soak = reader.optional(
      "soak", .duration, absent: "`0s`",
      "How long a release must have been stable upstream first.")
    let approvals = reader.optional(
      "approvals", .approvals, absent: "none", "Who must agree.")
    return Promotion(mode: mode ?? .manual, soak: soak ?? .zero, approvals: approvals)
  }
}

extension Codec where Value == Approvals {
  static let approvals: Codec = object("Approvals", "Who must agree, and how many of them.") {
    reader in
    let required = reader.optional(
      "required", .integer(from: 1), absent: "`1`", "How many people.")
    let roles = reader.optional(
      "roles", .list(.nonEmptyText), absent: "anybody who may approve",
      "Roles that may approve.")
    let author = reader.optional(
      "authorMayApprove", .boolean, absent: "`false`",
      "Whether the author of the change counts.")
    let span = reader.optional(
      "validFor", .duration(positive: true), absent: "as long as the plan stands",
      "How long an approval counts.")
    return Approvals(
      required: required ?? 1, roles: roles ?? [], authorMayApprove: author ?? false,
      validFor: span)
  }
}
