internal import FleetModel
internal import Manifests
internal import RolloutEngine

extension StateView {
  /// Sorted by name.
  func clusters(_ filter: ListFilter = ListFilter()) -> [ClusterDocument] {
    state.clusters.values.filter { cluster in
      (filter.selector?.matches(cluster.record) ?? true)
        && (filter.environment == nil || cluster.environment == filter.environment)
        && (filter.app.map { appNames(of: cluster).contains($0) } ?? true)
    }
    .sorted { $0.record.name < $1.record.name }
    .map(document)
  }

  func cluster(_ name: String) -> ClusterDocument? { state.clusters[name].map(document) }

  private func appNames(of cluster: ClusterStatus) -> [String] {
    (state.configuration?.apps ?? [])
      .filter { $0.clusters.matches(cluster.record) }.map(\.name)
  }

  private func document(_ cluster: ClusterStatus) -> ClusterDocument {
    let name = cluster.record.name
    let names = Set(appNames(of: cluster)).union(cluster.deployed.keys).sorted()
    return ClusterDocument(
      name: name, labels: cluster.record.labels, environment: cluster.environment,
      server: cluster.record.server, failureDomain: cluster.record.failureDomain,
      cordon: cluster.cordon.map(decision),
      connection: connections[name].map(ConnectionDocument.init),
      apps: names.map { app in
        let deployed = cluster.deployed[app]
        let pin = cluster.environment.flatMap { state.pins[PinID(app: app, environment: $0)] }
        // Only these two can be there unless somebody changed the cluster behind our back.
        let release = [pin?.release, pin?.stable].compactMap { $0 }.first { release in
          deployed?.digest != nil && state.digest(of: release, on: name) == deployed?.digest
        }
        return .init(
          app: app, digest: deployed?.digest?.hex, release: release?.rawValue,
          since: deployed.map { Timestamp($0.since) }, drifted: deployed?.drift?.lines.count)
      })
  }

  /// In the order of their names.
  func apps() -> [AppDocument] {
    (state.configuration?.apps ?? []).map { app in
      AppDocument(
        name: app.name, path: app.path, overlays: app.overlays, namespace: app.namespace,
        clusters: state.clusters.values.count { app.clusters.matches($0.record) },
        release: state.releases(of: app.name).last?.rawValue)
    }
  }

  /// In the order of promotion.
  func environments() -> [EnvironmentDocument] {
    guard let configuration = state.configuration else { return [] }
    let ordered = FleetConfiguration(environments: configuration.environments).environmentsInOrder
    return ordered.enumerated().map { position, environment in
      EnvironmentDocument(
        name: environment.name, after: environment.after,
        promotion: environment.after.isEmpty ? "follows" : environment.promotion.mode.rawValue,
        clusters: state.clusters.values.count { $0.environment == environment.name },
        position: position, hold: state.holds[environment.name].map { decision($0.decision) },
        pins: configuration.apps.compactMap { app in
          let id = PinID(app: app.name, environment: environment.name)
          return state.pins[id].map(document)
        })
    }
  }

  private func document(_ pin: Pin) -> EnvironmentDocument.PinDocument {
    .init(
      app: pin.app, release: pin.release?.rawValue, stable: pin.stable?.rawValue,
      stableSince: pin.stable.flatMap { state.releases[$0]?.stability[pin.environment] }
        .map { Timestamp($0.since) },
      waiting: pin.waiting.map(\.release.rawValue), rollout: pin.rollout?.rawValue,
      debt: pin.debt.mapValues(\.text),
      hold: state.holds["\(pin.id)"].map { decision($0.decision) })
  }

  /// Newest first, commits that cannot be rendered among them.
  func releases(_ filter: ListFilter = ListFilter()) -> [ReleaseDocument] {
    let released = state.releases.values.map(document)
    let invalid = state.commits.values.compactMap(document)
    return (released + invalid).filter { release in
      (filter.app ?? release.app) == release.app
        && (filter.environment.map { release.pinned.contains($0) || release.stable.contains($0) }
          ?? true)
    }
    .sorted { ($0.created, $0.name) > ($1.created, $1.name) }
  }

  func release(_ name: String) -> ReleaseDocument? {
    state.releases[ReleaseID(name)].map(document)
      ?? state.commits.values.lazy.compactMap(document).first { $0.name == name }
  }

  private func document(_ release: Release) -> ReleaseDocument {
    let pins = state.pins.values.filter { $0.app == release.app }
    return ReleaseDocument(
      name: release.id.rawValue, app: release.app, change: release.commit.commit,
      subject: release.commit.subject, author: release.commit.author,
      created: Timestamp(release.recordedAt), rejection: release.rejection.map(decision),
      changedClusters: release.changes.count,
      pinned: pins.filter { $0.release == release.id }.map(\.environment).sorted(),
      stable: pins.filter { $0.stable == release.id }.map(\.environment).sorted())
  }

  private func document(_ outcome: CommitOutcome) -> ReleaseDocument? {
    guard case .invalid(let reason) = outcome.result else { return nil }
    return ReleaseDocument(
      name: ReleaseID(app: outcome.app, commit: outcome.commit.commit).rawValue, app: outcome.app,
      change: outcome.commit.commit, subject: outcome.commit.subject,
      author: outcome.commit.author, created: Timestamp(outcome.recordedAt), invalid: reason,
      changedClusters: 0)
  }

  var totals: HubStatusDocument.Totals {
    .init(
      clusters: state.clusters.count, environments: state.configuration?.environments.count ?? 0,
      apps: state.configuration?.apps.count ?? 0,
      openRollouts: state.rollouts.values.count { !$0.phase.isTerminal })
  }
}
