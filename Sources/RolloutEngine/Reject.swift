internal import FleetModel

// The veto of a release, everywhere: nothing new is brought anywhere, and what has it keeps it.

extension Engine {
  mutating func reject(_ change: String, by command: Command) throws(Refusal) {
    let what = "reject \(change)"
    let wanted = try releases(meantBy: change, what).filter { $0.rejection == nil }
    guard !wanted.isEmpty else {
      throw Refusal(
        what: what, why: "it is rejected already",
        remedy: "to lift that: flotilla unreject \(change)")
    }
    for release in wanted {
      emit(
        .releaseRejected(ReleaseRejected(release: release.id, app: release.app)), by: command)
    }
    stopRejected()
  }

  mutating func unreject(_ change: String, by command: Command) throws(Refusal) {
    let what = "unreject \(change)"
    let rejected = try releases(meantBy: change, what).filter { $0.rejection != nil }
    guard !rejected.isEmpty else {
      throw Refusal(
        what: what, why: "it is not rejected", remedy: "list releases: flotilla get releases")
    }
    for release in rejected {
      emit(
        .releaseUnrejected(ReleaseRejected(release: release.id, app: release.app)), by: command)
    }
    for id in state.openRollouts { advance(id) }
    for pin in state.activePins { settle(pin) }
  }

  /// Halts what brings a rejected release anywhere, and lets automation choose again.
  mutating func stopRejected() {
    for id in state.openRollouts where state.rejection(stopping: id) != nil { advance(id) }
    for pin in state.activePins { settle(pin) }
  }

  func requireNotRejected(_ rollout: Rollout, for what: String) throws(Refusal) {
    guard let why = state.rejection(stopping: rollout.id) else { return }
    throw Refusal(
      what: what, why: why,
      remedy: "to lift that: flotilla unreject \(rollout.release); to end the rollout: flotilla "
        + "rollout abort \(rollout.id)")
  }
}

extension State {
  /// Why a rollout may not go on, where its release is rejected. A rollback puts back what was there
  /// before, whatever anybody thinks of that.
  func rejection(stopping id: RolloutID) -> String? {
    guard let rollout = rollouts[id], rollout.kind != .rollback,
      let rejection = releases[rollout.release]?.rejection
    else { return nil }
    return "\(rollout.release) was rejected by \(rejection.text)"
  }

  mutating func apply(rejected event: ReleaseRejected, _ record: RecordedEvent) {
    releases[event.release]?.rejection = Pause(
      actor: record.actor, reason: record.reason, since: record.at, until: nil)
    for id in pins.keys where id.app == event.app {
      pins[id]?.waiting.removeAll { $0.release == event.release }
    }
    refreshPromotions()
  }

  mutating func apply(unrejected event: ReleaseRejected) {
    releases[event.release]?.rejection = nil
    refreshPromotions()
  }
}
