internal import FleetModel

// Pausing and resuming: a rollout, one wave, or the rollout once it reaches a wave. Nothing new is
// dispatched in scope, what is in flight finishes, soak clocks run on.

extension Engine {
  mutating func pause(
    _ id: RolloutID, _ scope: Command.PauseScope, until: Instant?, by command: Command
  ) throws(Refusal) {
    let what = "pause \(id)"
    let rollout = try open(id, for: what)
    if let until, until <= now {
      throw Refusal(
        what: what, why: "\(until.text) has passed", remedy: "give --until a later time")
    }
    switch scope {
    case .rollout:
      switch rollout.phase {
      case .planned, .running: break
      case .pausing, .paused:
        throw Refusal(
          what: what, why: "it is \(rollout.phase.rawValue) already",
          remedy: "to let it go on: flotilla rollout resume \(id)")
      default:
        throw Refusal(
          what: what, why: "it is halted, nothing is dispatched",
          remedy: "to let it go on: flotilla rollout retry \(id); to end it: "
            + "flotilla rollout abort \(id)")
      }
      emit(.rolloutPausing(RolloutPaused(rollout: id, until: until)), by: command)
    case .atWave(let name) where name == rollout.comingDeletionWave:
      let paused = WavePaused(rollout: id, wave: name, until: until, whenReached: true)
      emit(.wavePaused(paused), by: command)
    case .wave(let name), .atWave(let name):
      let wave = try wave(name, of: rollout, for: what)
      let whenReached = if case .atWave = scope { true } else { false }
      guard !wave.phase.isTerminal, !whenReached || wave.phase == .pending else {
        throw Refusal(
          what: "\(what) at wave '\(name)'",
          why: "the wave is \(wave.phase.rawValue) already",
          remedy: "to pause the rollout now: flotilla rollout pause \(id)")
      }
      let paused = WavePaused(rollout: id, wave: name, until: until, whenReached: whenReached)
      emit(.wavePaused(paused), by: command)
    }
    advance(id)
  }

  mutating func resume(_ id: RolloutID, wave name: String?, by command: Command) throws(Refusal) {
    let what = "resume \(id)"
    let rollout = try open(id, for: what)
    if let name, rollout.pauseAtDeletions != nil, name == rollout.comingDeletionWave {
      emit(.waveResumed(WaveChanged(rollout: id, wave: name)), by: command)
    } else if let name {
      let wave = try wave(name, of: rollout, for: what)
      if wave.pause == nil, wave.pauseWhenReached == nil, let index = rollout.waitingHold(name) {
        emit(
          .gatePassed(GateChanged(rollout: id, wave: name, gate: index, line: nil)), by: command)
        return advance(id)
      }
      guard wave.pause != nil || wave.pauseWhenReached != nil else {
        throw Refusal(
          what: "\(what) wave '\(name)'", why: "the wave is not paused",
          remedy: "see what it waits for: flotilla explain \(id)")
      }
      emit(.waveResumed(WaveChanged(rollout: id, wave: name)), by: command)
    } else if rollout.phase == .paused || rollout.phase == .pausing {
      try requireNotRejected(rollout, for: what)
      emit(.rolloutResumed(RolloutChanged(rollout: id, detail: nil)), by: command)
    } else {
      let paused =
        rollout.waves.filter { $0.pause != nil || $0.pauseWhenReached != nil }.map(\.name)
        + (rollout.pauseAtDeletions == nil ? [] : [rollout.comingDeletionWave].compactMap(\.self))
      if paused.isEmpty, rollout.phase == .running,
        let name = rollout.waves.first(where: { rollout.waitingHold($0.name) != nil })?.name,
        let index = rollout.waitingHold(name)
      {
        emit(
          .gatePassed(GateChanged(rollout: id, wave: name, gate: index, line: nil)), by: command)
        return advance(id)
      }
      guard !paused.isEmpty else {
        let isHalted = rollout.phase == .halted
        throw Refusal(
          what: what, why: "it is \(rollout.phase.rawValue), not paused",
          remedy: isHalted
            ? "try the failed targets again: flotilla rollout retry \(id)"
            : "see what it waits for: flotilla explain \(id)")
      }
      for name in paused {
        emit(.waveResumed(WaveChanged(rollout: id, wave: name)), by: command)
      }
    }
    advance(id)
  }

