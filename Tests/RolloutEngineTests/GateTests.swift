import FleetModel
import RolloutEngine
import Testing

/// Gates before a wave opens and before it counts as passed.
@Suite struct GateTests {
  let id = RolloutID("web-dev-1")

  private func play(before: [Gate] = [], after: [Gate] = []) throws -> Play {
    var strategy = Strategy.waves(.named("canary", ["a"], maxFailures: 1), .named("rest"))
    strategy.waves[0].after = after
    strategy.waves[1].before = before
    var play = try Play(["dev": ["a", "b"]], strategy: strategy)
    try play.commit(1)
    return play
  }

  @Test func aHoldBeforeAWaveWaitsForAPerson() throws {
    var play = try play(before: [.hold(name: "look")])
    try play.healthy("a")
    #expect(play.moves == ["targetHealthy", "waveSoaking", "wavePassed", "gateReached"])
    let blocker = try #require(play.state.blockers(of: .rollout(id), at: play.now).first)
    #expect(blocker.what == "'look' before wave 'rest' waits for a person")
    #expect(blocker.command == "flotilla rollout resume web-dev-1 --wave rest")
    try play.wait(.minutes(600))
    #expect(play.moves.isEmpty)
    try play.press(.resume(id, wave: "rest"), reason: "canary is fine")
    #expect(play.moves == ["gatePassed", "waveOpened", "targetDispatched"])
  }

  @Test func aHoldAfterAWaveKeepsItFromPassing() throws {
    var play = try play(after: [.hold(name: "sign-off")])
    try play.healthy("a")
    #expect(play.moves == ["targetHealthy", "waveSoaking", "waveVerifying", "gateReached"])
    #expect(play.dispatched.isEmpty)
    try play.press(.resume(id, wave: nil), reason: "signed off")
    #expect(play.moves.prefix(2) == ["gatePassed", "wavePassed"])
    #expect(play.dispatched == ["b"])
  }

  @Test func healthIsWatchedWhileAGateAfterTheWaveIsAwaited() throws {
    var play = try play(after: [.hold(name: "sign-off")])
    try play.healthy("a")
    try play.say(.degraded("CrashLoopBackOff"), "a")
    #expect(play.moves.prefix(2) == ["targetRegressed", "waveReopened"])
    #expect(try play.rollout(id).waves[0].gates?[0].round == 2, "the gate is asked anew")
  }

  @Test func gatesAreAskedOneAfterTheOther() throws {
    var play = try play(before: [.hold(name: "one"), .hold(name: "two")])
    try play.healthy("a")
    try play.press(.resume(id, wave: "rest"))
    #expect(play.moves == ["gatePassed", "gateReached"])
    #expect(play.dispatched.isEmpty)
    try play.press(.resume(id, wave: "rest"))
    #expect(play.dispatched == ["b"])
  }

  @Test func aWaveWithoutTargetsNeedsNobodysLeave() throws {
    var play = try play(before: [.hold(name: "look")])
    try play.healthy("a")
    try play.press(.resume(id, wave: "rest"))
    try play.healthy("b")
    try play.commit(2, changing: ["a"])
    try play.healthy("a")
    #expect(try play.rollout(RolloutID("web-dev-2")).phase == .succeeded)
  }
}
