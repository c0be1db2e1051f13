internal import FleetModel

// Clusters that leave, join, or come back. None of it changes a plan that has started.

extension Engine {
  /// Targets whose cluster no longer belongs to the rollout's app and environment become gone.
  mutating func dismissLeavers(of id: RolloutID) {
    guard let pin = state.rollouts[id]?.pin else { return }
    let members = Set(state.members(of: pin))
    guard !members.isEmpty else {
      let reason = "no cluster of \(pin.app) is left in \(pin.environment)"
      end(id, because: reason)
      return
    }
    guard let rollout = state.rollouts[id] else { return }
    let leavers = rollout.targets.filter {
      !members.contains($0.cluster) && !rollout.waves[$0.wave].phase.isTerminal
        && $0.phase != .gone && $0.phase != .skipped
    }
    for target in leavers {
      let line = "the cluster left \(pin.environment)"
      emit(
        .targetGone(
          TargetChanged(
            rollout: id, cluster: target.cluster, attempt: target.attempt, line: line)))
    }
  }

  /// Brings the stable release to clusters that do not have it: joiners, and those that came back.
  mutating func catchUp(_ pin: PinID) {
    guard let record = state.pins[pin], let stable = record.stable, record.release == stable,
      state.releases[stable]?.rejection == nil, state.environment(pin.environment) != nil
    else { return }
    let late = state.members(of: pin).filter { cluster in
      record.debt[cluster] == nil && state.differs(cluster, from: stable, of: pin.app)
    }
    guard !late.isEmpty else { return }
    plan(pin, stable, for: late, kind: .catchUp)
  }

  mutating func take(_ report: InventoryReport) {
    guard let status = state.clusters[report.cluster] else {
      ignore("inventory of an unknown cluster")
      return
    }
    let apps = (state.configuration?.apps ?? []).map(\.name).filter { app in
      // Between dispatch and confirmation the target's own evidence decides.
      !state.isInFlight(app, on: report.cluster)
        && (status.deployed[app].map { $0.since <= report.observedAt } ?? true)
    }
    var digests = report.digests.filter { apps.contains($0.key) }
    digests = digests.filter { status.deployed[$0.key]?.digest != $0.value }
    let absent = apps.filter { status.deployed[$0] != nil && report.digests[$0] == nil }
    let returns = state.hasDeferred(report.cluster)
    guard !digests.isEmpty || !absent.isEmpty || returns else { return }
    emit(
      .inventoryRecorded(
        InventoryRecorded(cluster: report.cluster, digests: digests, absent: absent)))
    if let environment = status.environment {
      for app in digests.keys.sorted() {
        advanceDependents(of: PinID(app: app, environment: environment))
      }
    }
    // Thousands report at once after an outage: only what can catch up is looked at.
    for app in (state.configuration?.apps ?? []).map(\.name) {
      guard let environment = status.environment else { return }
      let pin = PinID(app: app, environment: environment)
      guard let stable = state.pins[pin]?.stable,
        state.differs(report.cluster, from: stable, of: app)
      else { continue }
      settle(pin)
    }
  }
}

extension State {
  func environment(_ name: String) -> Environment? { configuration?.environment(name) }

  /// Whether a cluster is known not to have, or not known to have, what a release wants there, or
  /// has more than that, which waits to be deleted, or drifted from it and is to be corrected.
  /// False where the release does not name the cluster: then nothing can be delivered.
  func differs(_ cluster: String, from release: ReleaseID, of app: String) -> Bool {
    guard let wanted = digest(of: release, on: cluster) else { return false }
    let deployed = clusters[cluster]?.deployed[app]
    return deployed?.digest != wanted || deployed?.leftovers != nil
      || deployed?.drift?.isCorrected == true
  }

  func isInFlight(_ app: String, on cluster: String) -> Bool {
    guard let environment = clusters[cluster]?.environment,
      let id = pins[PinID(app: app, environment: environment)]?.rollout,
      let target = rollouts[id]?.target(cluster)
    else { return false }
    return target.phase.isInFlight
  }

  /// Whether some pin left the cluster behind because it did not answer.
  func hasDeferred(_ cluster: String) -> Bool {
    guard let environment = clusters[cluster]?.environment else { return false }
    return (configuration?.apps ?? []).contains { app in
      pins[PinID(app: app.name, environment: environment)]?.debt[cluster]?.phase == .deferred
    }
  }

  mutating func apply(_ event: InventoryRecorded, _ record: RecordedEvent) {
    for (app, digest) in event.digests {
      clusters[event.cluster]?.deployed[app] = Deployed(digest: digest, since: record.at)
    }
    for app in event.absent { clusters[event.cluster]?.deployed[app] = nil }
    // It answers again, so what was left behind for that reason may catch up.
    guard let environment = clusters[event.cluster]?.environment else { return }
    for app in configuration?.apps ?? [] {
      let pin = PinID(app: app.name, environment: environment)
      if pins[pin]?.debt[event.cluster]?.phase == .deferred {
        pins[pin]?.debt[event.cluster] = nil
      }
    }
  }
}
