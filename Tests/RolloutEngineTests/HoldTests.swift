import FleetModel
import RolloutEngine
import Testing

/// An environment that is pinned on purpose.
@Suite struct HoldTests {
  let dev = PinID(app: "web", environment: "dev")

  @Test func automationMovesNothingWhileAnEnvironmentIsHeld() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    try play.healthy("a")
    try play.press(.hold(environment: "dev", app: nil, until: nil), reason: "demo on Friday")
    try play.commit(2)
    #expect(play.moves == ["releaseRecorded"])
    let blocker = try #require(play.state.blockers(of: .pin(dev), at: play.now).first)
    #expect(blocker.what == "\(Play.release(2)) waits: dev is held by anna: demo on Friday")
    #expect(blocker.command == "flotilla unhold dev")
    try play.press(.unhold(environment: "dev", app: nil))
    #expect(play.dispatched == ["a"])
  }

  @Test func aPersonMayPromoteIntoAHeldEnvironment() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    try play.healthy("a")
    try play.press(.hold(environment: "dev", app: "web", until: nil))
    try play.commit(2)
    try play.press(.promote(change: Play.commit(2), environment: "dev"), reason: "the repair")
    #expect(play.dispatched == ["a"])
  }

  @Test func whatAutomationQueuedBeforeWaitsUntilTheHoldEnds() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    try play.commit(2)
    try play.press(.hold(environment: "dev", app: nil, until: play.now + .minutes(30)))
    try play.healthy("a")
    #expect(play.state.openRollouts.isEmpty)
    #expect(
      play.state.blockers(of: .pin(dev), at: play.now).first?.until == play.now + .minutes(30))
    #expect(play.state.nextTimer == play.now + .minutes(30))
    try play.wait(.minutes(30))
    #expect(play.moves.first == "environmentUnheld" && play.dispatched == ["a"])
  }

  /// Found by a random schedule: nothing was under way whose end would have let the promotion in.
  @Test func aPromotionTakesThePlaceOfWhatWaitsForTheHoldToEnd() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    try play.commit(2)
    try play.press(.hold(environment: "dev", app: nil, until: nil))
    try play.press(.abort(RolloutID("web-dev-1")))
    try play.press(.promote(change: Play.commit(1), environment: "dev"))
    #expect(play.dispatched == ["a"])
    try play.healthy("a")
    #expect(play.state.pins[dev]?.stable == Play.release(1))
  }

  @Test func refusalsOfHoldNameTheCommandThatWorks() throws {
    var play = try Play(["dev": ["a"]])
    try play.press(.hold(environment: "dev", app: "web", until: nil), reason: "audit")
    #expect(
      try play.refusal(.unhold(environment: "dev", app: nil)).remedy
        == "what is: flotilla unhold dev --app web")
    #expect(
      try play.refusal(.hold(environment: "dev", app: "web", until: nil)).why
        == "it is held already, by anna: audit")
    #expect(
      try play.refusal(.hold(environment: "moon", app: nil, until: nil)).why
        == "there is no environment 'moon'")
  }
}
