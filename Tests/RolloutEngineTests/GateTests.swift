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

  // MARK: - Gates that are asked in the world

  private static let ready = Gate.http(HTTPGate(url: "https://gate.example/ready"))

  /// What the hub was told to ask last.
  private func check(_ play: Play) throws -> GateCheck {
    let effects = play.log.suffix(play.moves.count).flatMap { play.state.effects(of: $0) }
    let checks = effects.compactMap { effect -> GateCheck? in
      if case .check(let check) = effect.kind { check } else { nil }
    }
    return try #require(checks.first)
  }

  @Test func anHTTPGateIsAskedAndPasses() throws {
    var play = try play(after: [Self.ready])
    try play.healthy("a")
    let check = try check(play)
    #expect(check.asks == Self.ready)
    let blocker = try #require(play.state.blockers(of: .rollout(id), at: play.now).first)
    #expect(blocker.what == "gate 'http' after wave 'canary' is asked")
    #expect(blocker.until == play.now + .minutes(10))
    play.now = play.now + .seconds(5)
    try play.give(.gate(GateReport(check: check, observedAt: play.now, finding: .error("503"))))
    #expect(play.moves == ["gateErring"])
    try play.give(.gate(GateReport(check: check, observedAt: play.now, finding: .error("503"))))
    #expect(play.moves.isEmpty, "the same again says nothing new")
    try play.give(.gate(GateReport(check: check, observedAt: play.now, finding: .passed("200"))))
    #expect(play.moves.prefix(2) == ["gatePassed", "wavePassed"])
    #expect(play.dispatched == ["b"])
  }

  @Test func aGateThatFailsHaltsAndIsAskedAnewOnRetry() throws {
    var play = try play(before: [Self.ready])
    try play.healthy("a")
    let check = try check(play)
    try play.give(.gate(GateReport(check: check, observedAt: play.now, finding: .failed("409"))))
    #expect(play.moves == ["gateFailed", "rolloutHalted"])
    #expect(
      try play.rollout(id).phaseReason == "gate 'http' before wave 'rest' failed: 409")
    try play.give(.gate(GateReport(check: check, observedAt: play.now, finding: .passed(nil))))
    #expect(play.moves.isEmpty)
    try play.press(.retry(id, targets: []))
    #expect(try self.check(play).round == 2)
    try play.give(.gate(GateReport(check: check, observedAt: play.now, finding: .passed(nil))))
    #expect(play.moves.isEmpty, "an answer to the first question does not count")
    try play.give(
      .gate(
        GateReport(check: self.check(play, of: id), observedAt: play.now, finding: .passed(nil))
      ))
    #expect(play.dispatched == ["b"])
  }

  private func check(_ play: Play, of id: RolloutID) throws -> GateCheck {
    let checks = play.state.openEffects.compactMap { effect -> GateCheck? in
      if case .check(let check) = effect.kind, check.rollout == id { check } else { nil }
    }
    return try #require(checks.first)
  }

  @Test func aGateWithoutAnAnswerFailsAtItsDeadline() throws {
    var play = try play(before: [Self.ready])
    try play.healthy("a")
    let check = try check(play)
    try play.give(
      .gate(GateReport(check: check, observedAt: play.now, finding: .error("timed out"))))
    try play.wait(.minutes(10))
    #expect(play.moves == ["gateFailed", "rolloutHalted"])
    #expect(
      try play.rollout(id).phaseReason
        == "gate 'http' before wave 'rest' failed: no answer within 10m: timed out")
  }

  @Test func aGateThatFailsDuringAPauseHaltsWhenTheRolloutGoesOn() throws {
    var play = try play(before: [Self.ready])
    try play.healthy("a")
    let check = try check(play)
    try play.press(.pause(id, .rollout, until: nil))
    try play.give(.gate(GateReport(check: check, observedAt: play.now, finding: .failed("409"))))
    #expect(try play.rollout(id).phase == .paused)
    try play.press(.resume(id, wave: nil))
    #expect(try play.rollout(id).phase == .halted)
    #expect(play.state.blockers(of: .rollout(id), at: play.now).first?.command != nil)
  }

  @Test func aHubThatStartsAsksOpenGatesAgain() throws {
    var play = try play(before: [Self.ready])
    try play.healthy("a")
    let check = try check(play)
    let restarted = try State(rows: play.state.rows, sequence: play.state.sequence)
    #expect(restarted.openEffects.map(\.kind).contains(.check(check)))
    #expect(restarted.nextTimer == play.now + .minutes(10))
  }

  @Test func whatAGateSawBeforeItWasAskedDoesNotCount() throws {
    var play = try play(before: [Self.ready])
    try play.healthy("a")
    let early = Instant(milliseconds: play.now.milliseconds - 1)
    try play.give(
      .gate(GateReport(check: check(play), observedAt: early, finding: .passed(nil))))
    #expect(play.moves.isEmpty)
  }
}
