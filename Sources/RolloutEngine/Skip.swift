internal import FleetModel

// Leaving targets, or a whole wave, out of a rollout. They are its debt.

extension Engine {
  mutating func skip(
    _ id: RolloutID, wave name: String?, _ names: [String], by command: Command
  ) throws(Refusal) {
    let what = "skip in \(id)"
    let rollout = try open(id, for: what)
    try requireNotRejected(rollout, for: what)
    let targets: [String]
    if let name {
      targets = try targetsToSkip(of: wave(name, of: rollout, for: what), rollout, names, what)
    } else {
      targets = try targetsToSkip(of: rollout, names, what)
    }
    let skipped = Set(targets)
    let staysSomething = rollout.targets.enumerated().contains { position, target in
      // A skipped deletion leaves what its cluster got before.
      !(skipped.contains(target.cluster) && rollout.positions[target.cluster] == position)
        && (target.phase == .pending || target.phase.isInFlight || target.phase == .healthy)
    }
    guard staysSomething else {
      throw Refusal(
        what: what, why: "no target of it would be left",
        remedy: "to end it: flotilla rollout abort \(id)")
    }
    if name == nil, rollout.phase == .halted, rollout.currentWave < rollout.waves.count {
      let wave = rollout.waves[rollout.currentWave]
      let failed = rollout.targets[wave.targets].count {
        $0.phase.isFailure && !skipped.contains($0.cluster)
      }
      guard failed <= wave.maxFailures else {
        throw Refusal(
          what: what,
          why: "\(failed) other targets of wave '\(wave.name)' would still count as failed, "
            + "\(wave.maxFailures) may",
          remedy: "skip all that failed: flotilla rollout skip \(id)")
      }
    }
    emit(.rolloutSkipped(RolloutSkipped(rollout: id, wave: name, targets: targets)), by: command)
    advance(id)
  }

  /// What a wave would still bring somewhere.
  private func targetsToSkip(
    of wave: Wave, _ rollout: Rollout, _ names: [String], _ what: String
  ) throws(Refusal) -> [String] {
    guard names.isEmpty else {
      throw Refusal(
        what: what, why: "a wave is skipped as a whole",
        remedy: "name the wave or the targets, not both")
    }
    guard !wave.phase.isTerminal else {
      throw Refusal(
        what: what, why: "wave '\(wave.name)' is \(wave.phase.rawValue) already",
        remedy: "see how it stands: flotilla rollout status \(rollout.id)")
    }
    return rollout.targets[wave.targets].filter(\.phase.canBeSkipped).map(\.cluster)
  }

  private func targetsToSkip(
    of rollout: Rollout, _ names: [String], _ what: String
  ) throws(Refusal) -> [String] {
    let id = rollout.id
    guard !names.isEmpty else {
      let failed = rollout.targets.filter {
        $0.phase.isFailure && $0.wave == rollout.currentWave
      }
      guard rollout.phase == .halted, !failed.isEmpty else {
        throw Refusal(
          what: what, why: "no failed target stops it",
          remedy: "name what to leave out: flotilla rollout skip \(id) --target CLUSTER, or "
            + "--wave WAVE")
      }
      return failed.map(\.cluster)
    }
    var positions: Set<Int> = []
    for name in names {
      guard let position = rollout.positions[name] else {
        throw Refusal(
          what: what, why: "'\(name)' is not a target of it",
          remedy: "list them: flotilla get targets --rollout \(id)")
      }
      let target = rollout.targets[position]
      guard target.phase.canBeSkipped, target.wave >= rollout.currentWave else {
        throw Refusal(
          what: what, why: "target '\(name)' is \(rollout.phase(ofTargetAt: position).rawValue)",
          remedy: "see how it stands: flotilla get targets --rollout \(id)")
      }
      positions.insert(position)
    }
    return positions.sorted().map { rollout.targets[$0].cluster }
  }
}

extension TargetPhase {
  fileprivate var canBeSkipped: Bool {
    switch self {
    case .pending, .dispatched, .applied, .failed, .timedOut, .regressed, .deferred, .rolledBack:
      true
    case .healthy, .done, .skipped, .gone, .cancelled: false
    }
  }
}

extension State {
  mutating func apply(_ event: RolloutSkipped, _ record: RecordedEvent) {
    change(event.rollout) { rollout in
      for name in event.targets {
        guard let position = rollout.positions[name] else { continue }
        let before = rollout.targets[position]
        let line = before.line.map { ": \($0)" } ?? ""
        rollout.move(position, to: .skipped)
        rollout.targets[position].deadline = nil
        rollout.targets[position].line =
          "skipped by \(record.actor)"
          + (before.phase == .pending ? "" : ", was \(before.phase.rawValue)\(line)")
      }
      if let name = event.wave, let index = rollout.wave(named: name) {
        rollout.waves[index].phase = .skipped
        rollout.findCurrentWave()
      }
      if rollout.phase == .halted { rollout.enter(.running, at: record.at) }
    }
    setSoakTimer(of: event.rollout)
  }
}
