internal import FleetModel
internal import HubAPI
internal import Manifests

/// The wave that tries every distinct change, as YAML for the `waves` of a strategy.
struct CanarySnippet {
  let text: String

  init(_ preview: PlanPreviewDocument) {
    let canaries = preview.canaries
    let environment = preview.plans.first?.environment ?? ""
    let releases = preview.plans.map(\.release).joined(separator: ", ")
    guard !canaries.clusters.isEmpty else {
      text = "# nothing changes in \(environment), so there is nothing to try\n"
      return
    }
    func count(_ number: Int, _ noun: String) -> String {
      "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
    var lines = [
      "# \(count(canaries.clusters.count, "cluster")) for "
        + "\(count(canaries.changes, "distinct change")) of \(releases) in \(environment): "
        + (canaries.isSmallest ? "no smaller set tries all of them" : "the best set that was found")
    ]
    if !canaries.notReady.isEmpty {
      lines.append(
        "# cordoned or silent, but nothing else has their change: "
          + canaries.notReady.joined(separator: ", "))
    }
    lines.append("# the first of the strategy's waves:")
    let waves = preview.plans.flatMap(\.waves)
    let selector = LabelSelector([
      LabelSelector.Requirement(Cluster.nameLabel, .isIn, canaries.clusters)
    ])
    let soak = waves.map(\.soak).first { $0 != "0s" } ?? "10m"
    lines += [
      "- name: \(waves.contains { $0.name == "canary" } ? "canaries" : "canary")",
      "  clusters: \(selector)",
      "  soak: \(soak)",
    ]
    text = lines.joined(separator: "\n") + "\n"
  }
}
