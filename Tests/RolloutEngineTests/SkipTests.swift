import FleetModel
import RolloutEngine
import Testing

/// Going on without some targets, or without a wave: what is left out is debt.
@Suite struct SkipTests {
  let id = RolloutID("web-dev-1")
  let dev = PinID(app: "web", environment: "dev")

  private func running() throws -> Play {
    var play = try Play(
      ["dev": ["a", "b", "c"]],
      strategy: .waves(.named("canary", ["a"]), .named("middle", ["b"]), .named("rest")))
    try play.commit(1)
    return play
  }

  @Test func aHaltedRolloutGoesOnWithoutWhatFailed() throws {
    var play = try running()
    try play.say(.failed("forbidden", permanent: true), "a")
    try play.press(.skip(id, wave: nil, targets: []), reason: "a is being rebuilt")
    #expect(play.moves.first == "rolloutSkipped")
    #expect(play.dispatched == ["b"])
    try play.healthy("b", "c")
    #expect(try play.rollout(id).phase == .succeededWithDebt)
    #expect(
      play.state.pins[dev]?.debt["a"]
        == Debt(phase: .skipped, reason: "skipped by anna, was failed: forbidden"))
    try play.press(.retry(id, targets: []))
    #expect(play.dispatched == ["a"])
  }

  @Test func aSkippedWaveIsPassedByWithItsTargetsAsDebt() throws {
    var play = try running()
    try play.press(.skip(id, wave: "middle", targets: []), reason: "b moves house")
    try play.healthy("a")
    #expect(play.dispatched == ["c"])
    #expect(try play.rollout(id).waves.map(\.phase) == [.passed, .skipped, .progressing])
    try play.healthy("c")
    #expect(Set(try play.rollout(id).debt.keys) == ["b"])
  }

  @Test func whatIsInFlightIsWithdrawnWhenItIsSkipped() throws {
    var play = try running()
    try play.press(.skip(id, wave: nil, targets: ["a"]), reason: "stuck")
    let skipped = try #require(play.log.first { $0.event.type == "rolloutSkipped" })
    #expect(play.state.effects(of: skipped).map(\.key) == ["web-dev-1/a/1/withdraw"])
    #expect(play.dispatched == ["b"])
  }

  @Test func notEverythingCanBeSkipped() throws {
    var play = try running()
    #expect(
      try play.refusal(.skip(id, wave: nil, targets: ["a", "b", "c"])).remedy
        == "to end it: flotilla rollout abort web-dev-1")
    #expect(try play.refusal(.skip(id, wave: nil, targets: [])).why == "no failed target stops it")
    try play.healthy("a")
    #expect(try play.refusal(.skip(id, wave: nil, targets: ["a"])).why == "target 'a' is done")
    #expect(
      try play.refusal(.skip(id, wave: "canary", targets: [])).why
        == "wave 'canary' is passed already")
  }
}
