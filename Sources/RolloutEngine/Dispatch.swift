internal import FleetModel

// Handing targets to delivery, as many at once as the wave allows.

extension Engine {
  mutating func dispatch(_ id: RolloutID, _ wave: Wave) {
    guard wave.counts.pending > 0, wave.counts.failed <= wave.maxFailures else { return }
    var free = (wave.maxConcurrent ?? wave.count) - wave.counts.inFlight
    while free > 0, let position = nextReady(id, in: wave.targets) {
      guard let target = state.rollouts[id]?.targets[position] else { return }
      if state.clusters[target.cluster]?.cordon != nil || isShut(id, for: target.cluster) {
        state.change(id) { $0.hold(position) }
        continue
      }
      emit(
        .targetDispatched(
          TargetDispatched(
            rollout: id, cluster: target.cluster, attempt: target.attempt + 1,
            digest: target.digest, deadline: now + wave.progressDeadline)))
      free -= 1
    }
  }

  private func isShut(_ id: RolloutID, for cluster: String) -> Bool {
    guard let rollout = state.rollouts[id], rollout.kind != .rollback else { return false }
    return state.isShut(rollout.pin, for: cluster)
  }

  private func nextReady(_ id: RolloutID, in range: Range<Int>) -> Int? {
    guard let position = state.rollouts[id]?.ready.last, range.contains(position) else {
      return nil
    }
    return position
  }
}

extension State {
  mutating func apply(_ event: TargetDispatched, _ record: RecordedEvent) {
    guard let position = rollouts[event.rollout]?.positions[event.cluster] else { return }
    var app = ""
    change(event.rollout) { rollout in
      rollout.move(position, to: .dispatched)
      rollout.targets[position].attempt = event.attempt
      rollout.targets[position].dispatchedAt = record.at
      rollout.targets[position].appliedAt = nil
      rollout.targets[position].healthyAt = nil
      rollout.targets[position].line = nil
      rollout.targets[position].deadline = event.deadline
      app = rollout.app
    }
    timers.insert(
      .deadline(event.rollout, position: position, attempt: event.attempt), at: event.deadline)
    // Until it is confirmed, nobody knows what is there.
    clusters[event.cluster]?.deployed[app] = Deployed(digest: nil, since: record.at)
  }

  mutating func apply(_ event: WaveChanged, opened record: RecordedEvent) {
    changeWave(event) { wave in
      wave.phase = .progressing
      wave.openedAt = record.at
    }
  }

  mutating func changeWave(_ event: WaveChanged, _ body: (inout Wave) -> Void) {
    change(event.rollout) { rollout in
      guard let index = rollout.wave(named: event.wave) else { return }
      body(&rollout.waves[index])
    }
  }
}
