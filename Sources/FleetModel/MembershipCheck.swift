import Manifests

/// Every cluster belongs to exactly one environment, and selectors select something.
extension FleetDraft {
  func membership() -> [Finding] {
    // A cluster whose labels could not be read, or an environment without a readable selector,
    // would only cause findings that vanish with the fault itself.
    let labelled = clusters.filter { $0.labels != nil }
    let selecting = environments.compactMap { declaration in
      declaration.value.map { (declaration, $0.environment.clusters) }
    }
    return homes(labelled, selecting) + emptySelectors(labelled, selecting)
  }

  private typealias Selecting = (
    declaration: Declaration<EnvironmentDraft>, selector: LabelSelector
  )

  private func homes(
    _ labelled: [Declaration<Cluster>], _ selecting: [Selecting]
  ) -> [Finding] {
    var findings: [Finding] = []
    var overlaps: [[Int]: [String]] = [:]
    for cluster in labelled {
      let labels = cluster.labels ?? [:]
      let homes = selecting.indices.filter {
        selecting[$0].selector.matches(name: cluster.name, labels: labels)
      }
      if homes.count > 1 { overlaps[homes, default: []].append(cluster.name) }
      guard homes.isEmpty, selecting.count == environments.count else { continue }
      let shown = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      findings.append(
        cluster.error(
          "cluster '\(cluster.name)' belongs to no environment: no selector matches its labels "
            + (shown.isEmpty ? "(it has none)" : shown.joined(separator: ",")),
          remedy: environments.isEmpty
            ? "add an Environment that selects it"
            : "give it the labels of one: "
              + selecting.prefix(5).map { "\($0.declaration.name) selects '\($0.selector)'" }
              .joined(separator: ", ")))
    }
    for (homes, names) in overlaps {
      guard let last = homes.last else { continue }
      let environments = homes.map { selecting[$0].declaration.name }
      let shown = names.sorted().prefix(3).map { "'\($0)'" }.joined(separator: ", ")
      let more = names.count > 3 ? " and \(names.count - 3) more" : ""
      findings.append(
        selecting[last].declaration.error(
          at: ["spec", "clusters"],
          "environments \(environments.listed(by: "and")) select the same clusters: \(shown)\(more)",
          remedy: "narrow one of the selectors: a cluster belongs to exactly one environment"))
    }
    return findings
  }

  private func emptySelectors(
    _ labelled: [Declaration<Cluster>], _ selecting: [Selecting]
  ) -> [Finding] {
    guard labelled.count == clusters.count else { return [] }
    func matchesNothing(_ selector: LabelSelector) -> Bool {
      !labelled.contains { selector.matches(name: $0.name, labels: $0.labels ?? [:]) }
    }
    func remedy(_ selector: LabelSelector) -> String? {
      FleetDraft.labelSuggestion(for: selector, among: labelled)
    }
    var findings: [Finding] = []
    for (declaration, selector) in selecting where matchesNothing(selector) {
      findings.append(
        declaration.warning(
          at: ["spec", "clusters"],
          "environment '\(declaration.name)' selects no cluster with '\(selector)'",
          remedy: remedy(selector)))
    }
    for app in apps {
      guard let selector = app.value?.clusters, matchesNothing(selector) else { continue }
      findings.append(
        app.warning(
          at: ["spec", "clusters"],
          "app '\(app.name)' selects no cluster with '\(selector)'", remedy: remedy(selector)))
    }
    for window in windows {
      guard let selector = window.value?.clusters, matchesNothing(selector) else { continue }
      findings.append(
        window.warning(
          at: ["spec", "clusters"],
          "window '\(window.name)' selects no cluster with '\(selector)'", remedy: remedy(selector))
      )
    }
    return findings
  }

  /// Points at a label key or value that no cluster carries but something similar does.
  static func labelSuggestion(
    for selector: LabelSelector, among clusters: [Declaration<Cluster>]
  ) -> String? {
    for requirement in selector.requirements
    where requirement.operator == .isIn || requirement.operator == .exists {
      if requirement.key == Cluster.nameLabel {
        let names = clusters.map(\.name)
        for value in requirement.values where !names.contains(value) {
          return Suggestion.remedy(
            for: value, among: names, otherwise: "there is no cluster '\(value)'")
        }
        continue
      }
      let keys = Set(clusters.flatMap { ($0.labels ?? [:]).keys })
      guard keys.contains(requirement.key) else {
        return Suggestion.remedy(
          for: requirement.key, among: keys.sorted(),
          otherwise: "no cluster has the label '\(requirement.key)'")
      }
      let values = Set(clusters.compactMap { $0.labels?[requirement.key] })
      for value in requirement.values where !values.contains(value) {
        return Suggestion.remedy(
          for: value, among: values.sorted(),
          otherwise: "values of '\(requirement.key)' are "
            + values.sorted().prefix(10).joined(separator: ", "))
      }
    }
    return nil
  }
}
