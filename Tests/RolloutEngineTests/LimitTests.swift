import FleetModel
import RolloutEngine
import Testing

/// How many targets may be in flight over all rollouts.
@Suite struct LimitTests {
  let dev = RolloutID("web-dev-1")
  let lab = RolloutID("web-lab-1")

  /// Two environments that follow the branch, so that one commit makes two rollouts.
  private func play(
    _ limits: Fleet.Limits, dev: [String] = ["a", "b", "c"], lab: [String] = ["x", "y", "z"],
    zones: [String: String] = [:], strategy: Strategy = .allAtOnce
  ) throws -> Play {
    var play = try Play(["dev": dev, "lab": lab], strategy: strategy)
    try play.reconfigure { configuration in
      configuration.fleet.limits = limits
      configuration.environments[1].after = []
      for index in configuration.clusters.indices {
        configuration.clusters[index].failureDomain = zones[configuration.clusters[index].name]
      }
    }
    return play
  }

  @Test func noMoreThanTheFleetsLimitAreInFlight() throws {
    var play = try play(Fleet.Limits(maxConcurrent: 2))
    try play.commit(1)
    #expect(try play.rollout(dev).counts.inFlight + play.rollout(lab).counts.inFlight == 2)
  }

  @Test func aFreePlaceGoesToWhoHasTheFewestInFlight() throws {
    var play = try play(Fleet.Limits(maxConcurrent: 2))
    try play.commit(1)
    let first = try #require(play.state.rollouts[dev]?.targets.first?.cluster)
    #expect(try play.rollout(dev).counts.inFlight == 1, "each has one before one has two")
    #expect(try play.rollout(lab).counts.inFlight == 1)
    try play.healthy(first)
    #expect(try play.rollout(dev).counts.inFlight == 1)
    #expect(try play.rollout(lab).counts.inFlight == 1)
  }

  @Test func ofEqualsTheOldestComesFirst() throws {
    var play = try play(Fleet.Limits(maxConcurrent: 1), dev: ["a"], lab: ["x"])
    try play.commit(1)
    #expect(play.dispatched == ["a"])
    let blocker = try #require(play.state.blockers(of: .rollout(lab), at: play.now).first)
    #expect(
      blocker.what == "the fleet's limit of 1 target in flight is reached: web-dev-1 has 1")
    #expect(blocker.who == "web-dev-1")
    #expect(blocker.command == "flotilla explain web-dev-1")
    #expect(
      play.state.blockers(of: .target(lab, cluster: "x"), at: play.now).first == blocker)
    try play.healthy("a")
    #expect(play.dispatched == ["x"])
  }

  @Test func aFailureDomainHasItsOwnLimit() throws {
    var play = try play(
      Fleet.Limits(maxConcurrentPerFailureDomain: 1),
      zones: ["a": "north", "b": "north", "c": "south", "x": "north", "y": "north"])
    try play.commit(1)
    let flying = Set(play.dispatched)
    #expect(flying.count == 3 && flying.contains("c"), "one of the north, c, and z, which has none")
    #expect(flying.contains("z"))
    let waiting = play.state.blockers(of: .rollout(lab), at: play.now).map(\.what)
    #expect(
      waiting.contains(
        "failure domain 'north' has its limit of 1 target in flight: web-dev-1 has 1"))
    let north = try #require(flying.subtracting(["c", "z"]).first)
    try play.healthy(north)
    #expect(play.dispatched.count == 1)
    #expect(["a", "b", "x", "y"].contains(play.dispatched.first))
  }

  @Test func whatCannotComeNowDoesNotKeepOthers() throws {
    var play = try play(Fleet.Limits(maxConcurrent: 1), dev: ["a"], lab: ["x"])
    try play.press(.cordon(cluster: "a", until: nil))
    try play.commit(1)
    #expect(play.dispatched == ["x"])
    try play.press(.uncordon(cluster: "a"))
    #expect(play.dispatched.isEmpty)
    try play.healthy("x")
    #expect(play.dispatched == ["a"])
  }

  @Test func aHigherLimitCountsAtOnce() throws {
    var play = try play(Fleet.Limits(maxConcurrent: 1))
    try play.commit(1)
    try play.reconfigure { $0.fleet.limits?.maxConcurrent = 4 }
    #expect(play.dispatched.count == 3)
    try play.reconfigure { $0.fleet.limits = nil }
    #expect(play.dispatched.count == 2)
  }

  @Test func aHubThatStartsKnowsWhatIsInFlight() throws {
    var play = try play(Fleet.Limits(maxConcurrent: 2))
    try play.commit(1)
    play.engine = Engine(try State(rows: play.state.rows, sequence: play.state.sequence))
    try play.wait(.seconds(1))
    #expect(play.dispatched.isEmpty)
    let flying = try #require(
      play.rollout(dev).targets.first { $0.phase == .dispatched }?.cluster)
    try play.healthy(flying)
    #expect(play.dispatched.count == 1)
  }

  @Test func aRollbackComesFirst() throws {
    var play = try play(Fleet.Limits(maxConcurrent: 1), dev: ["a", "b"], lab: ["x", "y"])
    try play.commit(1)
    for cluster in ["a", "b", "x", "y", "a", "b", "x", "y"] {
      guard
        try play.rollout(dev).target(cluster)?.phase == .dispatched
          || play.rollout(lab).target(cluster)?.phase == .dispatched
      else { continue }
      try play.healthy(cluster)
    }
    try play.commit(2)
    // One of each rollout's two is behind it, the other rollout's waits.
    let dev2 = RolloutID("web-dev-2")
    let first = try #require(
      play.rollout(dev2).targets.first { $0.phase == .dispatched }?.cluster)
    try play.healthy(first)
    let other = try #require(play.dispatched.first)
    try play.press(.rollback(dev2, .rollout), reason: "errors")
    try play.healthy(other)
    #expect(play.dispatched == [first], "the way back, before what waits longer")
  }
}
