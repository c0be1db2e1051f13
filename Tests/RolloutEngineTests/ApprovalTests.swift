import FleetModel
import Manifests
import RolloutEngine
import Testing

/// Approvals of a rollout's start and of waves: how many, by whom, for which plan, until when.
@Suite struct ApprovalTests {
  let id = RolloutID("web-prod-1")

  /// The first release, written by anna, is promoted to prod, which asks for approvals.
  private func promoted(_ approvals: Approvals) throws -> Play {
    var play = try Play(["dev": ["d"], "prod": ["p"]], promotion: Promotion(approvals: approvals))
    try play.reconfigure { $0.environments[0].promotion = Promotion() }
    try play.commit(1)
    try play.healthy("d")
    try play.press(.promote(change: Play.commit(1), environment: "prod"))
    return play
  }

  private func approve(
    _ play: inout Play, as actor: String, plan: String? = nil, until: Instant? = nil,
    roles: [String] = []
  ) throws {
    try play.give(
      .command(
        Command(
          .approve(id, wave: nil, plan: plan, until: until), actor: actor, reason: "looks right",
          roles: roles)))
  }

  private func refusal(
    _ play: inout Play, as actor: String, plan: String? = nil, roles: [String] = []
  ) throws -> Refusal {
    do {
      try approve(&play, as: actor, plan: plan, roles: roles)
    } catch let refusal as Refusal {
      return refusal
    }
    throw Play.Accepted(verb: .approve(id, wave: nil, plan: plan, until: nil))
  }

  @Test func aRolloutStartsWhenEnoughPeopleAgree() throws {
    var play = try promoted(Approvals(required: 2))
    #expect(try play.rollout(id).phase == .planned)
    try approve(&play, as: "ben")
    #expect(play.moves == ["rolloutApproved"])
    let blocker = try #require(play.state.blockers(of: .rollout(id), at: play.now).first)
    #expect(blocker.what == "approved by 1 of 2 (ben)")
    #expect(blocker.who == "anybody who may approve, except who wrote the change")
    #expect(blocker.command == "flotilla rollout approve web-prod-1")
    #expect(try refusal(&play, as: "ben").why == "ben has approved it already")
    try approve(&play, as: "carla")
    #expect(play.dispatched == ["p"])
  }

  @Test func whoWroteTheChangeMayNotApproveIt() throws {
    var play = try promoted(Approvals())
    #expect(try refusal(&play, as: "Anna").why.hasPrefix("Anna is the author of commit"))
    #expect(play.dispatched.isEmpty)
    var open = try promoted(Approvals(authorMayApprove: true))
    try approve(&open, as: "anna")
    #expect(open.dispatched == ["p"])
  }

