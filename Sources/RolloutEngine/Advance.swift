internal import FleetModel

// The rollout and wave machines: from where a rollout stands to where it can stand now.

extension Engine {
  /// Takes every step that is due. Cheap when none is: it looks at the current wave's counts only.
  mutating func advance(_ id: RolloutID) {
    while step(id) {}
  }

  /// Takes one step; false when the rollout waits for something.
  private mutating func step(_ id: RolloutID) -> Bool {
    guard let view = state.glance(at: id), view.phase.isDriving else { return false }
    if view.isSuperseded {
      guard view.inFlight == 0 else { return false }
      supersede(id)
      return false
    }
    switch view.phase {
    case .planned:
      if let why = state.rejection(stopping: id) {
        end(id, because: why)
        return false
      }
      guard !view.environmentPaused, state.isApproved(id, at: now), state.hasDependencies(id)
      else { return false }
      emit(.rolloutStarted(RolloutChanged(rollout: id, detail: nil)))
      return true
    case .pausing:
      guard view.inFlight == 0 else { return false }
      // The soak runs from when the last target became healthy, paused or not.
      if (view.wave?.counts.healthy ?? 0) > 0 { _ = startSoak(id) }
      emit(.rolloutPaused(RolloutChanged(rollout: id, detail: nil)))
      return false
    case .running:
      if let why = state.rejection(stopping: id) {
        emit(.rolloutHalted(RolloutChanged(rollout: id, detail: why)))
        return true
      }
      guard let wave = view.wave else {
        if planDeletions(id) { return true }
        succeed(id)
        return false
      }
      return step(id, wave, view)
    case .paused:
      // A retry of targets may have reopened the wave, or the last open one may have left.
      return (view.wave?.counts.healthy ?? 0) > 0 && startSoak(id)
    case .halted:
      guard let release = state.successor(ofHalted: id) else { return false }
      emit(.rolloutSuperseding(RolloutSuperseding(rollout: id, by: release)))
      return true
    case .succeeded, .succeededWithDebt, .aborted, .superseded, .rollingBack,
      .rolledBack, .failed:
      return false
    }
  }

  private mutating func step(_ id: RolloutID, _ wave: Wave, _ view: Glance) -> Bool {
    switch wave.phase {
    case .pending:
      if let pause = wave.pauseWhenReached {
        emit(
          .rolloutPausing(RolloutPaused(rollout: id, until: pause.until)), actor: pause.actor,
          reason: pause.reason)
        return true
      }
      guard wave.pause == nil, !view.environmentPaused else { return false }
      // A wave that changes nothing needs nobody's leave.
      if wave.count > 0, wave.nextGate(.before) != nil { return ask(id, wave, .before) }
      emit(.waveOpened(WaveChanged(rollout: id, wave: wave.name)))
      return true
    case .progressing:
      if halts(id, wave) { return true }
      if wave.pause == nil, !view.environmentPaused { dispatch(id, wave) }
      return startSoak(id)
    case .soaking:
      if halts(id, wave) { return true }
      return finishSoak(id, wave)
    case .verifying:
      if halts(id, wave) { return true }
      return verify(id, wave)
    case .passed, .skipped, .cancelled: return false
    }
  }

  /// Halts when more targets failed than the wave allows.
  private mutating func halts(_ id: RolloutID, _ wave: Wave) -> Bool {
    guard wave.counts.failed > wave.maxFailures else { return false }
    let allowed =
      wave.maxFailures == 0 ? "none is" : wave.maxFailures == 1 ? "1 is" : "\(wave.maxFailures) are"
    emit(
      .rolloutHalted(
        RolloutChanged(
          rollout: id,
          detail: "wave '\(wave.name)': \(wave.counts.failed) of \(wave.count) targets failed, "
            + "\(allowed) allowed")))
    answerBreach(of: id, wave)
    return true
  }

