public import FleetModel

// Why something open does not move. Computed from the state whenever somebody asks.

extension State {
  /// Why `subject` does not move, most telling first. Empty when it has ended or does not exist.
  /// Something open that has nothing but work in flight answers with that work.
  public func blockers(of subject: Blocker.Subject, at now: Instant) -> [Blocker] {
    switch subject {
    case .pin(let pin): return pinBlockers(pin, at: now)
    case .rollout(let id): return rolloutBlockers(id)
    case .wave(let id, let name):
      guard let rollout = rollouts[id], !rollout.phase.isTerminal,
        let index = rollout.wave(named: name)
      else { return [] }
      return waveBlockers(rollout, index)
    case .target(let id, let cluster):
      guard let rollout = rollouts[id], !rollout.phase.isTerminal,
        let position = rollout.positions[cluster]
      else { return [] }
      return targetBlockers(rollout, position)
    }
  }

  // MARK: - Rollouts

  private func rolloutBlockers(_ id: RolloutID) -> [Blocker] {
    guard let rollout = rollouts[id], !rollout.phase.isTerminal else { return [] }
    if let standstill = standstill(of: rollout) {
      let inFlight = rollout.counts.inFlight
      return inFlight > 0 ? [standstill, working(rollout, inFlight)] : [standstill]
    }
    guard rollout.currentWave < rollout.waves.count else { return [] }
    return waveBlockers(rollout, rollout.currentWave)
  }

  /// What stops a whole rollout from dispatching.
  private func standstill(of rollout: Rollout) -> Blocker? {
    let id = rollout.id
    if rollout.phase == .rollingBack, let by = rollout.rolledBackBy {
      return Blocker(
        what: "\(by) puts back what it changed", since: rollout.phaseSince, who: "\(by)",
        command: "flotilla explain \(by)")
    }
    if let why = rejection(stopping: id) {
      return Blocker(
        what: why, since: releases[rollout.release]?.rejection?.since, who: "a person",
        command: "flotilla rollout \(canRollBack(id) ? "rollback" : "abort") \(id)")
    }
    if rollout.phase == .halted {
      return Blocker(
        what: "halted: \(rollout.phaseReason ?? "")", since: rollout.phaseSince,
        who: "a person", command: "flotilla rollout retry \(id)")
    }
    if let pause = rollout.pause {
      return Blocker(
        what: "paused by \(pause.text)", since: pause.since, until: pause.until,
        who: "\(pause.actor), or whoever may resume it",
        command: "flotilla rollout resume \(id)")
    }
    if let release = rollout.supersededBy {
      return Blocker(
        what: "\(release) takes over when nothing is in flight", since: rollout.phaseSince,
        who: "the targets in flight", command: nil)
    }
    if rollout.phase == .planned, let missing = missingApprovals(of: rollout) {
      return Blocker(
        what: missing.what, since: rollout.plannedAt, who: missing.who,
        command: "flotilla rollout approve \(id)")
    }
    if isPaused(rollout.environment) {
      return Blocker(
        what: "environment \(rollout.environment) is paused in Git",
        since: configuration?.acceptedAt, who: "whoever may commit to fleet/", command: nil)
    }
    return nil
  }

  private func canRollBack(_ id: RolloutID) -> Bool {
    // A refusal is the answer no.
    (try? rollbackPlan(rollback(of: id, .rollout))) != nil
  }

  private func working(_ rollout: Rollout, _ count: Int) -> Blocker {
    let wave = rollout.waves[min(rollout.currentWave, rollout.waves.count - 1)]
    let deadlines = rollout.targets[wave.targets].compactMap(\.deadline)
    return Blocker(
      what: count == 1
        ? "1 target of wave '\(wave.name)' is in flight"
        : "\(count) targets of wave '\(wave.name)' are in flight", since: wave.openedAt,
      until: deadlines.min(), who: "the clusters", command: nil)
  }

  // MARK: - Waves