  @Test func anApprovalIsForThePlanThatWasLookedAt() throws {
    var play = try promoted(Approvals())
    let plan = try play.rollout(id).planDigest.hex
    #expect(
      try refusal(&play, as: "ben", plan: "0000000").why
        == "its plan is \(plan.prefix(12)), not 0000000")
    try approve(&play, as: "ben", plan: String(plan.prefix(8)))
    #expect(play.dispatched == ["p"])
  }

  @Test func anApprovalThatExpiredNoLongerCounts() throws {
    var play = try promoted(Approvals(required: 2, validFor: .minutes(30)))
    try approve(&play, as: "ben")
    try play.wait(.minutes(31))
    try approve(&play, as: "carla")
    #expect(play.dispatched.isEmpty)
    try approve(&play, as: "ben")
    #expect(play.dispatched == ["p"])
  }

  @Test func onlyTheNamedRolesMayApprove() throws {
    var play = try promoted(Approvals(roles: ["release-manager"]))
    let refused = try refusal(&play, as: "ben", roles: ["developer"])
    #expect(refused.why == "ben has none of the roles that may approve it")
    #expect(
      refused.remedy == "ask release-manager (nobody yet: bind the role in fleet/access.yaml)")
    try approve(&play, as: "ben", roles: ["release-manager"])
    #expect(play.dispatched == ["p"])
  }

  /// A rollout to prod that waits for an approver, and what fleet/ says of people.
  private func promoted(_ access: [RoleBinding]) throws -> Play {
    var play = try promoted(Approvals(required: 2, roles: ["approver"]))
    try play.reconfigure { $0.access = access }
    return play
  }

  private func command(_ actor: String, _ proof: Command.Proof) -> Input {
    .command(Command(.approve(id, wave: nil, plan: nil, until: nil), actor: actor, proof: proof))
  }

  @Test func whoHasTheRoleInFleetMayApproveAndExplainNamesThem() throws {
    var play = try promoted([
      RoleBinding(role: "approver", users: ["ben"], environments: ["prod"]),
      RoleBinding(role: "approver", groups: ["leads"], apps: ["web"]),
      RoleBinding(role: "approver", users: ["dev-only"], environments: ["dev"]),
      RoleBinding(role: "viewer", users: ["vera"]),
    ])
    let blocker = try #require(play.state.blockers(of: .rollout(id), at: play.now).first)
    #expect(blocker.who == "approver (ben, group leads), except who wrote the change")
    for name in ["dev-only", "vera"] {
      let refused = try #require(throws: Refusal.self) {
        try play.give(command(name, .known(groups: [])))
      }
      #expect(refused.remedy == "ask approver (ben, group leads)")
    }
    try play.give(command("ben", .known(groups: [])))
    #expect(play.dispatched.isEmpty)
    try play.give(command("carla", .known(groups: ["users", "leads"])))
    #expect(play.dispatched == ["p"])
    #expect(try play.rollout(id).given?.map(\.roles) == [["approver"], ["approver"]])
  }

  @Test func aNameThatIsOnlyClaimedHasNoRole() throws {
    var play = try promoted([RoleBinding(role: "approver", users: ["ben"])])
    let refused = try #require(throws: Refusal.self) {
      try play.give(command("ben", .claimed))
    }
    #expect(
      refused.why == "ben is only what the client says, and a claimed name has no role")
    #expect(refused.remedy == "send it over the hub's Unix socket")
    #expect(try play.rollout(id).given == nil)
  }

  @Test func aRoleThatFleetTakesAwayIsGoneForTheNextApproval() throws {
    var play = try promoted([RoleBinding(role: "approver", users: ["ben", "carla"])])
    try play.give(command("ben", .known(groups: [])))
    try play.reconfigure { $0.access = [RoleBinding(role: "approver", users: ["dora"])] }
    #expect(throws: Refusal.self) { try play.give(command("carla", .known(groups: []))) }
    // What was given while it was theirs counts.
    try play.give(command("dora", .known(groups: [])))
    #expect(play.dispatched == ["p"])
  }

  @Test func approvalsDoNotCarryOverToTheNextPlan() throws {
    var play = try promoted(Approvals(required: 2))
    try approve(&play, as: "ben")
    try play.press(.abort(id))
    try play.press(.promote(change: Play.release(1).rawValue, environment: "prod"))
    let second = RolloutID("web-prod-2")
    #expect(try play.rollout(second).phase == .planned)
    #expect(
      play.state.blockers(of: .rollout(second), at: play.now).first?.what == "approved by 0 of 2")
  }

  @Test func aGateBeforeAWaveAsksForApprovalToo() throws {
    var strategy = Strategy.allAtOnce
    strategy.waves[0].before = [.approval(Approvals())]
    var play = try Play(["dev": ["a"]], strategy: strategy)
    try play.commit(1)
    let first = RolloutID("web-dev-1")
    #expect(play.dispatched.isEmpty)
    #expect(
      play.state.blockers(of: .rollout(first), at: play.now).first?.command
        == "flotilla rollout approve web-dev-1 --wave all")
    try play.give(
      .command(Command(.approve(first, wave: "all", plan: nil, until: nil), actor: "ben")))
    #expect(play.moves == ["rolloutApproved", "gatePassed", "waveOpened", "targetDispatched"])
  }

  @Test func whatWaitsForNoApprovalCannotBeApproved() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    let refusal = try play.refusal(
      .approve(RolloutID("web-dev-1"), wave: nil, plan: nil, until: nil))
    #expect(refusal.why == "it waits for no approval now")
  }
}
