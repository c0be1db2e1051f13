internal import FleetModel

// The minimum healthy time of a wave: when it starts, what restarts it, when it is over.

extension Engine {
  /// Starts once nothing of the wave is open any more. A wave without a healthy target has nothing
  /// to watch and passes at once.
  mutating func startSoak(_ id: RolloutID) -> Bool {
    guard let wave = state.glance(at: id)?.wave, wave.phase == .progressing,
      wave.counts.pending == 0, wave.counts.inFlight == 0,
      wave.counts.failed <= wave.maxFailures
    else { return false }
    let change = WaveChanged(rollout: id, wave: wave.name)
    if wave.counts.healthy == 0, wave.pause == nil {
      emit(wave.count > 0 && wave.hasGates(.after) ? .waveVerifying(change) : .wavePassed(change))
    } else {
      emit(.waveSoaking(change))
    }
    return true
  }

  mutating func finishSoak(_ id: RolloutID, _ wave: Wave) -> Bool {
    guard wave.pause == nil, let until = wave.soakUntil, until <= now else { return false }
    // Health that nobody sees is no health, beyond what the wave may leave behind anyway (I2).
    guard wave.counts.silent + wave.counts.deferred <= wave.maxUnreachable else { return false }
    let change = WaveChanged(rollout: id, wave: wave.name)
    emit(wave.hasGates(.after) ? .waveVerifying(change) : .wavePassed(change))
    return true
  }

  /// Passes once its gates have; health counts until then.
  mutating func verify(_ id: RolloutID, _ wave: Wave) -> Bool {
    guard wave.pause == nil else { return false }
    guard wave.counts.silent + wave.counts.deferred <= wave.maxUnreachable else { return false }
    if wave.nextGate(.after) != nil { return ask(id, wave, .after) }
    emit(.wavePassed(WaveChanged(rollout: id, wave: wave.name)))
    return true
  }

  /// A regression, a recovery or a retry makes the soak start again from the beginning.
  mutating func reopen(_ id: RolloutID) {
    guard let wave = state.glance(at: id)?.wave,
      wave.phase == .soaking || wave.phase == .verifying
    else { return }
    emit(.waveReopened(WaveChanged(rollout: id, wave: wave.name)))
  }
}

extension State {
  mutating func apply(_ event: WaveChanged, soaking record: RecordedEvent) {
    changeWave(event) { wave in
      wave.phase = .soaking
      wave.soakStartedAt = record.at
    }
    setSoakTimer(of: event.rollout)
  }

  mutating func apply(reopened event: WaveChanged) {
    change(event.rollout) { $0.reopenCurrentWave() }
  }

  mutating func apply(verifying event: WaveChanged) {
    changeWave(event) { $0.phase = .verifying }
  }

  mutating func apply(_ event: WaveChanged, passed record: RecordedEvent) {
    change(event.rollout) { rollout in
      guard let index = rollout.wave(named: event.wave) else { return }
      rollout.waves[index].phase = .passed
      rollout.waves[index].passedAt = record.at
      rollout.findCurrentWave()
    }
  }

  /// The timer is void while the rollout or the wave is paused, so it is set again afterwards.
  mutating func setSoakTimer(of id: RolloutID) {
    guard let rollout = rollouts[id], rollout.currentWave < rollout.waves.count,
      rollout.waves[rollout.currentWave].phase == .soaking,
      let until = rollout.waves[rollout.currentWave].soakUntil
    else { return }
    timers.insert(.soak(id, wave: rollout.currentWave), at: until)
  }
}
