import FleetModel
import Manifests
import RolloutEngine
import Testing

/// Accidents of other systems that the model forbids, one test each.
@Suite struct AccidentTests {
  let id = RolloutID("web-dev-1")

  /// argo-cd #29410 and #16881, OCM #1201: production was rolled first, because the health of the
  /// previous revision was read as that of the new one. Healthy pods of the old digest say nothing.
  @Test func healthOfThePreviousRevisionOpensNoWave() throws {
    var play = try Play(
      ["dev": ["a", "b"]], strategy: .waves(.named("canary", ["a"]), .named("rest")))
    try play.commit(1)
    try play.healthy("a", "b")
    try play.commit(2)
    let second = RolloutID("web-dev-2")
    let before = Instant(milliseconds: play.now.milliseconds - 1)
    for (digest, attempt, observedAt) in [
      (Play.digest(1, "a"), 1, play.now), (Play.digest(2, "a"), 0, play.now),
      (Play.digest(2, "a"), 1, before), (Play.digest(2, "a"), 2, play.now),
    ] {
      try play.give(
        .observation(
          Observation(
            rollout: second, cluster: "a", attempt: attempt, digest: digest,
            observedAt: observedAt, finding: .healthy)))
      #expect(play.moves.isEmpty)
    }
    #expect(try play.phase(second, "a") == .dispatched)
    #expect(play.engine.ignored.values.reduce(0, +) == 4)
  }

  /// rancher/fleet #3828: clusters in no partition were silently dropped. The last wave takes the
  /// rest, whatever it selects.
  @Test func aClusterThatNoWaveSelectsIsNotDropped() throws {
    var play = try Play(
      ["dev": ["a", "b", "c"]],
      strategy: .waves(.named("first", ["a"]), .named("second", ["b"])))
    try play.commit(1)
    #expect(Set(try play.rollout(id).targets.map(\.cluster)) == ["a", "b", "c"])
  }

  /// rancher/fleet #5406, argo-cd #18480 and #9227: an agent timed out, its empty list was taken for
  /// the truth, and databases were deleted. Silence is neither health nor absence.
  @Test func aClusterThatDoesNotAnswerLosesNothingAndPassesNothing() throws {
    var play = try Play(["dev": ["a", "b"]])
    try play.commit(1)
    try play.healthy("a")
    try play.say(.unreachable("i/o timeout"), "b")
    #expect(play.moves == ["targetUnreachable"])
    #expect(try play.rollout(id).phase == .running)
    #expect(play.state.clusters["b"]?.deployed["web"]?.digest == nil)
    try play.wait(.minutes(10))
    #expect(try play.rollout(id).phase == .halted)
  }

  /// argo-cd #12459, fleet #594: stuck, with no stated reason.
  @Test func aRolloutThatWaitsSaysForWhatSinceWhenAndUntilWhen() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    let start = play.now
    try play.say(.progressing("deployment web: 1 of 3 ready"), "a")
    let blocker = try #require(
      play.state.blockers(of: .target(id, cluster: "a"), at: play.now).first)
    #expect(blocker.what.contains("deployment web: 1 of 3 ready"))
    #expect(blocker.since == start && blocker.until == start + .minutes(10))
  }
}
