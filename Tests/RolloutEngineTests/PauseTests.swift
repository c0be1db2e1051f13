import FleetModel
import RolloutEngine
import Testing

/// Pausing and resuming a rollout, one wave, or the rollout at a wave.
@Suite struct PauseTests {
  let id = RolloutID("web-dev-1")

  private func running() throws -> Play {
    var play = try Play(
      ["dev": ["a", "b", "c"]],
      strategy: .waves(.named("canary", ["a"]), .named("rest", maxConcurrent: 1)))
    try play.commit(1)
    return play
  }

  @Test func whatIsInFlightFinishesAndNothingNewIsDispatched() throws {
    var play = try running()
    try play.press(.pause(id, .rollout, until: nil), reason: "database team")
    #expect(try play.rollout(id).phase == .pausing)
    try play.healthy("a")
    #expect(try play.rollout(id).phase == .paused)
    #expect(play.dispatched.isEmpty)
    let blocker = try #require(play.state.blockers(of: .rollout(id), at: play.now).first)
    #expect(blocker.what == "paused by anna: database team")
    #expect(blocker.command == "flotilla rollout resume web-dev-1")
    try play.press(.resume(id, wave: nil))
    #expect(play.dispatched.count == 1)
  }

  @Test func aPauseEndsByItselfAtItsTime() throws {
    var play = try running()
    try play.press(.pause(id, .rollout, until: play.now + .minutes(3)))
    try play.healthy("a")
    #expect(play.moves == ["targetHealthy", "waveSoaking", "rolloutPaused"])
    #expect(play.state.nextTimer == play.now + .minutes(3))
    try play.wait(.minutes(3))
    #expect(play.moves == ["rolloutResumed", "wavePassed", "waveOpened", "targetDispatched"])
  }

  @Test func aRolloutPausesWhenItReachesAWave() throws {
    var play = try running()
    try play.press(.pause(id, .atWave("rest"), until: nil), reason: "look first")
    try play.healthy("a")
    #expect(
      play.moves == [
        "targetHealthy", "waveSoaking", "wavePassed", "rolloutPausing", "rolloutPaused",
      ])
    #expect(try play.rollout(id).pause?.reason == "look first")
    try play.press(.resume(id, wave: nil))
    #expect(play.moves == ["rolloutResumed", "waveOpened", "targetDispatched"])
  }

  @Test func aPausedWaveWaitsWhileTheRolloutRuns() throws {
    var play = try running()
    try play.press(.pause(id, .wave("rest"), until: nil), reason: "not yet")
    try play.healthy("a")
    #expect(try play.rollout(id).phase == .running)
    #expect(play.dispatched.isEmpty)
    #expect(
      play.state.blockers(of: .rollout(id), at: play.now).first?.command
        == "flotilla rollout resume web-dev-1 --wave rest")
    try play.press(.resume(id, wave: "rest"))
    #expect(play.dispatched.count == 1)
  }

  @Test func aWaveCanBePausedInItsMiddle() throws {
    var play = try running()
    try play.healthy("a")
    let running = play.dispatched
    try play.press(.pause(id, .wave("rest"), until: nil))
    try play.healthy(running[0])
    #expect(play.dispatched.isEmpty)
    try play.press(.resume(id, wave: nil))
    #expect(play.dispatched.count == 1)
  }

  @Test func anEnvironmentPausedInGitGetsNothingNew() throws {
    var play = try running()
    try play.reconfigure { $0.environments[0].paused = true }
    try play.healthy("a")
    #expect(play.dispatched.isEmpty)
    #expect(
      play.state.blockers(of: .rollout(id), at: play.now).first?.what
        == "environment dev is paused in Git")
    try play.reconfigure { $0.environments[0].paused = false }
    #expect(play.dispatched.count == 1)
  }

  @Test func refusalsNameTheCommandThatWorks() throws {
    var play = try running()
    #expect(
      try play.refusal(.resume(id, wave: nil)).remedy
        == "see what it waits for: flotilla explain web-dev-1")
    #expect(
      try play.refusal(.pause(id, .wave("nope"), until: nil)).remedy
        == "its waves are canary, rest")
    try play.say(.failed("forbidden", permanent: true), "a")
    #expect(
      try play.refusal(.resume(id, wave: nil)).remedy
        == "try the failed targets again: flotilla rollout retry web-dev-1")
    try play.press(.abort(id))
    #expect(try play.refusal(.abort(id)).why == "it has ended (aborted)")
  }
}
