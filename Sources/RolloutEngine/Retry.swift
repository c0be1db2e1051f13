internal import FleetModel

// New attempts at targets that failed.

extension Engine {
  mutating func retry(_ id: RolloutID, _ names: [String], by command: Command) throws(Refusal) {
    let what = "retry \(id)"
    if let rollout = state.rollouts[id], rollout.phase.isTerminal {
      return try retryDebt(of: rollout, names, by: command)
    }
    let rollout = try open(id, for: what)
    try requireNotRejected(rollout, for: what)
    let targets = try failures(of: rollout, names, for: what)
    guard rollout.phase == .halted || !targets.isEmpty else {
      throw Refusal(
        what: what, why: "no target of its current wave failed",
        remedy: "see what it waits for: flotilla explain \(id)")
    }
    if rollout.currentWave < rollout.waves.count {
      let wave = rollout.waves[rollout.currentWave]
      let failed = rollout.targets[wave.targets].filter {
        $0.phase.isFailure && !targets.contains($0.cluster)
      }
      guard failed.count <= wave.maxFailures else {
        throw Refusal(
          what: what,
          why: "\(failed.count) other targets of wave '\(wave.name)' would still count as failed, "
            + "\(wave.maxFailures) may",
          remedy: "try all of them: flotilla rollout retry \(id)")
      }
    }
    if !targets.isEmpty { reopen(id) }
    emit(.rolloutRetried(RolloutRetried(rollout: id, targets: targets)), by: command)
    advance(id)
  }

  /// Names of the targets to try again, in the order of the plan.
  private func failures(
    of rollout: Rollout, _ names: [String], for what: String
  ) throws(Refusal) -> [String] {
    guard !names.isEmpty else {
      return rollout.targets.filter { $0.phase.isFailure && $0.wave == rollout.currentWave }
        .map(\.cluster)
    }
    var positions: Set<Int> = []
    for name in names {
      guard let position = rollout.positions[name] else {
        throw Refusal(
          what: what, why: "'\(name)' is not a target of it",
          remedy: "list them: flotilla get targets --rollout \(rollout.id)")
      }
      let target = rollout.targets[position]
      guard target.phase.isFailure || target.phase == .deferred else {
        throw Refusal(
          what: what, why: "target '\(name)' is \(rollout.phase(ofTargetAt: position).rawValue)",
          remedy: "try those that failed: flotilla rollout retry \(rollout.id)")
      }
      guard target.wave == rollout.currentWave else {
        throw Refusal(
          what: what, why: "the wave of '\(name)' has passed without it",
          remedy: "when the rollout has ended: flotilla rollout retry \(rollout.id)")
      }
      positions.insert(position)
    }
    return positions.sorted().map { rollout.targets[$0].cluster }
  }

  /// After the end, what was left behind is tried again in a catch-up rollout.
  private mutating func retryDebt(
    of rollout: Rollout, _ names: [String], by command: Command
  ) throws(Refusal) {
    let what = "retry \(rollout.id)"
    let pin = rollout.pin
    guard let record = state.pins[pin], record.stable == rollout.release,
      record.release == rollout.release
    else {
      throw Refusal(
        what: what, why: "it has ended (\(rollout.phase.rawValue)) without becoming stable",
        remedy: "roll out again: flotilla promote \(rollout.release) --to \(pin.environment)")
    }
    if let open = record.rollout {
      throw Refusal(
        what: what, why: "\(open) is under way in \(pin.environment)",
        remedy: "see how it stands: flotilla rollout status \(open)")
    }
    let late = state.members(of: pin).filter { cluster in
      record.debt[cluster] != nil && (names.isEmpty || names.contains(cluster))
        && state.differs(cluster, from: rollout.release, of: pin.app)
    }
    guard !late.isEmpty else {
      throw Refusal(
        what: what, why: "it left no target behind that could be tried again",
        remedy: "see how it ended: flotilla rollout status \(rollout.id)")
    }
    plan(pin, rollout.release, for: late, kind: .catchUp, by: command)
  }
}

extension State {
  mutating func apply(_ event: RolloutRetried, _ record: RecordedEvent) {
    change(event.rollout) { rollout in
      for name in event.targets {
        guard let position = rollout.positions[name] else { continue }
        rollout.move(position, to: .pending)
        rollout.targets[position].deadline = nil
      }
      for index in rollout.waves.indices { rollout.waves[index].resetFailedGates() }
      if rollout.phase == .halted { rollout.enter(.running, at: record.at) }
    }
    setSoakTimer(of: event.rollout)
  }
}
