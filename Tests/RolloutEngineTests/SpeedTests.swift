import FleetModel
import Manifests
import RolloutEngine
import Testing

/// What a decision costs must not depend on how many targets there are or are done. Asserted as
/// work, not as time: the events and rows of one observation.
@Suite struct SpeedTests {
  @Test func oneObservationTouchesOneTargetHoweverManyThereAre() throws {
    var play = try Play(
      ["dev": (1...500).map { "c\($0)" }],
      strategy: .waves(.named("all", maxConcurrent: 50)))
    try play.commit(1)
    for _ in 0..<300 {
      let cluster = try #require(
        play.state.rollouts[RolloutID("web-dev-1")]?.targets.first { $0.phase == .dispatched }?
          .cluster)
      try play.healthy(cluster)
      let touched = play.log.suffix(play.moves.count).flatMap { play.state.touched(by: $0) }
      #expect(play.moves == ["targetHealthy", "targetDispatched"])
      #expect(touched.count == 4)
    }
  }
}