  private func waveBlockers(_ rollout: Rollout, _ index: Int) -> [Blocker] {
    let wave = rollout.waves[index]
    guard !wave.phase.isTerminal else { return [] }
    if let pause = wave.pause {
      return [
        Blocker(
          what: "wave '\(wave.name)' is paused by \(pause.text)", since: pause.since,
          until: pause.until, who: "\(pause.actor), or whoever may resume it",
          command: "flotilla rollout resume \(rollout.id) --wave \(wave.name)")
      ] + inFlight(rollout, wave)
    }
    if let standstill = standstill(of: rollout) { return [standstill] + inFlight(rollout, wave) }
    if index > rollout.currentWave {
      let current = rollout.waves[rollout.currentWave].name
      return [
        Blocker(
          what: "wave '\(current)' comes first", since: rollout.startedAt,
          who: "wave '\(current)'", command: "flotilla explain \(rollout.id)")
      ]
    }
    if let gate = gateBlocker(rollout, wave) { return [gate] + silence(rollout, wave) }
    if wave.phase == .soaking { return soak(rollout, wave) }
    if wave.phase == .verifying { return silence(rollout, wave) }
    return inFlight(rollout, wave) + cordons(rollout, wave)
  }

  private func inFlight(_ rollout: Rollout, _ wave: Wave) -> [Blocker] {
    wave.counts.inFlight == 0 ? [] : [working(rollout, wave.counts.inFlight)]
  }

  private func soak(_ rollout: Rollout, _ wave: Wave) -> [Blocker] {
    var blockers = [
      Blocker(
        what: "wave '\(wave.name)' has to stay healthy for \(wave.soak)",
        since: wave.soakStartedAt, until: wave.soakUntil, who: "time", command: nil)
    ]
    blockers += silence(rollout, wave)
    return blockers
  }

  /// Healthy targets whose cluster does not answer now.
  private func silence(_ rollout: Rollout, _ wave: Wave) -> [Blocker] {
    guard wave.counts.silent > 0 else { return [] }
    return rollout.targets[wave.targets]
      .filter { $0.phase == .healthy && $0.unreachableSince != nil }.map(silent)
  }

  private func silent(_ target: Target) -> Blocker {
    Blocker(
      what: "\(target.cluster) does not answer: \(target.line ?? "")",
      since: target.unreachableSince, who: "whoever runs \(target.cluster)", command: nil)
  }

  private func cordons(_ rollout: Rollout, _ wave: Wave) -> [Blocker] {
    rollout.targets[wave.targets].filter { $0.phase == .pending }
      .compactMap { cordon(of: $0.cluster) }
  }

  private func cordon(of cluster: String) -> Blocker? {
    clusters[cluster]?.cordon.map { cordon in
      Blocker(
        what: "\(cluster) is cordoned by \(cordon.text)", since: cordon.since,
        until: cordon.until, who: "\(cordon.actor), or whoever may uncordon it",
        command: "flotilla uncordon \(cluster)")
    }
  }

  // MARK: - Targets

  private func targetBlockers(_ rollout: Rollout, _ position: Int) -> [Blocker] {
    let target = rollout.targets[position]
    let wave = rollout.waves[target.wave]
    switch target.phase {
    case .pending:
      let cordon = cordon(of: target.cluster).map { [$0] } ?? []
      if target.wave > rollout.currentWave || wave.phase == .pending || wave.pause != nil
        || standstill(of: rollout) != nil
      {
        return cordon + Array(waveBlockers(rollout, target.wave).prefix(1))
      }
      if !cordon.isEmpty { return cordon }
      let limit = wave.maxConcurrent.map { " of \($0)" } ?? ""
      return [
        Blocker(
          what: "in flight: \(wave.counts.inFlight)\(limit)", since: wave.openedAt,
          who: "the targets before it", command: nil)
      ]
    case .dispatched, .applied:
      if target.unreachableSince != nil {
        var blocker = silent(target)
        blocker.until = target.deadline
        return [blocker]
      }
      let awaited = target.phase == .dispatched ? "being applied" : "not healthy yet"
      return [
        Blocker(
          what: target.line.map { "\(awaited): \($0)" } ?? awaited,
          since: target.dispatchedAt, until: target.deadline,
          who: "whoever runs \(target.cluster)", command: nil)
      ]
    case .failed, .timedOut, .regressed, .deferred, .rolledBack:
      guard target.wave == rollout.currentWave else { return [] }
      return [
        Blocker(
          what: "\(target.phase.rawValue): \(target.line ?? "")", since: target.dispatchedAt,
          who: "a person",
          command: "flotilla rollout retry \(rollout.id) --target \(target.cluster)")
      ]
    case .healthy:
      guard target.wave == rollout.currentWave else { return [] }
      return target.unreachableSince == nil
        ? Array(waveBlockers(rollout, target.wave).prefix(1)) : [silent(target)]
    case .done, .skipped, .gone, .cancelled: return []
    }
  }
}

extension Pause {
  var text: String { reason.map { "\(actor): \($0)" } ?? actor }
}
