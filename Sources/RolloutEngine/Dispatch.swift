internal import FleetModel

// Handing targets to delivery, as many at once as the wave and the fleet allow.

extension Engine {
  mutating func dispatch(_ id: RolloutID, _ wave: Wave) {
    guard wave.counts.pending > 0, wave.counts.failed <= wave.maxFailures else { return }
    // Who comes next is decided once everything else of this input is.
    guard state.limits == nil else { return wantPlaces() }
    var free = wave.free
    while free > 0, dispatchNext(id, wave) { free -= 1 }
  }

  /// Dispatches the first target of a wave that may be; false when there is none.
  private mutating func dispatchNext(_ id: RolloutID, _ wave: Wave) -> Bool {
    while let position = state.nextWaiting(id, in: wave.targets) {
      guard let target = state.rollouts[id]?.targets[position] else { return false }
      if state.clusters[target.cluster]?.cordon != nil || isShut(id, for: target.cluster) {
        state.change(id) { $0.hold(position) }
      } else if let domain = state.fullDomain(of: target.cluster) {
        state.change(id) { $0.park(position, in: domain) }
      } else {
        emit(
          .targetDispatched(
            TargetDispatched(
              rollout: id, cluster: target.cluster, attempt: target.attempt + 1,
              digest: target.digest, deadline: now + wave.progressDeadline,
              deletes: target.deletes)))
        return true
      }
    }
    return false
  }

  /// Gives the places that the fleet's limits leave free to the rollouts that wait for some, one
  /// after the other: rollbacks first, then who has the fewest targets in flight, of these the
  /// oldest. So each that waits has a place before another has two, and none waits for ever.
  mutating func sharePlaces() {
    guard !state.isFull else { return }
    var waiting = state.openRollouts.compactMap { Claim($0, of: state) }
    while !state.isFull, let next = waiting.indices.min(by: { waiting[$0] < waiting[$1] }) {
      let claim = waiting[next]
      if claim.free > 0, dispatchNext(claim.id, claim.wave) {
        waiting[next].take()
      } else {
        waiting.remove(at: next)
      }
    }
  }

  private func isShut(_ id: RolloutID, for cluster: String) -> Bool {
    guard let rollout = state.rollouts[id], rollout.kind != .rollback else { return false }
    return state.isShut(rollout.pin, for: cluster)
  }

}

/// A rollout that has targets to dispatch.
private struct Claim {
  let id: RolloutID
  let wave: Wave
  private(set) var free: Int
  private var inFlight: Int
  private let isRollback: Bool
  private let plannedAt: Instant

  init?(_ id: RolloutID, of state: State) {
    // A look at most rollouts ends here.
    guard state.rollouts[id]?.phase == .running, let view = state.glance(at: id),
      let wave = view.wave, wave.phase == .progressing, wave.pause == nil, wave.counts.pending > 0,
      wave.counts.failed <= wave.maxFailures, wave.free > 0, !view.environmentPaused,
      !view.isSuperseded, let rollout = state.rollouts[id]
    else { return nil }
    self.id = id
    self.wave = wave
    free = wave.free
    inFlight = wave.counts.inFlight
    isRollback = rollout.kind == .rollback
    plannedAt = rollout.plannedAt
  }

  mutating func take() {
    free -= 1
    inFlight += 1
  }

  static func < (a: Claim, b: Claim) -> Bool {
    if a.isRollback != b.isRollback { return a.isRollback }
    if a.inFlight != b.inFlight { return a.inFlight < b.inFlight }
    return (a.plannedAt, a.id.rawValue) < (b.plannedAt, b.id.rawValue)
  }
}

extension Wave {
  /// How many more targets it allows in flight.
  fileprivate var free: Int { (maxConcurrent ?? count) - counts.inFlight }
}

extension State {
  /// The first pending target of a wave that nothing is known to keep.
  fileprivate func nextWaiting(_ id: RolloutID, in range: Range<Int>) -> Int? {
    guard let rollout = rollouts[id] else { return nil }
    var position = rollout.ready.last
    for (_, waiting) in rollout.parked {
      guard let first = waiting.last, fullDomain(of: rollout.targets[first].cluster) == nil else {
        continue
      }
      position = min(position ?? first, first)
    }
    return position.flatMap { range.contains($0) ? $0 : nil }
  }

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
    guard event.deletes == nil else { return }
    // Until it is confirmed, nobody knows what is there.
    let before = clusters[event.cluster]?.deployed[app]
    clusters[event.cluster]?.deployed[app] = Deployed(
      digest: nil, since: record.at,
      correctedAt: before?.drift?.isCorrected == true ? record.at : before?.correctedAt)
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
