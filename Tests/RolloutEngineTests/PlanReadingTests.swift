import FleetModel
import RolloutEngine
import Testing

/// What a rollout says of its plan, and a plan of its commits.
@Suite struct PlanReadingTests {
  @Test func aRolloutTellsThePlanThatItWasFrozenFrom() throws {
    var wave = WaveSpec.named("canary", ["a"], maxConcurrent: 1, soak: .minutes(5))
    wave.before = [.hold(name: "look")]
    wave.after = [.approval(Approvals(required: 2)), .hold(name: "again")]
    wave.onBreach = .rollback
    var play = try Play(
      ["prod": ["a", "b", "c"]], strategy: .waves(wave, .named("rest", maxFailures: 1)),
      promotion: Promotion(approvals: Approvals(authorMayApprove: true)))
    try play.commit(1)
    let rollout = try play.rollout(RolloutID("web-prod-1"))
    #expect(rollout.plan.digest == rollout.planDigest)
    #expect(rollout.plan.waves.map { $0.targets.count } == [1, 2])
    try play.press(.approve(rollout.id, wave: nil, plan: nil, until: nil))
    #expect(try play.rollout(rollout.id).plan.digest == rollout.planDigest)
  }

  @Test func aRollbackTellsItsPlanToo() throws {
    var play = try Play(["prod": ["a", "b"]])
    for number in 1...2 {
      try play.commit(number)
      try play.healthy("a", "b")
    }
    try play.press(.rollback(RolloutID("web-prod-2"), .rollout))
    let rollout = try play.rollout(RolloutID("web-prod-3"))
    #expect(rollout.kind == .rollback)
    #expect(rollout.plan.digest == rollout.planDigest)
  }

  @Test func aPlanThatWouldBeMadeHasTheDigestOfTheOneThatIs() throws {
    var play = try Play(["dev": ["d"], "prod": ["a", "b"]])
    try play.commit(1)
    try play.healthy("d")
    let preview = try #require(
      play.state.plan(PinID(app: "web", environment: "prod"), Play.release(1)))
    try play.press(.promote(change: Play.release(1).rawValue, environment: "prod"))
    #expect(try play.rollout(RolloutID("web-prod-1")).planDigest == preview.digest)
  }

  @Test func everyCommitBetweenTheReleasesIsNamedInBothDirections() throws {
    var play = try Play(["dev": ["d"]])
    for number in 1...4 { try play.commit(number) }
    func subjects(_ range: CommitRange) -> [String] { range.commits.map(\.subject) }
    let there = play.state.commits(from: Play.release(1), to: Play.release(4))
    #expect(subjects(there) == ["change 2", "change 3", "change 4"])
    #expect(!there.isTakenBack)
    let back = play.state.commits(from: Play.release(3), to: Play.release(1))
    #expect(subjects(back) == ["change 2", "change 3"])
    #expect(back.isTakenBack)
    #expect(subjects(play.state.commits(from: nil, to: Play.release(2))) == ["change 2"])
  }

  @Test func whatIsOnAClusterIsFoundInTheReleasesThatWantedIt() throws {
    var play = try Play(["dev": ["a", "b"]])
    try play.commit(1)
    try play.commit(2, changing: ["a"])
    func release(_ number: Int, _ cluster: String, likely: Int?) -> ReleaseID? {
      play.state.release(
        of: "web", wanting: Play.digest(number, cluster), on: cluster,
        likely: likely.map(Play.release))
    }
    #expect(release(1, "a", likely: 2) == Play.release(1))
    #expect(release(1, "b", likely: 1) == Play.release(1))
    #expect(release(1, "b", likely: nil) == Play.release(2))
    #expect(release(9, "a", likely: 2) == nil)
  }
}
