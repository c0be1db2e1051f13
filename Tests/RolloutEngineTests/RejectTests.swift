import FleetModel
import RolloutEngine
import Testing

/// The veto of a release.
@Suite struct RejectTests {
  let dev = PinID(app: "web", environment: "dev")
  let prod = PinID(app: "web", environment: "prod")

  @Test func aRejectedReleaseIsPromotedNowhere() throws {
    var play = try Play(
      ["dev": ["d"], "prod": ["p"]], promotion: Promotion(mode: .auto, soak: .minutes(5)))
    try play.commit(1)
    try play.healthy("d")
    try play.press(.reject(change: String(Play.commit(1).prefix(8))), reason: "leaks memory")
    try play.wait(.minutes(10))
    #expect(play.dispatched.isEmpty)
    #expect(
      try play.refusal(.promote(change: Play.commit(1), environment: "prod")).why
        == "\(Play.release(1)) was rejected by anna: leaks memory")
    let blocker = try #require(play.state.blockers(of: .pin(prod), at: play.now).first)
    #expect(blocker.command == "flotilla unreject \(Play.release(1))")
    try play.press(.unreject(change: Play.commit(1)), reason: "it does not")
    #expect(play.dispatched == ["p"])
  }

  @Test func aRolloutOfARejectedReleaseHaltsAndDoesNotGoOn() throws {
    var play = try Play(["dev": ["a", "b"]], strategy: .waves(.named("all", maxConcurrent: 1)))
    let id = RolloutID("web-dev-1")
    try play.commit(1)
    let first = play.dispatched
    try play.press(.reject(change: Play.release(1).rawValue), reason: "leaks memory")
    #expect(play.moves == ["releaseRejected", "rolloutHalted"])
    try play.healthy(first[0])
    #expect(play.dispatched.isEmpty)
    #expect(try play.refusal(.retry(id, targets: [])).why.contains("was rejected by anna"))
    #expect(
      play.state.blockers(of: .rollout(id), at: play.now).first?.command
        == "flotilla rollout abort web-dev-1")
    try play.press(.unreject(change: Play.release(1).rawValue))
    try play.press(.retry(id, targets: []))
    #expect(play.dispatched.count == 1)
  }

  @Test func aReleaseThatWaitsIsDroppedAndNewcomersDoNotGetWhatIsRejected() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    try play.commit(2)
    try play.press(.reject(change: Play.commit(2)))
    #expect(play.state.pins[dev]?.waiting.isEmpty == true)
    try play.healthy("a")
    #expect(play.state.openRollouts.isEmpty)
    try play.press(.reject(change: Play.commit(1)))
    try play.reconfigure { $0.clusters.append(Play.cluster("b", "dev")) }
    #expect(play.state.openRollouts.isEmpty)
    #expect(
      play.state.blockers(of: .pin(dev), at: play.now).contains {
        $0.command == "flotilla unreject \(Play.release(1))"
      })
  }

  @Test func whatIsNotRejectedCannotBeUnrejected() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    #expect(try play.refusal(.unreject(change: Play.commit(1))).why == "it is not rejected")
    try play.press(.reject(change: Play.commit(1)))
    #expect(try play.refusal(.reject(change: Play.commit(1))).why == "it is rejected already")
  }
}
