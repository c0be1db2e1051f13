import FleetModel
import Manifests
import RolloutEngine
import Testing

/// What a release takes away goes last, and not without leave where it is much or precious.
@Suite struct DeletionTests {
  /// Brings change 2 to `a` and `b`, where `left` stays on both.
  private func play(
    _ budget: DeletionBudget = DeletionBudget(), leaving left: [String],
    promotion: Promotion = Promotion()
  ) throws -> Play {
    var strategy = Strategy.waves(.named("first", ["a"]), .named("second"))
    strategy.deletions = budget
    var play = try Play(["dev": ["a", "b"]], strategy: strategy, promotion: promotion)
    try play.commit(1)
    try play.healthy("a")
    try play.healthy("b")
    try play.wait(.seconds(1))
    try play.commit(2)
    try play.leave(left, on: "a")
    try play.leave(left, on: "b")
    return play
  }

  private let id = RolloutID("web-dev-2")

  @Test func nothingIsDeletedBeforeEveryWaveHasPassed() throws {
    var play = try Play(
      ["dev": ["a", "b"]], strategy: .waves(.named("first", ["a"]), .named("second")))
    try play.commit(1)
    try play.leave(["ConfigMap old"], on: "a")
    #expect(play.dispatched == ["b"])
    #expect(try play.rollout(RolloutID("web-dev-1")).waves.map(\.name) == ["first", "second"])
    try play.healthy("b")
    #expect(play.dispatched == ["a"])
    #expect(
      try play.rollout(RolloutID("web-dev-1")).waves.map(\.name) == [
        "first", "second", "deletions",
      ])
    #expect(play.prunes.map(\.objects) == [["ConfigMap old"]])
    try play.healthy("a")
    #expect(try play.rollout(RolloutID("web-dev-1")).phase == .succeeded)
  }

  @Test func aReleaseThatTakesNothingAwayHasNoFurtherWave() throws {
    let play = try play(leaving: [])
    #expect(try play.rollout(id).waves.count == 2)
    #expect(try play.rollout(id).phase == .succeeded)
  }

  @Test func theReleaseIsStableWhenItsDeletionsAreDone() throws {
    var play = try play(leaving: ["Service old"])
    #expect(play.state.pins[PinID(app: "web", environment: "dev")]?.stable == Play.release(1))
    try play.healthy("a", "b")
    #expect(play.state.pins[PinID(app: "web", environment: "dev")]?.stable == Play.release(2))
    #expect(try play.rollout(id).debt.isEmpty)
  }

  @Test func healthOfTheTargetStateIsNoEvidenceOfADeletion() throws {
    var play = try play(leaving: ["Service old"])
    try play.say(.healthy, "a")
    #expect(play.moves.isEmpty)
    #expect(try play.phase(id, "a") == .dispatched)
  }

  @Test func evidenceOfTheApplyDoesNotCountForTheDeletion() throws {
    var play = try play(leaving: ["Service old"])
    let target = try #require(play.state.rollouts[id]?.target("a"))
    #expect(target.attempt == 2)
    for finding in [Observation.Finding.applied(objects: 1, pruned: 0), .healthy] {
      try play.give(
        .observation(
          Observation(
            rollout: id, cluster: "a", attempt: 1, digest: target.digest, observedAt: play.now,
            finding: finding)))
      #expect(play.moves.isEmpty)
    }
  }

  @Test func moreThanTheBudgetWaitsForSomebodyWhoSawTheList() throws {
    var play = try play(DeletionBudget(maxPerCluster: 1), leaving: ["Service one", "Service two"])
    #expect(play.prunes.isEmpty)
    let blocker = try #require(play.state.blockers(of: .rollout(id), at: play.now).first)
    #expect(
      blocker.what
        == "before wave 'deletions': deletes 4 objects on 2 clusters (2 objects on a, 1 may be, and "
        + "more than that on 1 others), approved by 0 of 1")
    #expect(blocker.command == "flotilla rollout approve web-dev-2 --wave deletions")
    try play.press(.approve(id, wave: "deletions", plan: nil, until: nil))
    #expect(play.dispatched == ["a", "b"])
    try play.healthy("a", "b")
    #expect(try play.rollout(id).phase == .succeeded)
  }

  @Test func theBudgetInPercentIsOfWhatTheAppHasOnTheCluster() throws {
    // Each cluster owns ten objects.
    let within = try play(DeletionBudget(maxPercent: 20), leaving: ["Service a", "Service b"])
    #expect(within.dispatched == ["a", "b"])
    let beyond = try play(
      DeletionBudget(maxPercent: 20), leaving: ["Service a", "Service b", "Service c"])
    #expect(beyond.dispatched.isEmpty)
    #expect(
      try beyond.rollout(id).waves.last?.deletions?.objections
        == ["3 of 10 objects on a, 20 % may be, and more than that on 1 others"])
  }

  @Test(arguments: DeletionBudget.guardedKinds)
  func preciousKindsNeedAnApproval(_ kind: String) throws {
    let play = try play(leaving: ["ConfigMap old", "\(kind) data"])
    #expect(play.dispatched.isEmpty)
    #expect(
      try play.rollout(id).waves.last?.deletions?.objections == ["\(kind) data on 2 clusters"])
  }

  @Test func withoutGuardedKindsTheyGoLikeAll() throws {
    let play = try play(DeletionBudget(approvalFor: []), leaving: ["StatefulSet data"])
    #expect(play.dispatched == ["a", "b"])
  }

  @Test func whatWasReplacedUnderAnotherNameCountsAgainstNoBudget() throws {
    let play = try play(
      DeletionBudget(maxPerCluster: 0, approvalFor: ["ConfigMap"]),
      leaving: ["ConfigMap settings-2456789bcd replaced"])
    #expect(play.dispatched == ["a", "b"])
  }

  @Test func theApprovalIsBoundToTheList() throws {
    var play = try play(leaving: ["Namespace shop"])
    let plan = String(try play.rollout(id).planDigest.hex.prefix(12))
    let refusal = try play.refusal(.approve(id, wave: "deletions", plan: plan, until: nil))
    #expect(refusal.description.contains("its list of deletions is"))
    let list = try #require(try play.rollout(id).waves.last?.deletions?.digest)
    try play.press(.approve(id, wave: nil, plan: list.hex, until: nil))
    #expect(play.dispatched == ["a", "b"])
    #expect(try play.rollout(id).given?.map(\.plan) == [list])
  }

  @Test func whoeverMayApprovePromotionsMayApproveDeletions() throws {
    var play = try Play(
      ["dev": ["a"], "prod": ["p"]],
      promotion: Promotion(approvals: Approvals(required: 2)))
    try play.commit(1)
    try play.leave(["Namespace shop"], on: "a")
    let id = RolloutID("web-dev-1")
    // Anna wrote the change.
    let refusal = try play.refusal(.approve(id, wave: nil, plan: nil, until: nil))
    #expect(refusal.why.hasPrefix("anna is the author of commit"))
    for name in ["ben", "cora"] {
      #expect(play.dispatched.isEmpty)
      try play.give(
        .command(Command(.approve(id, wave: nil, plan: nil, until: nil), actor: name)))
    }
    #expect(play.dispatched == ["a"])
  }

  @Test func whatASkipLeavesIsDebtAndTheNextReleaseTakesItUp() throws {
    var play = try play(leaving: ["Namespace shop"])
    try play.press(.skip(id, wave: "deletions", targets: []))
    #expect(try play.rollout(id).phase == .succeededWithDebt)
    #expect(
      try play.rollout(id).debt["a"] == Debt(phase: .skipped, reason: "deletions: skipped by anna"))
    // A change of b alone: a is a target because of what is left there.
    try play.commit(3, changing: ["b"])
    #expect(play.dispatched == ["a"])
    #expect(try play.rollout(RolloutID("web-dev-3")).targetCount == 2)
  }

  @Test func aSkippedDeletionIsMadeUpForByARetry() throws {
    var play = try play(leaving: ["Namespace shop"])
    try play.press(.skip(id, wave: "deletions", targets: []))
    try play.press(.retry(id, targets: ["a"]))
    #expect(play.dispatched == ["a"])
    try play.leave(["Namespace shop"], on: "a")
    try play.press(.approve(RolloutID("web-dev-3"), wave: "deletions", plan: nil, until: nil))
    #expect(play.prunes.map(\.objects) == [["Namespace shop"]])
    try play.healthy("a")
    #expect(try play.rollout(RolloutID("web-dev-3")).phase == .succeeded)
    #expect(play.state.pins[PinID(app: "web", environment: "dev")]?.debt.keys.sorted() == ["b"])
  }

  @Test func aFailedDeletionHaltsAndCanBeTriedAgain() throws {
    var play = try play(leaving: ["Service old"])
    try play.say(.failed("forbidden", permanent: true), "a")
    #expect(try play.rollout(id).phase == .halted)
    #expect(
      try play.rollout(id).phaseReason
        == "wave 'deletions': 1 of 2 targets failed, none is allowed")
    try play.press(.retry(id, targets: []))
    #expect(play.prunes.map(\.cluster) == ["a"])
    try play.healthy("a", "b")
    #expect(try play.rollout(id).phase == .succeeded)
  }

  @Test func whatIsThereBeyondTheListStaysAndIsTold() throws {
    var play = try play(leaving: ["Service old"])
    let other = ResourceIdentity(
      group: "", version: "v1", kind: "Service", namespace: "", name: "other")
    try play.say(
      .applied(
        objects: 0, pruned: 1, leftovers: DeletionList([DeletedObject(other)], owned: 9)), "a")
    #expect(
      try play.rollout(id).target("a")?.line
        == "stays, because it is not in the list: Service other")
    try play.say(.healthy, "a")
    try play.healthy("b")
    #expect(try play.rollout(id).phase == .succeeded)
  }

  @Test func aRollbackTakesAwayWhatTheReleaseAddedLast() throws {
    var play = try play(leaving: ["Service old"])
    try play.healthy("a", "b")
    try play.press(.rollback(id, .rollout))
    #expect(play.dispatched == ["b"])
    try play.leave(["Service new"], on: "b")
    try play.healthy("a")
    #expect(play.prunes.map(\.objects) == [["Service new"]])
    try play.healthy("b")
    #expect(try play.rollout(RolloutID("web-dev-3")).phase == .succeeded)
    #expect(try play.rollout(id).phase == .succeeded)
  }

  @Test func aRollbackBeforeTheDeletionsKeepsWhatWasToBeDeleted() throws {
    var play = try play(leaving: ["Namespace shop"])
    try play.press(.rollback(id, .rollout))
    #expect(play.prunes.isEmpty)
    try play.healthy("b")
    try play.healthy("a")
    #expect(try play.rollout(id).phase == .rolledBack)
    #expect(try play.rollout(RolloutID("web-dev-3")).waves.count == 2)
  }

  @Test func theWaveHasANameOfItsOwn() throws {
    var play = try Play(["dev": ["a"]], strategy: .waves(.named("deletions")))
    try play.commit(1)
    try play.leave(["Service old"], on: "a")
    #expect(
      try play.rollout(RolloutID("web-dev-1")).waves.map(\.name) == ["deletions", "deletions-2"])
  }

  @Test func aPauseAndAFreezeHoldDeletionsToo() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    try play.press(.freeze(environment: nil, until: nil))
    try play.leave(["Service old"], on: "a")
    #expect(play.dispatched.isEmpty)
    try play.press(.unfreeze(environment: nil))
    #expect(play.prunes.count == 1)
  }

  @Test func aClusterThatWasAwayDeletesWhenItReturns() throws {
    var strategy = Strategy.waves(.named("all", maxUnreachable: 1))
    strategy.deletions = DeletionBudget()
    var play = try Play(["dev": ["a", "b"]], strategy: strategy)
    try play.commit(1)
    try play.leave(["Service old"], on: "a")
    try play.leave(["Service old"], on: "b")
    try play.say(.unreachable("no route"), "a")
    try play.healthy("b")
    try play.wait(.minutes(11))
    #expect(try play.rollout(RolloutID("web-dev-1")).phase == .succeededWithDebt)
    try play.give(
      .inventory(
        InventoryReport(
          cluster: "a", digests: ["web": Play.digest(1, "a")], observedAt: play.now)))
    #expect(play.dispatched == ["a"])
    try play.leave(["Service old"], on: "a")
    #expect(play.prunes.map(\.cluster) == ["a"])
  }

  @Test func aHubThatStartsAgainGoesOnWithTheDeletions() throws {
    var play = try play(leaving: ["Service old"])
    try play.say(.applied(objects: 0, pruned: 1), "a")
    let restarted = try State(rows: play.state.rows, sequence: play.state.sequence)
    #expect(restarted.rows == play.state.rows)
    #expect(
      restarted.openEffects.map(\.key) == ["web-dev-2/a/2/observe", "web-dev-2/b/2/prune"])
    var folded = State()
    for record in play.log { folded.apply(try RecordedEvent(json: record.json)) }
    #expect(folded.rows == play.state.rows)
    play.engine = Engine(restarted)
    try play.say(.healthy, "a")
    try play.healthy("b")
    #expect(try play.rollout(id).phase == .succeeded)
  }

  /// The digests of the lists that the state keeps, in the order in which they were found.
  private func kept(_ play: Play) -> [Digest] {
    play.log.compactMap { record in
      guard case .deletionsFound(let event) = record.event else { return nil }
      let digest = event.list.digest
      return play.state.deletionLists[digest] == nil ? nil : digest
    }
  }

  @Test func listsOfRolloutsThatEndedAreForgottenWhenTheNextHasEnded() throws {
    var play = try play(leaving: ["Service old"])
    try play.healthy("a", "b")
    #expect(try play.rollout(id).phase == .succeeded)
    // The last rollout still shows what it deleted.
    #expect(kept(play).count == 1)
    for number in 3...6 {
      try play.wait(.seconds(1))
      try play.commit(number)
      try play.leave(["Service old-\(number)"], on: "a")
      try play.healthy("b")
      #expect(play.state.deletionLists.count == 2)
      try play.healthy("a")
      #expect(try play.rollout(RolloutID("web-dev-\(number)")).phase == .succeeded)
      #expect(play.moves.last == "deletionsForgotten")
      #expect(play.state.deletionLists.count == 1)
    }
    var folded = State()
    for record in play.log { folded.apply(try RecordedEvent(json: record.json)) }
    #expect(folded.rows == play.state.rows)
    #expect(play.state.rows.count { $0.key.kind == .deletions } == 1)
    // What was forgotten is found again.
    try play.commit(7)
    try play.leave(["Service old"], on: "a")
    #expect(play.state.deletionLists.count == 2)
  }

  @Test func whatAClusterStillHoldsIsNotForgotten() throws {
    var play = try play(leaving: ["Namespace shop"])
    let list = try #require(kept(play).first)
    try play.press(.skip(id, wave: "deletions", targets: []))
    try play.commit(3, changing: ["b"])
    try play.press(.abort(RolloutID("web-dev-3")))
    try play.commit(4, changing: ["b"])
    try play.press(.abort(RolloutID("web-dev-4")))
    #expect(play.state.clusters["b"]?.deployed["web"]?.leftovers == list)
    #expect(play.state.deletionLists[list] != nil)
  }

  @Test func aLogOfAnEarlierVersionKeepsItsListsUntilTheNextRolloutEnds() throws {
    var play = try play(leaving: ["Service old"])
    try play.healthy("a", "b")
    try play.wait(.seconds(1))
    try play.commit(3)
    try play.healthy("a")
    try play.healthy("b")
    #expect(play.moves.last == "deletionsForgotten")
    // The version before forgot nothing.
    var earlier = State()
    for record in play.log.dropLast() { earlier.apply(record) }
    #expect(earlier.deletionLists.count == 1)
    play.engine = Engine(try State(rows: earlier.rows, sequence: earlier.sequence))
    try play.wait(.seconds(1))
    try play.commit(4)
    try play.healthy("a")
    try play.healthy("b")
    #expect(play.state.deletionLists.isEmpty)
  }

  @Test func aRolloutCanPauseAtItsDeletionsBeforeThereAreAny() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    let first = RolloutID("web-dev-1")
    try play.press(.pause(first, .atWave("deletions"), until: nil), reason: "I want to look")
    #expect(play.moves == ["wavePaused"])
    let restarted = try State(rows: play.state.rows, sequence: play.state.sequence)
    #expect(restarted.rows == play.state.rows)
    play.engine = Engine(restarted)
    try play.leave(["Service old"], on: "a")
    #expect(play.prunes.isEmpty)
    #expect(try play.rollout(first).phase == .paused)
    let blocker = try #require(play.state.blockers(of: .rollout(first), at: play.now).first)
    #expect(blocker.what == "paused by anna: I want to look")
    var folded = State()
    for record in play.log { folded.apply(try RecordedEvent(json: record.json)) }
    #expect(folded.rows == play.state.rows)
    try play.press(.resume(first, wave: nil))
    #expect(play.prunes.map(\.objects) == [["Service old"]])
    try play.healthy("a")
    #expect(try play.rollout(first).phase == .succeeded)
  }

  @Test func withoutDeletionsThePauseAtThemKeepsNothing() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    try play.press(.pause(RolloutID("web-dev-1"), .atWave("deletions"), until: nil))
    try play.healthy("a")
    #expect(try play.rollout(RolloutID("web-dev-1")).phase == .succeeded)
    #expect(try play.rollout(RolloutID("web-dev-1")).comingDeletionWave == nil)
  }

  @Test(arguments: [nil, "deletions"])
  func thePauseAtDeletionsIsTakenBackBeforeTheyCome(_ wave: String?) throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    let first = RolloutID("web-dev-1")
    #expect(
      try play.refusal(.resume(first, wave: "deletions")).remedy
        == "to pause there: flotilla rollout pause web-dev-1 --at deletions")
    try play.press(.pause(first, .atWave("deletions"), until: nil))
    try play.press(.resume(first, wave: wave))
    #expect(play.moves == ["waveResumed"])
    try play.leave(["Service old"], on: "a")
    #expect(play.prunes.count == 1)
  }

  @Test func onlyTheRolloutCanBePausedAtAWaveThatIsNotThereYet() throws {
    var play = try Play(["dev": ["a"]], strategy: .waves(.named("deletions")))
    try play.commit(1)
    let first = RolloutID("web-dev-1")
    let refusal = try play.refusal(.pause(first, .wave("deletions-2"), until: nil))
    #expect(
      refusal.why
        == "wave 'deletions-2' comes after all others, where something is to be deleted")
    #expect(
      refusal.remedy == "to pause there: flotilla rollout pause web-dev-1 --at deletions-2")
    try play.press(.pause(first, .atWave("deletions-2"), until: nil))
    try play.leave(["Service old"], on: "a")
    #expect(try play.rollout(first).phase == .paused)
  }

  /// As earlier versions planned: each apply deletes, and no wave follows.
  @Test func aPlanOfAnEarlierVersionDeletesWithTheApply() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    var rows = play.state.rows
    let rules = /"deletions":\{"approvals":\{[^}]*\},"budget":\{[^}]*\}\},/
    for (index, row) in rows.enumerated() where row.key.kind == .rollout {
      let text = String(decoding: row.json, as: UTF8.self)
      let earlier = text.replacing(rules, with: "")
      #expect(earlier != text)
      rows[index] = ProjectionRow(key: row.key, json: Array(earlier.utf8))
    }
    play.engine = Engine(try State(rows: rows, sequence: play.state.sequence))
    guard case .deliver(let assignment) = play.state.openEffects.first?.kind else {
      throw Missing()
    }
    #expect(!assignment.reportsLeftovers)
    try play.leave(["Service old"], on: "a")
    #expect(try play.rollout(RolloutID("web-dev-1")).phase == .succeeded)
  }

  private struct Missing: Error {}
}

extension Play {
  /// The cluster takes its target state and says what it holds beyond that, each `Kind name`, of ten
  /// objects in all.
  fileprivate mutating func leave(_ objects: [String], on cluster: String) throws {
    let left = objects.map { text in
      let words = text.split(separator: " ").map(String.init)
      return DeletedObject(
        ResourceIdentity(group: "", version: "v1", kind: words[0], namespace: "", name: words[1]),
        isReplaced: words.count > 2)
    }
    try say(.applied(objects: 10, pruned: 0, leftovers: DeletionList(left, owned: 10)), cluster)
    try say(.healthy, cluster)
  }

  /// What is deleted because of the last move.
  fileprivate var prunes: [(cluster: String, objects: [String])] {
    log.suffix(moves.count).flatMap { state.effects(of: $0) }.compactMap { effect in
      guard case .prune(let assignment, let list) = effect.kind else { return nil }
      return (assignment.cluster, list.objects.map { "\($0.identity)" })
    }
  }
}
