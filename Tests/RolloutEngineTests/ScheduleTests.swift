import FleetSimulation
import Foundation
import RolloutEngine
import Testing

/// Random schedules: commits, lost, late, repeated, reordered and stale observations, clusters that
/// die, lie, leave and join, people who press every verb, crashes, second hubs and clock jumps, with
/// I1 to I11 checked after every event. `scripts/explore` plays many more.
@Suite struct ScheduleTests {
  @Test(arguments: 1...60)
  func noScheduleBreaksAPromise(seed: Int) {
    let (schedule, outcome) = Schedule.explore(UInt64(seed))
    #expect(outcome.violation != nil || outcome.events >= Schedule.least.events)
    guard let violation = outcome.violation else { return }
    let shortest = schedule.shortest(breaking: violation.invariant)
    let story = shortest.play(telling: true).story.joined(separator: "\n")
    Issue.record(
      "seed \(seed) breaks \(violation); \(shortest.steps.count) steps are enough:\n\(story)")
  }

  /// Schedules of `scripts/explore` that broke a promise once.
  @Test(arguments: [1090, 4500, 6184, 9559, 13851, 19433, 21938, 24442, 27447, 42384, 50969])
  func whatWasFoundOnceStaysMended(seed: Int) {
    let (schedule, outcome) = Schedule.explore(UInt64(seed))
    #expect(
      outcome.violation == nil, "seed \(schedule.seed): \(outcome.violation.map { "\($0)" } ?? "")")
  }

  @Test func aScheduleIsTheSameEachTime() {
    let (first, second) = (Schedule.explore(7), Schedule.explore(7))
    #expect(first.schedule.steps == second.schedule.steps)
    #expect(first.outcome.seen == second.outcome.seen)
    #expect(first.schedule.play().seen == first.outcome.seen)
  }

  @Test func shrinkingLeavesWhatItTakes() {
    var calls = 0
    let shortest = shrink(Array(1...400)) { numbers in
      calls += 1
      let needed = numbers.filter { [17, 18, 333].contains($0) }
      return needed == [17, 18, 333]
    }
    #expect(shortest == [17, 18, 333])
    #expect(calls < 200)
  }

  @Test func theShortestScheduleBreaksTheSamePromiseAndNoStepCanBeSpared() throws {
    // A promise that is not the model's: nobody ever aborts a rollout while one is paused.
    let promise: SimulatedFleet.Promise = { record in
      if case .rolloutAborted = record.event, record.actor != RecordedEvent.hub {
        throw Violation("planted", "\(record.sequence)")
      }
    }
    var found: Schedule?
    for seed in UInt64(1)...20 where found == nil {
      let (schedule, outcome) = Schedule.explore(seed, promising: promise)
      if outcome.violation?.invariant == "planted" { found = schedule }
    }
    let schedule = try #require(found)
    let shortest = schedule.shortest(breaking: "planted", promising: promise)
    #expect(shortest.steps.count < 10)
    #expect(shortest.play(promising: promise).violation?.invariant == "planted")
    for index in shortest.steps.indices {
      var steps = shortest.steps
      steps.remove(at: index)
      let spared = Schedule(seed: schedule.seed, steps: steps).play(promising: promise)
      #expect(spared.violation?.invariant != "planted")
    }
  }
}
