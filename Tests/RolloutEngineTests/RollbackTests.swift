import FleetModel
import RolloutEngine
import Testing

/// Putting back what a rollout changed: by a person, or because a limit was broken.
@Suite struct RollbackTests {
  let dev = PinID(app: "web", environment: "dev")
  let second = RolloutID("web-dev-2")
  let third = RolloutID("web-dev-3")

  /// The first release is stable everywhere; the second has passed its canary `a` and is at `b`.
  private func halfway(onBreach: WaveSpec.Breach = .halt) throws -> Play {
    var rest = WaveSpec.named("rest", maxConcurrent: 1)
    rest.onBreach = onBreach
    var play = try Play(
      ["dev": ["a", "b", "c"]],
      strategy: .waves(.named("canary", ["a"], soak: .minutes(5)), .named("rest", ["b", "c"])))
    try play.reconfigure { $0.environments[0].strategy.waves[1] = rest }
    try play.commit(1)
    try play.healthy("a")
    try play.wait(.minutes(5))
    while let next = play.dispatched.first { try play.healthy(next) }
    try play.commit(2)
    try play.healthy("a")
    try play.wait(.minutes(5))
    return play
  }

  @Test func onlyWhatWasChangedGoesBackTheLatestFirst() throws {
    var play = try halfway()
    let inFlight = try #require(play.dispatched.first)
    try play.press(.rollback(second, .rollout), reason: "errors rise")
    #expect(
      play.moves == [
        "rolloutRollingBack", "pinMoved", "releaseRejected", "rolloutPlanned", "rolloutStarted",
        "waveOpened", "targetDispatched",
      ])
    #expect(play.dispatched == [inFlight])
    let back = try play.rollout(third)
    #expect(back.kind == .rollback && back.targets.map(\.cluster) == [inFlight, "a"])
    #expect(back.targets.map(\.digest) == [inFlight, "a"].map { Play.digest(1, $0) })
    #expect(try play.rollout(second).phase == .rollingBack)
    #expect(
      play.state.blockers(of: .rollout(second), at: play.now).first?.what
        == "web-dev-3 puts back what it changed")
    try play.healthy(inFlight)
    #expect(play.dispatched == ["a"], "no soak on the way back")
    try play.healthy("a")
    #expect(try play.rollout(second).phase == .rolledBack)
    #expect(try play.rollout(third).phase == .succeeded)
    let pin = try #require(play.state.pins[dev])
    #expect(pin.release == Play.release(1) && pin.stable == Play.release(1) && pin.debt.isEmpty)
  }

  @Test func whatIsDeliveredComesFromTheCommitThatMadeIt() throws {
    var play = try halfway()
    try play.press(.rollback(second, .rollout))
    let record = try #require(play.log.last)
    guard case .deliver(let assignment) = play.state.effects(of: record).first?.kind else {
      Issue.record("nothing is delivered")
      return
    }
    #expect(assignment.release == Play.release(1) && assignment.commit == Play.commit(1))
  }

  @Test func deliveriesOfTheRolloutThatGoesBackAreWithdrawnFirst() throws {
    var play = try halfway()
    let inFlight = try #require(play.dispatched.first)
    try play.press(.rollback(second, .rollout))
    let keys = play.log.suffix(play.moves.count).flatMap { play.state.effects(of: $0) }.map(\.key)
    #expect(keys.first { $0.contains(inFlight) } == "web-dev-2/\(inFlight)/1/withdraw")
    #expect(keys.last == "web-dev-3/\(inFlight)/1/deliver")
  }

  @Test func theReleaseIsRejectedAndAutomationDoesNotBringItBack() throws {
    var play = try halfway()
    try play.press(.rollback(second, .rollout), reason: "errors rise")
    while let next = play.dispatched.first { try play.healthy(next) }
    try play.wait(.minutes(600))
    #expect(play.state.openRollouts.isEmpty)
    #expect(
      try play.refusal(.promote(change: Play.commit(2), environment: "dev")).remedy
        == "to lift that: flotilla unreject \(Play.release(2))")
    try play.commit(3)
    #expect(play.state.pins[dev]?.release == Play.release(3))
  }

  @Test func aSucceededRolloutCanBeUndone() throws {
    var play = try halfway()
    while let next = play.dispatched.first { try play.healthy(next) }
    #expect(try play.rollout(second).phase == .succeeded)
    try play.press(.rollback(second, .rollout), reason: "customers complain")
    while let next = play.dispatched.first { try play.healthy(next) }
    #expect(try play.rollout(second).phase == .succeeded, "what has ended stays as it ended")
    #expect(try play.rollout(third).targets.count == 3)
    #expect(play.state.pins[dev]?.stable == Play.release(1))
  }

  @Test func aBrokenLimitRollsBackWhereTheWaveSaysSo() throws {
    var play = try halfway(onBreach: .rollback)
    let inFlight = try #require(play.dispatched.first)
    try play.say(.failed("forbidden", permanent: true), inFlight)
    #expect(play.moves.prefix(3) == ["targetFailed", "rolloutHalted", "rolloutRollingBack"])
    #expect(play.log.last?.actor == RecordedEvent.hub)
    #expect(play.state.pins[dev]?.reason == "onBreach: rollback of wave 'rest'")
    #expect(play.dispatched == [inFlight])
  }

  @Test func aBrokenLimitRollsBackTheWaveAndHaltsWhereTheWaveSaysSo() throws {
    var play = try halfway(onBreach: .rollbackWave)
    let inFlight = try #require(play.dispatched.first)
    try play.say(.failed("forbidden", permanent: true), inFlight)
    #expect(try play.rollout(third).targets.map(\.cluster) == [inFlight])
    #expect(play.state.pins[dev]?.release == Play.release(2), "the pin stays")
    try play.healthy(inFlight)
    let rollout = try play.rollout(second)
    #expect(rollout.phase == .halted && play.state.pins[dev]?.rollout == second)
    #expect(rollout.phaseReason == "wave 'rest' was rolled back by web-dev-3")
    #expect(try play.phase(second, "a") == .done)
    #expect(try play.phase(second, inFlight) == .rolledBack)
    try play.press(.retry(second, targets: []), reason: "rights were given")
    #expect(play.dispatched == [inFlight])
  }

  @Test func oneClusterGoesBackAndStaysDebt() throws {
    var play = try halfway()
    while let next = play.dispatched.first { try play.healthy(next) }
    try play.press(.rollback(second, .targets(["c"])), reason: "c alone is slow")
    try play.healthy("c")
    #expect(play.state.pins[dev]?.stable == Play.release(2))
    #expect(
      play.state.pins[dev]?.debt == ["c": Debt(phase: .rolledBack, reason: "put back by web-dev-3")]
    )
    try play.wait(.minutes(600))
    #expect(play.state.openRollouts.isEmpty, "nothing brings it forward again by itself")
    try play.press(.retry(second, targets: []), reason: "disks are new")
    #expect(play.dispatched == ["c"])
    try play.healthy("c")
    #expect(play.state.pins[dev]?.debt == [:])
  }

  @Test func anAbortedRollbackLeavesClustersAsTheyAre() throws {
    var play = try halfway()
    try play.press(.rollback(second, .rollout))
    try play.press(.abort(third), reason: "on second thoughts")
    #expect(try play.rollout(second).phase == .failed)
    #expect(play.dispatched.isEmpty && play.state.openRollouts.isEmpty)
    #expect(play.state.pins[dev]?.debt.isEmpty == false)
  }

  @Test func thereIsNoWayBackFromTheFirstRelease() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    let refusal = try play.refusal(.rollback(RolloutID("web-dev-1"), .rollout))
    #expect(refusal.why == "no release was stable in dev before")
    #expect(refusal.remedy == "to end it: flotilla rollout abort web-dev-1")
  }

  @Test func aRolloutThatChangedNothingIsAbortedNotRolledBack() throws {
    var play = try halfway()
    while let next = play.dispatched.first { try play.healthy(next) }
    try play.reconfigure { $0.environments[0].paused = true }
    try play.commit(3)
    #expect(
      try play.refusal(.rollback(third, .rollout)).why == "it has changed nothing there yet")
    #expect(try play.refusal(.rollback(second, .rollout)).why == "web-dev-3 is under way in dev")
  }
}
