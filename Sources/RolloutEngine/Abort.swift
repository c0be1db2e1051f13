internal import FleetModel

// Ending a rollout before its plan: by a person, or because a newer release takes over. Clusters
// stay as they are.

extension Engine {
  mutating func abort(_ id: RolloutID, by command: Command) throws(Refusal) {
    let rollout = try open(id, for: "abort \(id)")
    let waves = rollout.plannedWaves
    let detail =
      "\(waves.reduce(0) { $0 + $1.counts.healthy }) of \(waves.reduce(0) { $0 + $1.count }) targets "
      + "have the new release, \(rollout.counts.inFlight) were in flight"
    emit(.rolloutAborted(RolloutChanged(rollout: id, detail: detail)), by: command)
    if rollout.kind == .rollback { concludeRollback(by: id) } else { settle(rollout.pin) }
  }

  /// The hub ends a rollout that can never go on.
  mutating func end(_ id: RolloutID, because reason: String) {
    guard let pin = state.rollouts[id]?.pin, let kind = state.rollouts[id]?.kind else { return }
    emit(.rolloutAborted(RolloutChanged(rollout: id, detail: reason)))
    if kind == .rollback { concludeRollback(by: id) } else { settle(pin) }
  }

  /// The newer release takes over. A pause that a person asked for goes on in its rollout.
  mutating func supersede(_ id: RolloutID) {
    guard let pin = state.rollouts[id]?.pin, let by = state.rollouts[id]?.supersededBy else {
      return
    }
    let pause = state.rollouts[id]?.pause
    emit(.rolloutSuperseded(RolloutChanged(rollout: id, detail: "\(by) took over")))
    settle(pin, inheriting: pause)
  }
}

extension State {
  mutating func apply(_ event: RolloutSuperseding) {
    change(event.rollout) { $0.supersededBy = event.by }
  }

  /// Ends a rollout in `phase` with whatever is open in it.
  mutating func apply(ended phase: RolloutPhase, _ event: RolloutChanged, _ record: RecordedEvent) {
    change(event.rollout) { rollout in
      rollout.cancelRest()
      rollout.enter(phase, at: record.at, because: event.detail)
    }
    close(event.rollout)
    guard let rollout = rollouts[event.rollout] else { return }
    if rollout.kind == .release {
      withPin(rollout.pin) { pin in
        pin.supersedingSince =
          phase == .superseded ? pin.supersedingSince ?? rollout.plannedAt : nil
      }
    }
    var debt = debtLeft(by: event.rollout)
    for target in rollout.targets where target.phase == .cancelled {
      let what = target.deletes == nil ? "" : "deletions: "
      debt[target.cluster] = Debt(
        phase: .cancelled, reason: "\(what)\(event.rollout) was \(phase.rawValue)")
    }
    change(event.rollout) { $0.debt = debt }
    // The environment's release is still the stable one, so nothing else would remember these.
    if rollout.kind != .release {
      withPin(rollout.pin) { $0.debt.merge(debt) { _, new in new } }
    }
    rememberPartialRollback(event.rollout)
  }
}
