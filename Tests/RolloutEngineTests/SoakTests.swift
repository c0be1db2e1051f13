import FleetModel
import RolloutEngine
import Testing

/// The minimum healthy time of a wave.
@Suite struct SoakTests {
  let id = RolloutID("web-dev-1")

  private func soaking(maxFailures: Int = 0, maxUnreachable: Int = 0) throws -> Play {
    var play = try Play(
      ["dev": ["a", "b", "c"]],
      strategy: .waves(
        .named(
          "canary", ["a", "b"], maxFailures: maxFailures, maxUnreachable: maxUnreachable,
          soak: .minutes(5)), .named("rest")))
    try play.commit(1)
    try play.healthy("a", "b")
    return play
  }

  @Test func theNextWaveOpensWhenTheSoakIsOver() throws {
    var play = try soaking()
    #expect(play.moves == ["targetHealthy", "waveSoaking"])
    try play.wait(.minutes(4))
    #expect(play.moves.isEmpty)
    try play.wait(.minutes(1))
    #expect(play.moves == ["wavePassed", "waveOpened", "targetDispatched"])
  }

  @Test func aLateTickYieldsTheSameEvents() throws {
    var play = try soaking()
    try play.wait(.minutes(500))
    #expect(play.moves == ["wavePassed", "waveOpened", "targetDispatched"])
  }

  @Test func aRegressionHaltsWhereNoFailureIsAllowed() throws {
    var play = try soaking()
    try play.say(.degraded("CrashLoopBackOff"), "a")
    #expect(play.moves == ["targetRegressed", "waveReopened", "rolloutHalted"])
    try play.wait(.minutes(60))
    #expect(play.moves.isEmpty)
  }

  @Test func aRegressionWithinTheBudgetRestartsTheSoak() throws {
    var play = try soaking(maxFailures: 1)
    try play.wait(.minutes(4))
    try play.say(.degraded("CrashLoopBackOff"), "a")
    #expect(play.moves == ["targetRegressed", "waveReopened", "waveSoaking"])
    try play.wait(.minutes(4))
    #expect(play.moves.isEmpty)
    try play.wait(.minutes(1))
    #expect(play.moves.first == "wavePassed")
  }

  @Test func aTargetThatRecoversCountsAgain() throws {
    var play = try soaking(maxFailures: 1)
    try play.say(.degraded("CrashLoopBackOff"), "a")
    try play.say(.healthy, "a")
    try play.wait(.minutes(5))
    try play.healthy("c")
    #expect(try play.rollout(id).phase == .succeeded)
  }

  @Test func aWaveDoesNotPassWhileNobodySeesItsHealth() throws {
    var play = try soaking()
    try play.say(.unreachable("no route"), "a")
    try play.wait(.minutes(6))
    #expect(play.moves.isEmpty)
    #expect(
      play.state.blockers(of: .rollout(id), at: play.now).map(\.what).last
        == "a does not answer: no route")
    try play.say(.healthy, "a")
    #expect(play.moves == ["targetHealthy", "wavePassed", "waveOpened", "targetDispatched"])
  }

  @Test func theClockOfASoakRunsOnDuringAPause() throws {
    var play = try soaking()
    try play.press(.pause(id, .rollout, until: nil))
    try play.wait(.minutes(30))
    #expect(play.moves.isEmpty)
    try play.press(.resume(id, wave: nil))
    #expect(play.moves == ["rolloutResumed", "wavePassed", "waveOpened", "targetDispatched"])
  }

  @Test func aSoakThatWasPausedStillEndsByItself() throws {
    var play = try soaking()
    try play.press(.pause(id, .rollout, until: nil))
    #expect(play.state.nextTimer == nil)
    try play.wait(.minutes(1))
    try play.press(.resume(id, wave: nil))
    #expect(play.state.nextTimer == play.now + .minutes(4))
    try play.wait(.minutes(4))
    #expect(play.moves == ["wavePassed", "waveOpened", "targetDispatched"])
  }

  /// The end of the soak came while the cluster did not answer, then somebody set the clock back.
  @Test func aClockThatIsSetBackEndsTheSoakAgain() throws {
    var play = try soaking()
    try play.say(.unreachable("no route"), "a")
    try play.wait(.minutes(6))
    try play.wait(.seconds(-240))
    try play.say(.healthy, "a")
    #expect(play.moves == ["targetHealthy"])
    let end = try #require(play.state.nextTimer)
    #expect(end == play.now + .minutes(3))
    try play.wait(.minutes(3))
    #expect(play.moves == ["wavePassed", "waveOpened", "targetDispatched"])
  }
}
