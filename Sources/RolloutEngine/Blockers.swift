public import FleetModel
internal import Manifests

// Why something open does not move. Computed from the state whenever somebody asks.

extension State {
  /// Why `subject` does not move, most telling first. Empty when it has ended or does not exist.
  /// Something open that has nothing but work in flight answers with that work.
  public func blockers(of subject: Blocker.Subject, at now: Instant) -> [Blocker] {
    switch subject {
    case .pin(let pin): return pinBlockers(pin, at: now)
    case .rollout(let id): return rolloutBlockers(id, at: now)
    case .wave(let id, let name):
      guard let rollout = rollouts[id], !rollout.phase.isTerminal,
        let index = rollout.wave(named: name)
      else { return [] }
      return waveBlockers(rollout, index, at: now)
    case .target(let id, let cluster):
      guard let rollout = rollouts[id], !rollout.phase.isTerminal,
        let position = rollout.positions[cluster]
      else { return [] }
      return targetBlockers(rollout, position, at: now)
    }
  }

  // MARK: - Rollouts

  private func rolloutBlockers(_ id: RolloutID, at now: Instant) -> [Blocker] {
    guard let rollout = rollouts[id], !rollout.phase.isTerminal else { return [] }
    if let standstill = standstill(of: rollout, at: now) {
      let inFlight = rollout.counts.inFlight
      return inFlight > 0 ? [standstill, working(rollout, inFlight)] : [standstill]
    }
    guard rollout.currentWave < rollout.waves.count else { return [] }
    return waveBlockers(rollout, rollout.currentWave, at: now)
  }

  /// What stops a whole rollout from dispatching.
  private func standstill(of rollout: Rollout, at now: Instant) -> Blocker? {
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
    if rollout.phase == .planned, !isApproved(id, at: now),
      let missing = missingApprovals(of: rollout)
    {
      return Blocker(
        what: missing.what, since: rollout.plannedAt, who: missing.who,
        command: "flotilla rollout approve \(id)")
    }
    if rollout.phase == .planned, let blocker = dependencyBlocker(rollout, at: now) {
      return blocker
    }
    if let freeze = freeze(of: rollout.environment) {
      return Blocker(
        what: "\(freeze.environment ?? "the fleet") is frozen by \(freeze.decision.text)",
        since: freeze.decision.since, until: freeze.decision.until,
        who: "\(freeze.decision.actor), or whoever may end it", command: freeze.endingCommand)
    }
    if isPaused(rollout.environment) {
      return Blocker(
        what: "environment \(rollout.environment) is paused in Git",
        since: configuration?.acceptedAt, who: "whoever may commit to fleet/", command: nil)
    }
    // While a wave soaks or is asked for, windows keep nothing.
    let wave = rollout.currentWave < rollout.waves.count ? rollout.waves[rollout.currentWave] : nil
    let isStarting = wave?.phase == .pending || (wave?.counts.pending ?? 0) > 0
    if rollout.kind != .rollback, isStarting,
      let blocker = windowBlocker(rollout.pin, for: nil, at: now)
    {
      return blocker
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

  private func waveBlockers(_ rollout: Rollout, _ index: Int, at now: Instant) -> [Blocker] {
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
    if let standstill = standstill(of: rollout, at: now) {
      return [standstill] + inFlight(rollout, wave)
    }
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
    return inFlight(rollout, wave) + waiting(rollout, wave, at: now)
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

  private func waiting(_ rollout: Rollout, _ wave: Wave, at now: Instant) -> [Blocker] {
    // One line for each limit, however many targets it keeps.
    var limits: Set<String> = []
    return rollout.targets[wave.targets].filter { $0.phase == .pending }
      .compactMap { target in
        if let own = cordon(of: target.cluster) ?? outside(rollout, target.cluster, at: now) {
          return own
        }
        guard let limit = isFull ? "" : fullDomain(of: target.cluster),
          limits.insert(limit).inserted
        else { return nil }
        return limitBlocker(rollout, wave, target.cluster)
      }
  }

  /// A window that holds for this cluster in particular.
  private func outside(_ rollout: Rollout, _ cluster: String, at now: Instant) -> Blocker? {
    guard rollout.kind != .rollback,
      configuration?.windows.contains(where: { !$0.clusters.requirements.isEmpty }) == true,
      var blocker = windowBlocker(rollout.pin, for: cluster, at: now)
    else { return nil }
    blocker.what = "\(cluster): \(blocker.what)"
    return blocker
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

  private func targetBlockers(_ rollout: Rollout, _ position: Int, at now: Instant) -> [Blocker] {
    let target = rollout.targets[position]
    let wave = rollout.waves[target.wave]
    switch target.phase {
    case .pending:
      let cordon = cordon(of: target.cluster).map { [$0] } ?? []
      if target.wave > rollout.currentWave || wave.phase == .pending || wave.pause != nil
        || standstill(of: rollout, at: now) != nil
      {
        return cordon + Array(waveBlockers(rollout, target.wave, at: now).prefix(1))
      }
      if !cordon.isEmpty { return cordon }
      if let outside = outside(rollout, target.cluster, at: now) { return [outside] }
      if let full = limitBlocker(rollout, wave, target.cluster) { return [full] }
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
        ? Array(waveBlockers(rollout, target.wave, at: now).prefix(1)) : [silent(target)]
    case .done, .skipped, .gone, .cancelled: return []
    }
  }
}

extension Pause {
  var text: String { reason.map { "\(actor): \($0)" } ?? actor }
}
