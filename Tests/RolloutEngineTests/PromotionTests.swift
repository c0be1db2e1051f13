import FleetModel
import RolloutEngine
import Testing

/// From one environment to the next, by rule or by hand, and releases that arrive in between.
@Suite struct PromotionTests {
  private let dev = PinID(app: "web", environment: "dev")
  private let prod = PinID(app: "web", environment: "prod")

  @Test func automationPromotesWhatWasStableUpstreamForLongEnough() throws {
    var play = try Play(
      ["dev": ["d"], "prod": ["p"]],
      promotion: Promotion(mode: .auto, soak: .minutes(10)))
    try play.commit(1)
    try play.healthy("d")
    #expect(play.dispatched.isEmpty)
    #expect(play.state.nextTimer == play.now + .minutes(10))
    #expect(
      play.state.blockers(of: .pin(prod), at: play.now).first?.until == play.now + .minutes(10))
    try play.wait(.minutes(10))
    #expect(play.moves.first == "pinMoved")
    #expect(play.dispatched == ["p"])
  }

  @Test func aPersonPromotesAChangeByTheStartOfItsCommit() throws {
    var play = try Play(["dev": ["d"], "prod": ["p"]])
    try play.commit(1)
    try play.healthy("d")
    #expect(
      play.state.blockers(of: .pin(prod), at: play.now).first?.command
        == "flotilla promote \(Play.release(1)) --to prod")
    try play.press(
      .promote(change: String(Play.commit(1).prefix(7)), environment: "prod"), reason: "go")
    #expect(play.dispatched == ["p"])
    #expect(play.state.pins[prod]?.movedBy == "anna")
  }

  @Test func aReleaseThatIsNotStableUpstreamIsRefused() throws {
    var play = try Play(["dev": ["d"], "prod": ["p"]])
    try play.commit(1)
    let refusal = try play.refusal(
      .promote(change: Play.release(1).rawValue, environment: "prod"))
    #expect(refusal.why == "\(Play.release(1)) is not stable in dev")
    #expect(refusal.remedy == "see how far it is there: flotilla rollout status web-dev-1")
  }

  @Test func anUnknownChangeAndAnUnknownEnvironmentAreRefused() throws {
    var play = try Play(["dev": ["d"]])
    try play.commit(1)
    #expect(
      try play.refusal(.promote(change: "1234567", environment: "dev")).why
        == "no commit '1234567' is known")
    #expect(
      try play.refusal(.promote(change: "abc", environment: "dev")).remedy
        == "list releases: flotilla get releases")
    #expect(
      try play.refusal(.promote(change: "1234567", environment: "moon")).remedy
        == "there are dev")
  }

  @Test func whatIsThereAlreadyIsRefused() throws {
    var play = try Play(["dev": ["d"]])
    try play.commit(1)
    #expect(
      try play.refusal(.promote(change: Play.commit(1), environment: "dev")).why
        == "dev has it, or is about to")
  }

  @Test func onlyTheNewestWaitsUnderCoalesce() throws {
    var play = try Play(["dev": ["d"]], onNewRelease: .coalesce)
    try play.commit(1)
    try play.commit(2)
    #expect(play.moves == ["releaseRecorded", "releaseQueued"])
    try play.commit(3)
    #expect(play.moves == ["releaseRecorded", "releaseSkipped", "releaseQueued"])
    try play.healthy("d")
    #expect(play.state.pins[dev]?.release == Play.release(3))
    #expect(play.state.releases[Play.release(2)]?.skippedIn == ["dev"])
  }

  @Test func eachWaitsItsTurnUnderQueue() throws {
    var play = try Play(["dev": ["d"]], onNewRelease: .queue)
    for number in 1...3 { try play.commit(number) }
    try play.healthy("d")
    #expect(play.state.pins[dev]?.release == Play.release(2))
    try play.healthy("d")
    #expect(play.state.pins[dev]?.release == Play.release(3))
  }

  @Test func nothingWaitsUnderHold() throws {
    var play = try Play(["dev": ["d"]], onNewRelease: .hold)
    try play.commit(1)
    try play.commit(2)
    #expect(play.moves == ["releaseRecorded", "releaseHeld"])
    try play.healthy("d")
    #expect(play.state.openRollouts.isEmpty)
    try play.press(.promote(change: Play.commit(2), environment: "dev"))
    #expect(play.dispatched == ["d"])
  }

  @Test func supersedeTakesOverAtTheNextTargetBoundary() throws {
    var play = try Play(
      ["dev": ["a", "b"]], strategy: .waves(.named("all", maxConcurrent: 1)),
      onNewRelease: .supersede)
    try play.commit(1)
    let running = play.dispatched
    try play.commit(2)
    #expect(play.moves == ["releaseRecorded", "releaseQueued", "rolloutSuperseding"])
    try play.healthy(running[0])
    #expect(try play.rollout(RolloutID("web-dev-1")).phase == .superseded)
    #expect(play.state.pins[dev]?.release == Play.release(2))
  }

  @Test func aPauseOutlivesTheRolloutThatIsSuperseded() throws {
    var play = try Play(["dev": ["a"]], onNewRelease: .supersede)
    try play.commit(1)
    try play.press(.pause(RolloutID("web-dev-1"), .rollout, until: nil), reason: "hands off")
    try play.healthy("a")
    try play.commit(2)
    let second = try play.rollout(RolloutID("web-dev-2"))
    #expect(second.phase == .paused)
    #expect(second.pause?.reason == "hands off")
    #expect(play.dispatched.isEmpty)
  }

  @Test func automationDoesNotUndoAPersonsStepBack() throws {
    var play = try Play(["dev": ["d"], "prod": ["p"]], promotion: Promotion(mode: .auto))
    for number in 1...2 {
      try play.commit(number)
      try play.healthy("d")
      try play.healthy("p")
    }
    try play.press(.promote(change: Play.commit(1), environment: "prod"), reason: "worse")
    try play.healthy("p")
    #expect(play.state.pins[prod]?.stable == Play.release(1))
    try play.wait(.minutes(600))
    #expect(play.state.openRollouts.isEmpty)
  }
}