  /// The time of a pause is over.
  mutating func endPause(of id: RolloutID, wave index: Int? = nil) {
    let reason = "the pause was to end now"
    if let index, let name = state.rollouts[id]?.waves[index].name {
      emit(.waveResumed(WaveChanged(rollout: id, wave: name)), reason: reason)
    } else {
      emit(.rolloutResumed(RolloutChanged(rollout: id, detail: nil)), reason: reason)
    }
    advance(id)
  }

  /// A rollout that has not ended, or a refusal.
  func open(_ id: RolloutID, for what: String) throws(Refusal) -> Rollout {
    guard let rollout = state.rollouts[id] else {
      throw Refusal(
        what: what, why: "there is no such rollout", remedy: "list them: flotilla get rollouts")
    }
    guard !rollout.phase.isTerminal else {
      throw Refusal(
        what: what, why: "it has ended (\(rollout.phase.rawValue))",
        remedy: "see how: flotilla rollout status \(id)")
    }
    if let by = rollout.rolledBackBy, rollout.phase == .rollingBack {
      throw Refusal(
        what: what, why: "\(by) puts back what it changed",
        remedy: "steer that one: flotilla rollout status \(by)")
    }
    return rollout
  }

  func wave(
    _ name: String, of rollout: Rollout, for what: String
  ) throws(Refusal) -> Wave {
    guard let index = rollout.wave(named: name) else {
      if name == rollout.comingDeletionWave {
        throw Refusal(
          what: what,
          why: "wave '\(name)' comes after all others, where something is to be deleted",
          remedy: "to pause there: flotilla rollout pause \(rollout.id) --at \(name)")
      }
      let names = rollout.waves.map(\.name).joined(separator: ", ")
      throw Refusal(
        what: what, why: "it has no wave '\(name)'", remedy: "its waves are \(names)")
    }
    return rollout.waves[index]
  }
}

extension State {
  mutating func apply(_ event: RolloutPaused, _ record: RecordedEvent) {
    change(event.rollout) { rollout in
      rollout.pause = Pause(
        actor: record.actor, reason: record.reason, since: record.at, until: event.until)
      rollout.enter(.pausing, at: record.at)
      // The request is fulfilled; the wave opens after the resume.
      if rollout.currentWave < rollout.waves.count {
        rollout.waves[rollout.currentWave].pauseWhenReached = nil
      }
    }
    if let until = event.until { timers.insert(.rolloutPause(event.rollout), at: until) }
  }

  mutating func apply(resumed event: RolloutChanged, _ record: RecordedEvent) {
    change(event.rollout) { rollout in
      rollout.pause = nil
      rollout.enter(.running, at: record.at)
    }
    setSoakTimer(of: event.rollout)
  }

  mutating func apply(_ event: WavePaused, _ record: RecordedEvent) {
    let pause = Pause(
      actor: record.actor, reason: record.reason, since: record.at, until: event.until)
    var position: Int?
    change(event.rollout) { rollout in
      guard let index = rollout.wave(named: event.wave) else {
        rollout.pauseAtDeletions = pause
        return
      }
      position = index
      if event.whenReached {
        rollout.waves[index].pauseWhenReached = pause
      } else {
        rollout.waves[index].pause = pause
      }
    }
    if !event.whenReached, let until = event.until, let position {
      timers.insert(.wavePause(event.rollout, wave: position), at: until)
    }
  }

  mutating func apply(resumed event: WaveChanged) {
    change(event.rollout) { rollout in
      guard let index = rollout.wave(named: event.wave) else {
        rollout.pauseAtDeletions = nil
        return
      }
      rollout.waves[index].pause = nil
      rollout.waves[index].pauseWhenReached = nil
    }
    setSoakTimer(of: event.rollout)
  }
}
