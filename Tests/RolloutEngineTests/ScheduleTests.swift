import FoundationEssentials
import Testing

/// Random schedules: commits, lost, late, repeated and reordered observations, clusters that die,
/// leave and join, people who press every verb, crashes and clock jumps, with I1 to I11 checked
/// after every event. `FLOTILLA_SEEDS` says how many (or `from-to` which) seeds run.
@Suite struct ScheduleTests {
  static let length = 220

  @Test func noScheduleBreaksAPromise() throws {
    for seed in ScheduleTests.seeds {
      guard let violation = ScheduleTests.play(seed, ScheduleTests.steps(seed)).violation else {
        continue
      }
      Issue.record("seed \(seed): \(violation)\n\(ScheduleTests.shortest(seed, violation))")
      return
    }
  }

  private static var seeds: ClosedRange<UInt64> {
    let text = ProcessInfo.processInfo.environment["FLOTILLA_SEEDS"] ?? "100"
    let ends = text.split(separator: "-").compactMap { UInt64($0) }
    return ends.count == 2 ? ends[0]...max(ends[0], ends[1]) : 1...max(1, ends.first ?? 100)
  }

  private static func steps(_ seed: UInt64) -> [UInt64] {
    var random = SeededRandom(seed: seed ^ 0x5eed)
    return (0..<length).map { _ in random.next() }
  }

  private static func play(
    _ seed: UInt64, _ steps: [UInt64]
  ) -> (violation: Violation?, story: [String]) {
    var fleet: SimulatedFleet?
    do {
      fleet = try SimulatedFleet(seed: seed)
      for step in steps { try fleet?.step(step) }
      try fleet?.followBlockersToTheEnd()
      try fleet?.checkReplay()
      return (nil, [])
    } catch let violation as Violation {
      return (violation, fleet?.story ?? [])
    } catch {
      return (Violation("error", "\(error)"), fleet?.story ?? [])
    }
  }

  /// Leaves out steps as long as the schedule still breaks the same promise.
  private static func shortest(_ seed: UInt64, _ violation: Violation) -> String {
    var steps = steps(seed)
    var size = steps.count / 2
    while size > 0 {
      var start = 0
      while start < steps.count {
        let end = min(start + size, steps.count)
        let fewer = Array(steps[..<start] + steps[end...])
        if play(seed, fewer).violation?.invariant == violation.invariant {
          steps = fewer
        } else {
          start = end
        }
      }
      size /= 2
    }
    let (last, story) = play(seed, steps)
    return "shortest schedule, \(steps.count) steps: \(last.map { "\($0)" } ?? "")\n"
      + story.suffix(70).joined(separator: "\n")
  }
}
