import FleetModel
import RolloutEngine
import Testing

/// The DORA figures of small histories that can be counted by hand.
@Suite struct DeliveryPerformanceTests {
  private func figures(_ play: Play, _ environment: String = "dev") throws -> DeliveryPerformance {
    let start = Instant(milliseconds: 1_700_000_000_000)
    let all = DeliveryPerformance.figures(
      play.state, play.log.filter { DeliveryPerformance.types.contains($0.event.type) },
      from: start, to: start + .minutes(60 * 24 * 10))
    return try #require(all.first { $0.pin.environment == environment })
  }

  @Test func leadTimeRunsFromTheCommitToTheSuccessOfItsRollout() throws {
    var play = try Play(["dev": ["a", "b"]])
    try play.commit(1)
    play.now = play.now + .minutes(4)
    try play.healthy("a", "b")
    try play.commit(2)
    play.now = play.now + .minutes(10)
    try play.healthy("a", "b")
    let figures = try figures(play)
    #expect(figures.started == 2)
    #expect(figures.succeeded == 2)
    #expect(figures.perDay == 0.2)
    #expect(figures.leadTime.count == 2)
    #expect(figures.leadTime.median == .minutes(4))
    #expect(figures.leadTime.p90 == .minutes(10))
    #expect(figures.changeFailureRate == 0)
    #expect(figures.timeToRestore.count == 0)
    #expect(figures.timeToRestore.median == nil)
  }

  @Test func aHaltIsAFailureUntilTheNextSuccess() throws {
    var play = try Play(["dev": ["a", "b"]])
    try play.commit(1)
    try play.healthy("a", "b")
    try play.commit(2)
    try play.say(.failed("no such image", permanent: true), "a")
    #expect(try figures(play).failed == 1)
    #expect(try figures(play).unrestored == 1)
    play.now = play.now + .minutes(25)
    try play.press(.rollback(RolloutID("web-dev-2"), .rollout), reason: "broken")
    try play.healthy("a", "b")
    let figures = try figures(play)
    #expect(figures.started == 2)
    #expect(figures.succeeded == 1)
    #expect(figures.changeFailureRate == 0.5)
    #expect(figures.timeToRestore.count == 1)
    #expect(figures.timeToRestore.median == .minutes(25))
    #expect(figures.unrestored == 0)
  }

  @Test func aVetoAfterTheSuccessIsAFailureOfWhatItHits() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    try play.healthy("a")
    try play.press(.reject(change: Play.commit(1)), reason: "loses orders")
    #expect(try figures(play).failed == 1)
    try play.commit(2)
    try play.healthy("a")
    let figures = try figures(play)
    #expect(figures.failed == 1)
    #expect(figures.unrestored == 0)
  }

  @Test func anAbortByAPersonIsNoFailure() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    try play.press(.abort(RolloutID("web-dev-1")), reason: "not today")
    let figures = try figures(play)
    #expect(figures.started == 1)
    #expect(figures.succeeded == 0)
    #expect(figures.failed == 0)
  }
}
