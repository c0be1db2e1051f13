internal import FleetModel
internal import Manifests

// What a commit's fleet/ changes: membership, environments, their pauses.

extension Engine {
  mutating func take(configuration new: FleetConfiguration, at commit: String) {
    let names = Set(new.clusters.map(\.name))
    let changed = new.clusters.filter { state.clusters[$0.name]?.record != $0 }
    let removed = state.clusters.keys.filter { !names.contains($0) }.sorted()
    if let old = state.configuration, old.refused == nil, changed.isEmpty, removed.isEmpty,
      old.fleet == new.fleet, old.apps == new.apps, old.environments == new.environments,
      old.windows == new.windows, old.access ?? [] == new.access
    {
      return
    }
    emit(
      .configurationAccepted(
        ConfigurationAccepted(
          commit: commit, fleet: new.fleet, apps: new.apps, environments: new.environments,
          windows: new.windows, access: new.access.isEmpty ? nil : new.access,
          clusters: changed, removed: removed)))
    _ = state.refreshWindows(at: now)
    for id in state.openRollouts { state.change(id) { $0.enqueueHeld() } }
    for id in state.openRollouts {
      dismissLeavers(of: id)
      advance(id)
    }
    for pin in state.activePins { settle(pin) }
  }

  mutating func take(refusedConfiguration findings: [String], at commit: String) {
    if state.configuration?.refused?.commit == commit { return }
    emit(.configurationRefused(ConfigurationRefused(commit: commit, findings: findings)))
  }
}

extension State {
  mutating func apply(_ event: ConfigurationAccepted, _ record: RecordedEvent) {
    configuration = ConfigurationInForce(
      commit: event.commit, acceptedAt: record.at, fleet: event.fleet, apps: event.apps,
      environments: event.environments, windows: event.windows, access: event.access)
    for name in event.removed { clusters[name] = nil }
    for cluster in event.clusters {
      if clusters[cluster.name] == nil {
        clusters[cluster.name] = ClusterStatus(
          record: cluster, environment: nil, placed: record.sequence)
      } else {
        clusters[cluster.name]?.record = cluster
      }
    }
    for (name, status) in clusters {
      let environment = event.environments.first { $0.clusters.matches(status.record) }
      if status.environment != environment?.name {
        clusters[name]?.environment = environment?.name
        clusters[name]?.placed = record.sequence
      }
    }
    let known = clusters
    catalog.flights.move { known[$0]?.record.failureDomain }
    catalogMembers()
    refreshPromotions()
    catalog.windows = nil
  }

  mutating func apply(_ event: ConfigurationRefused, _ record: RecordedEvent) {
    let refused = ConfigurationInForce.Refused(
      commit: event.commit, findings: event.findings, since: record.at)
    if configuration == nil {
      configuration = ConfigurationInForce(
        commit: "", acceptedAt: record.at, fleet: Fleet(), apps: [], environments: [],
        windows: [], access: nil)
    }
    configuration?.refused = refused
  }
}
