import FleetModel
import RolloutEngine
import Testing

/// Under `supersede`, commits that never cease do not keep every rollout from its end.
@Suite struct ProtectionTests {
  private func play(protectAfter: TimeSpan?) throws -> Play {
    var play = try Play(
      ["dev": ["a", "b"]],
      strategy: .waves(.named("all", maxConcurrent: 1, soak: .minutes(3))),
      onNewRelease: .supersede)
    try play.reconfigure { $0.environments[0].protectAfter = protectAfter }
    return play
  }

  /// A commit every minute; each target takes two minutes.
  private func run(_ play: inout Play, minutes: Int) throws -> [RolloutPhase] {
    for minute in 1...minutes {
      if minute.isMultiple(of: 2) {
        for target in ["a", "b"] {
          let open = try #require(play.state.openRollouts.first)
          if try play.rollout(open).target(target)?.phase == .dispatched {
            try play.healthy(target)
          }
        }
      }
      try play.commit(minute)
      try play.wait(.minutes(1))
    }
    return play.state.rollouts.values.map(\.phase)
  }

  @Test func aCommitEveryMinuteLetsSomeRolloutFinish() throws {
    var play = try play(protectAfter: .minutes(10))
    let ended = try run(&play, minutes: 60)
    #expect(ended.contains(.superseded))
    #expect(ended.filter { $0 == .succeeded }.count >= 2)
  }

  @Test func itDoesSoWithoutAnybodyAskingForIt() throws {
    var play = try play(protectAfter: nil)
    let ended = try run(&play, minutes: 90)
    #expect(ended.contains(.succeeded))
  }

  @Test func theNewerReleaseWaitsAndExplainSaysWhy() throws {
    var play = try play(protectAfter: .minutes(10))
    try play.commit(1)
    let flying = try #require(play.dispatched.first)
    try play.wait(.minutes(9))
    try play.commit(2)
    try play.healthy(flying)
    #expect(try play.rollout(RolloutID("web-dev-1")).phase == .superseded)
    try play.wait(.minutes(1))
    let second = RolloutID("web-dev-2")
    #expect(try !play.rollout(second).phase.isTerminal)
    try play.commit(3)
    #expect(try play.rollout(second).supersededBy == nil)
    let pin = PinID(app: "web", environment: "dev")
    let what = try #require(play.state.blockers(of: .pin(pin), at: play.now).first?.what)
    #expect(
      what.hasSuffix(
        "; \(Play.release(3)) waits for its end, since nothing has arrived for 10m"))
  }

  @Test func aProtectedRolloutThatHaltsGivesWay() throws {
    var play = try play(protectAfter: .minutes(10))
    try play.commit(1)
    try play.wait(.minutes(5))
    try play.press(.pause(RolloutID("web-dev-1"), .rollout, until: nil))
    try play.healthy(#require(play.state.rollouts[RolloutID("web-dev-1")]?.targets.first?.cluster))
    try play.wait(.minutes(6))
    try play.commit(2)
    let first = RolloutID("web-dev-1")
    #expect(try play.rollout(first).supersededBy == nil)
    try play.press(.resume(first, wave: nil))
    try play.say(.failed("forbidden", permanent: true), #require(play.dispatched.first))
    #expect(try play.rollout(first).phase == .superseded)
    #expect(try play.rollout(RolloutID("web-dev-2")).phase == .running)
  }
}
