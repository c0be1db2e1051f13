internal import RolloutEngine

/// One future of a fleet: the seed that it begins with and a seed for each of its steps. A schedule
/// without some of its steps is a schedule, too.
public struct Schedule: Sendable {
  public let seed: UInt64
  public let steps: [UInt64]

  /// What came of a schedule.
  public struct Outcome: Sendable {
    public let violation: Violation?
    /// Events in the log when the faults stopped.
    public let events: Int
    /// Events in the log at the end.
    public let allEvents: Int
    /// Steps and events in words, where they were asked for.
    public let story: [String]
    /// How often each type of event came, and each `verb in phase` was pressed.
    public let seen: [String: Int]
  }

  /// Steps and events that every explored schedule has at least.
  public static let least = (steps: 220, events: 200)

  public init(seed: UInt64, steps: [UInt64]) {
    self.seed = seed
    self.steps = steps
  }

  /// Plays the schedule of a seed to its end, and says which steps it had.
  public static func explore(
    _ seed: UInt64, promising promise: SimulatedFleet.Promise? = nil
  ) -> (schedule: Schedule, outcome: Outcome) {
    var random = SeededRandom(seed: seed ^ 0x5eed)
    var steps: [UInt64] = []
    let outcome = play(seed, telling: false, promise) { fleet in
      if steps.count >= least.steps, fleet.log.count >= least.events { return nil }
      let step = random.next()
      steps.append(step)
      return step
    }
    return (Schedule(seed: seed, steps: steps), outcome)
  }

  public func play(
    telling: Bool = false, promising promise: SimulatedFleet.Promise? = nil
  ) -> Outcome {
    var rest = steps[...]
    return Schedule.play(seed, telling: telling, promise) { _ in rest.popFirst() }
  }

  private static func play(
    _ seed: UInt64, telling: Bool, _ promise: SimulatedFleet.Promise?,
    next: (borrowing SimulatedFleet) -> UInt64?
  ) -> Outcome {
    var fleet = SimulatedFleet(seed: seed, telling: telling, promising: promise)
    var violation: Violation?
    var events = 0
    do {
      try fleet.begin()
      while let step = next(fleet) { try fleet.step(step) }
      events = fleet.log.count
      try fleet.followBlockersToTheEnd()
      try fleet.checkReplay()
    } catch let broken as Violation {
      violation = broken
    } catch {
      violation = Violation("error", "\(error)")
    }
    for record in fleet.log { fleet.seen[record.event.type, default: 0] += 1 }
    return Outcome(
      violation: violation, events: events, allEvents: fleet.log.count, story: fleet.story,
      seen: fleet.seen)
  }

  /// The shortest schedule found that breaks the same promise, by leaving steps out.
  public func shortest(
    breaking invariant: String, promising promise: SimulatedFleet.Promise? = nil
  ) -> Schedule {
    let steps = shrink(steps) { fewer in
      Schedule(seed: seed, steps: fewer).play(promising: promise).violation?.invariant == invariant
    }
    return Schedule(seed: seed, steps: steps)
  }
}

/// Leaves out elements, in blocks of falling size, as long as the rest still fails; at the end no
/// single one can be spared. Zeller and Hildebrandt's delta debugging, without the tests of subsets,
/// which a schedule hardly ever passes.
public func shrink<Element>(
  _ elements: [Element], while fails: ([Element]) -> Bool
) -> [Element] {
  var elements = elements
  var size = max(1, elements.count / 2)
  while true {
    var start = 0
    var spared = false
    while start < elements.count {
      let end = min(start + size, elements.count)
      let fewer = Array(elements[..<start] + elements[end...])
      if fails(fewer) {
        elements = fewer
        spared = true
      } else {
        start = end
      }
    }
    // What was left out last may make an earlier element needless.
    if size == 1, !spared { return elements }
    if size > 1 { size /= 2 }
  }
}