  private mutating func succeed(_ id: RolloutID) {
    guard let pin = state.rollouts[id]?.pin, let release = state.rollouts[id]?.release,
      let kind = state.rollouts[id]?.kind
    else { return }
    if kind == .rollback {
      emit(.rolloutSucceeded(RolloutSucceeded(rollout: id, debt: state.debtLeft(by: id))))
      return concludeRollback(by: id)
    }
    let debt = state.debtLeft(by: id)
    // Clusters that an earlier rollout of this release left behind stay so.
    var whole = kind == .catchUp ? state.pins[pin]?.debt ?? [:] : [:]
    if kind == .catchUp {
      for target in state.rollouts[id]?.targets ?? [] { whole[target.cluster] = nil }
    }
    whole.merge(debt) { _, new in new }
    emit(.rolloutSucceeded(RolloutSucceeded(rollout: id, debt: debt)))
    stabilize(pin, release, debt: whole)
    settle(pin)
  }
}

/// What the machine needs to know of a rollout, without a copy of its targets.
struct Glance {
  let phase: RolloutPhase
  let isSuperseded: Bool
  /// The first that has not passed.
  let wave: Wave?
  let inFlight: Int
  /// In Git, by a freeze, or by a window.
  let environmentPaused: Bool
}

extension State {
  func glance(at id: RolloutID) -> Glance? {
    guard let rollout = rollouts[id] else { return nil }
    let wave =
      rollout.currentWave < rollout.waves.count ? rollout.waves[rollout.currentWave] : nil
    return Glance(
      phase: rollout.phase, isSuperseded: rollout.supersededBy != nil, wave: wave,
      inFlight: wave?.counts.inFlight ?? 0,
      environmentPaused: isPaused(rollout.environment)
        || freeze(of: rollout.environment) != nil
        || rollout.kind != .rollback && isShut(rollout.pin))
  }

  /// Whether Git pauses an environment.
  func isPaused(_ environment: String) -> Bool {
    configuration?.environments.first { $0.name == environment }?.paused ?? false
  }

  /// Targets of a rollout that did not arrive, with the reason.
  func debtLeft(by id: RolloutID) -> [String: Debt] {
    guard let rollout = rollouts[id] else { return [:] }
    var debt: [String: Debt] = [:]
    for target in rollout.targets {
      switch target.phase {
      case .failed, .timedOut, .regressed, .deferred, .rolledBack, .skipped:
        let what = target.deletes == nil ? "" : "deletions: "
        debt[target.cluster] = Debt(phase: target.phase, reason: what + (target.line ?? ""))
      case .pending, .dispatched, .applied, .healthy, .done, .gone, .cancelled: break
      }
    }
    return debt
  }

  mutating func change(_ id: RolloutID, _ body: (inout Rollout) -> Void) {
    guard let index = rollouts.index(forKey: id) else { return }
    body(&rollouts.values[index])
    guard !rollouts.values[index].flightChanges.isEmpty else { return }
    countFlights(of: id)
    rollouts.values[index].flightChanges.removeAll(keepingCapacity: true)
  }

  mutating func apply(_ phase: RolloutPhase, _ event: RolloutChanged, _ record: RecordedEvent) {
    change(event.rollout) { rollout in
      rollout.enter(phase, at: record.at, because: event.detail)
    }
  }

  mutating func apply(_ event: RolloutSucceeded, _ record: RecordedEvent) {
    change(event.rollout) { rollout in
      rollout.debt = event.debt
      rollout.enter(event.debt.isEmpty ? .succeeded : .succeededWithDebt, at: record.at)
    }
    close(event.rollout)
    rememberPartialRollback(event.rollout)
  }

  mutating func apply(halted event: RolloutChanged, _ record: RecordedEvent) {
    let wasRollingBack = rollouts[event.rollout]?.phase == .rollingBack
    apply(.halted, event, record)
    // A part of it was put back; it drives its pin again.
    if wasRollingBack, let pin = rollouts[event.rollout]?.pin {
      catalog.openRollouts.insert(event.rollout)
      withPin(pin) { $0.rollout = event.rollout }
      // What kept its targets may have ended meanwhile.
      change(event.rollout) { $0.enqueueHeld() }
    }
  }

  /// The rollout no longer drives its pin.
  mutating func close(_ id: RolloutID) {
    catalog.openRollouts.remove(id)
    guard let pin = rollouts[id]?.pin else { return }
    withPin(pin) { if $0.rollout == id { $0.rollout = nil } }
  }
}
