internal import FleetModel
internal import RolloutEngine

extension StateView {
  /// Sorted by cluster and app.
  func drift(_ filter: ListFilter = ListFilter()) -> [DriftDocument] {
    state.clusters.values.filter { cluster in
      (filter.selector?.matches(cluster.record) ?? true)
        && (filter.environment == nil || cluster.environment == filter.environment)
    }
    .flatMap { cluster in
      cluster.deployed.compactMap { app, deployed in
        guard let drift = deployed.drift, (filter.app ?? app) == app else { return nil }
        return DriftDocument(
          cluster: cluster.record.name, environment: cluster.environment, app: app,
          since: Timestamp(drift.since), lines: drift.lines, isCorrected: drift.isCorrected)
      }
    }
    .sorted { ($0.cluster, $0.app) < ($1.cluster, $1.app) }
  }

  /// More clusters than this are told as one finding per app.
  private static let toldApart = 5

  /// What has drifted, with the command that takes it back.
  func driftFindings(_ filter: ListFilter = ListFilter()) -> [BlockerDocument] {
    Dictionary(grouping: drift(filter), by: \.app).sorted { $0.key < $1.key }
      .flatMap { app, drifts in
        drifts.count > StateView.toldApart
          ? [StateView.finding(app, drifts, filter)] : drifts.map { StateView.finding($0) }
      }
  }

  func driftFindings(onCluster name: String) -> [BlockerDocument] {
    drift().filter { $0.cluster == name }.map { StateView.finding($0) }
  }

  private static func finding(_ drift: DriftDocument) -> BlockerDocument {
    let more = drift.lines.count > 1 ? " (and \(drift.lines.count - 1) more)" : ""
    return BlockerDocument(
      object: "cluster/\(drift.cluster)",
      message: "\(drift.app) on \(drift.cluster) has drifted: \(drift.lines.first ?? "")\(more)",
      since: drift.since,
      clearedBy: drift.isCorrected ? "a rollout that takes it back" : "a person",
      command: drift.isCorrected
        ? nil : "flotilla drift correct \(drift.cluster) --app \(drift.app) --reason 'WHY'")
  }

  private static func finding(
    _ app: String, _ drifts: [DriftDocument], _ filter: ListFilter
  ) -> BlockerDocument {
    BlockerDocument(
      object: "app/\(app)", message: "\(app) has drifted on \(drifts.count) clusters",
      since: drifts.map(\.since).min(), clearedBy: "a person, cluster by cluster",
      command: "flotilla get drift --app \(app)"
        + (filter.environment.map { " --environment \($0)" } ?? ""))
  }
}
