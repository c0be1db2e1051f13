internal import FleetModel

// The target, wave and rollout machines' bookkeeping: every change of a target's phase goes
// through here, so that counts and queues never disagree with the targets.

extension WaveCounts {
  mutating func add(_ change: Int, to phase: TargetPhase) {
    switch phase {
    case .pending: pending += change
    case .dispatched, .applied: inFlight += change
    case .healthy, .done: healthy += change
    case .failed, .timedOut, .regressed, .rolledBack: failed += change
    case .deferred: deferred += change
    case .skipped: skipped += change
    case .gone: gone += change
    case .cancelled: cancelled += change
    }
  }
}

extension Rollout {
  /// What a target's phase means to people: healthy targets of a wave that is over are done.
  public func phase(ofTargetAt position: Int) -> TargetPhase {
    let target = targets[position]
    let wave = waves[target.wave].phase
    return target.phase == .healthy && (wave == .passed || wave == .skipped) ? .done : target.phase
  }

  public func target(_ cluster: String) -> Target? { positions[cluster].map { targets[$0] } }
  public func wave(named name: String) -> Int? { waves.firstIndex { $0.name == name } }

  /// Targets of all waves, by where they stand.
  public var counts: WaveCounts {
    waves.reduce(into: WaveCounts()) { sum, wave in
      sum.pending += wave.counts.pending
      sum.inFlight += wave.counts.inFlight
      sum.healthy += wave.counts.healthy
      sum.silent += wave.counts.silent
      sum.failed += wave.counts.failed
      sum.deferred += wave.counts.deferred
      sum.skipped += wave.counts.skipped
      sum.gone += wave.counts.gone
      sum.cancelled += wave.counts.cancelled
    }
  }

  mutating func move(_ position: Int, to phase: TargetPhase) {
    let target = targets[position]
    if target.phase.isInFlight != phase.isInFlight { flightChanges.append(position) }
    waves[target.wave].counts.add(-1, to: target.phase)
    waves[target.wave].counts.add(1, to: phase)
    if target.phase == .pending, phase != .pending { unqueue(position) }
    if target.phase != .pending, phase == .pending { enqueue(position) }
    if target.phase == .healthy, target.unreachableSince != nil {
      waves[target.wave].counts.silent -= 1
    }
    targets[position].phase = phase
    targets[position].unreachableSince = nil
  }

  mutating func fallSilent(_ position: Int, at instant: Instant) {
    guard targets[position].unreachableSince == nil else { return }
    targets[position].unreachableSince = instant
    if targets[position].phase == .healthy {
      waves[targets[position].wave].counts.silent += 1
    }
  }

  /// Puts a pending target back among those that may be dispatched.
  mutating func enqueue(_ position: Int) {
    held.remove(position)
    let index = ready.partitioningIndex { $0 <= position }
    if index == ready.count || ready[index] != position { ready.insert(position, at: index) }
  }

  /// Puts all of those back whose cluster could not be dispatched to.
  mutating func enqueueHeld() {
    let waiting = Array(parked.values.joined()) + Array(held)
    parked = [:]
    for position in waiting { enqueue(position) }
  }

  private mutating func unqueue(_ position: Int) {
    held.remove(position)
    if !parked.isEmpty, unpark(position) { return }
    if ready.last == position {
      ready.removeLast()
    } else {
      let index = ready.partitioningIndex { $0 <= position }
      if index < ready.count, ready[index] == position { ready.remove(at: index) }
    }
  }

  /// Takes a target whose failure domain has no place out of the queue until it has.
  mutating func park(_ position: Int, in domain: String) {
    unqueue(position)
    let index = parked[domain, default: []].partitioningIndex { $0 <= position }
    parked[domain, default: []].insert(position, at: index)
  }

  private mutating func unpark(_ position: Int) -> Bool {
    for (domain, waiting) in parked {
      let index = waiting.partitioningIndex { $0 <= position }
      guard index < waiting.count, waiting[index] == position else { continue }
      parked[domain]?.remove(at: index)
      return true
    }
    return false
  }

  /// Takes a target whose cluster is cordoned, or outside of its windows, out of the queue until that ends.
  mutating func hold(_ position: Int) {
    unqueue(position)
    held.insert(position)
  }

  mutating func enter(_ phase: RolloutPhase, at instant: Instant, because reason: String? = nil) {
    self.phase = phase
    phaseSince = instant
    phaseReason = reason
    if phase == .running, startedAt == nil { startedAt = instant }
    if phase != .pausing, phase != .paused { pause = nil }
    if phase.isTerminal { endedAt = instant }
  }

  /// Back from soaking or verifying to awaiting health; what its gates said no longer counts.
  mutating func reopenCurrentWave() {
    guard currentWave < waves.count else { return }
    let phase = waves[currentWave].phase
    guard phase == .soaking || phase == .verifying else { return }
    waves[currentWave].phase = .progressing
    waves[currentWave].soakStartedAt = nil
    waves[currentWave].resetGates(.after)
  }

  /// Goes to the first wave that is not over.
  mutating func findCurrentWave() {
    currentWave = waves.firstIndex { !$0.phase.isTerminal } ?? waves.count
  }

  /// Ends everything that is still open, for a rollout that ends before its plan.
  mutating func cancelRest() {
    for position in targets.indices {
      let phase = targets[position].phase
      if phase == .pending || phase.isInFlight { move(position, to: .cancelled) }
    }
    for index in waves.indices where !waves[index].phase.isTerminal {
      waves[index].phase = .cancelled
    }
    currentWave = waves.count
  }

  /// Fills what is derived from waves and targets.
  mutating func rebuild() {
    positions = Dictionary(
      targets.enumerated().map { ($1.cluster, $0) }, uniquingKeysWith: { _, last in last })
    earlierPositions = [:]
    if let wave = deletionWave {
      for position in 0..<waves[wave].first where positions[targets[position].cluster] != position {
        earlierPositions[targets[position].cluster] = position
      }
    }
    for index in waves.indices { waves[index].counts = WaveCounts() }
    for target in targets {
      waves[target.wave].counts.add(1, to: target.phase)
      if target.phase == .healthy, target.unreachableSince != nil {
        waves[target.wave].counts.silent += 1
      }
    }
    ready = targets.indices.reversed().filter { targets[$0].phase == .pending }
    held = []
    parked = [:]
    countFlightsAnew()
    findCurrentWave()
  }

  mutating func countFlightsAnew() {
    flightChanges = targets.indices.filter { targets[$0].phase.isInFlight }
  }
}

extension Array {
  /// The first index whose element satisfies `holds`, in an array where all that do stand last.
  func partitioningIndex(where holds: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
