import FleetModel
import FleetSimulation
import RolloutEngine
import Testing

/// Every event says who caused it, when, and why.
@Suite struct CauseTests {
  @Test(arguments: 1...8) func everyEventOfARandomHistoryHasActorTimeAndReason(
    seed: UInt64
  ) throws {
    var fleet = SimulatedFleet(seed: seed)
    try fleet.begin()
    var random = SeededRandom(seed: seed)
    for _ in 0..<120 { try fleet.step(random.next()) }
    #expect(!fleet.log.isEmpty)
    for record in fleet.log {
      #expect(!record.actor.isEmpty)
      #expect(record.at.milliseconds > 0)
      #expect(record.reason?.isEmpty == false, "\(record.event.type) has no reason")
    }
  }

  @Test func whatTheHubDecidesSaysWhatItDecidedOn() throws {
    var play = try Play(["dev": ["a", "b"]])
    try play.commit(1)
    try play.healthy("a")
    let healthy = try #require(play.log.last { $0.event.type == "targetHealthy" })
    #expect(healthy.actor == RecordedEvent.hub)
    #expect(healthy.reason == "report of a")
    try play.press(.abort(RolloutID("web-dev-1")), reason: "wrong change")
    let aborted = try #require(play.log.last { $0.event.type == "rolloutAborted" })
    #expect(aborted.reason == "wrong change")
  }
}
