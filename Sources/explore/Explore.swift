internal import FleetSimulation
internal import Foundation
internal import Synchronization

/// Plays schedules of the simulated fleet on all cores until one breaks a promise.
///
/// `explore FROM COUNT [whole]` plays COUNT seeds from FROM on and prints figures. At the first
/// violation it prints the seed and the shortest schedule that still breaks the same promise (with
/// `whole`, the seed only), and ends with status 1.
@main
enum Explore {
  struct Failure: Error, CustomStringConvertible { let description: String }

  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard (2...3).contains(arguments.count), let from = UInt64(arguments[0]),
      let count = UInt64(arguments[1]), count > 0, arguments.count == 2 || arguments[2] == "whole"
    else { throw Failure(description: "usage: explore FROM COUNT [whole]") }
    let start = ContinuousClock.now
    let tally = Tally(Results(next: from, end: from + count))
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
        group.addTask {
          while let seed = tally.results.withLock({ $0.take() }) {
            let (schedule, outcome) = Schedule.explore(seed)
            tally.results.withLock { $0.add(outcome, of: schedule) }
          }
        }
      }
    }
    let elapsed = start.duration(to: .now) / .seconds(1)
    let result = tally.results.withLock { $0 }
    report(result, elapsed)
    guard let (schedule, violation) = result.failed else { return }
    print("seed \(schedule.seed) breaks \(violation)")
    if arguments.count == 2 { tell(schedule, violation) }
    exit(1)
  }

  /// What the workers share.
  private final class Tally: Sendable {
    let results: Mutex<Results>
    init(_ results: sending Results) { self.results = Mutex(results) }
  }

  private struct Results: Sendable {
    var next: UInt64
    let end: UInt64
    var played = 0
    var steps = 0
    var events = 0
    var fewestEvents = Int.max
    var seen: [String: Int] = [:]
    /// The failing schedule with the lowest seed of those that were played.
    var failed: (schedule: Schedule, violation: Violation)?

    init(next: UInt64, end: UInt64) {
      self.next = next
      self.end = end
    }

    mutating func take() -> UInt64? {
      guard next < end, failed == nil else { return nil }
      defer { next += 1 }
      return next
    }

    mutating func add(_ outcome: Schedule.Outcome, of schedule: Schedule) {
      played += 1
      steps += schedule.steps.count
      events += outcome.events
      seen.merge(outcome.seen, uniquingKeysWith: +)
      guard let violation = outcome.violation else {
        fewestEvents = min(fewestEvents, outcome.events)
        return
      }
      if failed.map({ schedule.seed < $0.schedule.seed }) ?? true { failed = (schedule, violation) }
    }
  }

  private static func report(_ result: Results, _ elapsed: Double) {
    let used = Double(clock()) / Double(CLOCKS_PER_SEC)
    print(
      String(
        format: "%ld schedules in %.1f s, %.1f/s; %.2f ms of processor time each", result.played,
        elapsed, Double(result.played) / elapsed, used * 1000 / Double(result.played)))
    print(
      "\(result.steps / result.played) steps and \(result.events / result.played) events on average"
        + (result.fewestEvents < .max ? ", \(result.fewestEvents) events at least" : ""))
    guard ProcessInfo.processInfo.environment["FLOTILLA_SEEN"] != nil else { return }
    for (what, times) in result.seen.sorted(by: { $0.key < $1.key }) { print("\(what) \(times)") }
  }

  private static func tell(_ schedule: Schedule, _ violation: Violation) {
    let shortest = schedule.shortest(breaking: violation.invariant)
    let outcome = shortest.play(telling: true)
    print(
      "the shortest schedule that still does has \(shortest.steps.count) of "
        + "\(schedule.steps.count) steps:")
    for line in outcome.story { print(line) }
    print(outcome.violation.map { "\($0)" } ?? "nothing is broken any more")
  }
}
