import FleetModel
import RolloutEngine
import Testing

/// A rollout from plan to end, as it goes when nothing, or something, fails.
@Suite struct RolloutTests {
  let first = RolloutID("web-dev-1")

  @Test func aCommitBecomesHealthyWaveByWave() throws {
    var play = try Play(
      ["dev": ["a", "b", "c"]], strategy: .waves(.named("canary", ["b"]), .named("rest")))
    try play.commit(1)
    #expect(
      play.moves == [
        "releaseRecorded", "pinMoved", "rolloutPlanned", "rolloutStarted", "waveOpened",
        "targetDispatched",
      ])
    #expect(play.dispatched == ["b"])
    try play.say(.applied(objects: 2, pruned: 0), "b")
    #expect(try play.phase(first, "b") == .applied)
    try play.say(.healthy, "b")
    #expect(Set(play.dispatched) == ["a", "c"])
    #expect(try play.phase(first, "b") == .done)
    try play.healthy("a", "c")
    #expect(try play.rollout(first).phase == .succeeded)
    #expect(play.state.pins[PinID(app: "web", environment: "dev")]?.stable == Play.release(1))
  }

  @Test func aPlanTouchesOnlyClustersWhoseDigestDiffers() throws {
    var play = try Play(["dev": ["a", "b", "c"]])
    try play.commit(1)
    try play.healthy("a", "b", "c")
    try play.commit(2, changing: ["b"])
    let second = try play.rollout(RolloutID("web-dev-2"))
    #expect(second.targets.map(\.cluster) == ["b"])
    #expect(second.unchanged == 2)
    #expect(second.targets[0].base == Play.digest(1, "b"))
  }

  @Test func aCommitThatChangesNoDigestMakesNoRelease() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    try play.healthy("a")
    try play.commit(2, changing: [])
    #expect(play.moves == ["commitUnchanged"])
  }

  @Test func aCommitThatCannotBeRenderedLeavesClustersAsTheyAre() throws {
    var play = try Play(["dev": ["a"]])
    let commit = CommitSummary(
      commit: Play.commit(1), author: "anna", subject: "oops", committedAt: play.now)
    try play.give(.invalidCandidate(app: "web", commit: commit, reason: "no overlay"))
    #expect(play.moves == ["commitInvalid"])
    #expect(play.state.openRollouts.isEmpty)
  }

  @Test func noMoreTargetsAreInFlightThanAllowed() throws {
    var play = try Play(
      ["dev": ["a", "b", "c"]], strategy: .waves(.named("all", maxConcurrent: 2)))
    try play.commit(1)
    #expect(play.dispatched.count == 2)
    let running = play.dispatched
    try play.say(.applied(objects: 1, pruned: 0), running[0])
    #expect(play.dispatched.isEmpty)
    try play.say(.healthy, running[0])
    #expect(play.dispatched.count == 1)
  }

  @Test func oneFailureMoreThanAllowedHalts() throws {
    var play = try Play(
      ["dev": ["a", "b", "c"]],
      strategy: .waves(.named("all", maxConcurrent: 1, maxFailures: 1)))
    try play.commit(1)
    let order = try play.rollout(first).targets.map(\.cluster)
    try play.say(.failed("forbidden", permanent: true), order[0])
    #expect(play.dispatched == [order[1]])
    try play.say(.failed("forbidden", permanent: true), order[1])
    #expect(play.moves == ["targetFailed", "rolloutHalted"])
    #expect(
      play.state.blockers(of: .rollout(first), at: play.now).first?.command
        == "flotilla rollout retry web-dev-1")
  }

  @Test func failuresWithinTheBudgetAreDebt() throws {
    var play = try Play(
      ["dev": ["a", "b"]], strategy: .waves(.named("all", maxFailures: 1)))
    try play.commit(1)
    try play.say(.failed("forbidden", permanent: true), "a")
    try play.healthy("b")
    #expect(try play.rollout(first).phase == .succeededWithDebt)
    #expect(try play.rollout(first).debt["a"] == Debt(phase: .failed, reason: "forbidden"))
  }

  @Test func aTransientFailureIsNoFailure() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    try play.say(.failed("too many requests", permanent: false), "a")
    #expect(try play.phase(first, "a") == .dispatched)
    #expect(try play.rollout(first).target("a")?.line == "too many requests")
    try play.say(.failed("too many requests", permanent: false), "a")
    #expect(play.moves.isEmpty, "a look that shows nothing new leaves no trace")
  }

  @Test func aTargetThatIsNotHealthyInTimeTimesOut() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    try play.say(.progressing("0 of 3 ready"), "a")
    #expect(play.state.nextTimer == play.now + .minutes(10))
    try play.wait(.minutes(10))
    #expect(play.moves == ["targetTimedOut", "rolloutHalted"])
    #expect(try play.rollout(first).target("a")?.line == "not healthy within 10m: 0 of 3 ready")
  }

  @Test func anUnreachableClusterIsLeftBehindWithinTheBudgetAndCatchesUp() throws {
    var play = try Play(
      ["dev": ["a", "b"]], strategy: .waves(.named("all", maxUnreachable: 1)))
    try play.commit(1)
    try play.healthy("b")
    try play.say(.unreachable("no route"), "a")
    try play.wait(.minutes(10))
    #expect(try play.phase(first, "a") == .deferred)
    #expect(try play.rollout(first).phase == .succeededWithDebt)

    try play.give(.inventory(InventoryReport(cluster: "a", digests: [:], observedAt: play.now)))
    let second = try play.rollout(RolloutID("web-dev-2"))
    #expect(second.kind == .catchUp)
    try play.healthy("a")
    #expect(play.state.pins[PinID(app: "web", environment: "dev")]?.debt == [:])
  }

  @Test func retryIsANewAttempt() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    try play.say(.failed("forbidden", permanent: true), "a")
    try play.press(.retry(first, targets: []), reason: "rights were given")
    #expect(play.moves == ["rolloutRetried", "targetDispatched"])
    #expect(try play.rollout(first).target("a")?.attempt == 2)
    try play.healthy("a")
    #expect(try play.rollout(first).phase == .succeeded)
  }

  @Test func retryOfOneTargetIsRefusedWhileOthersStillBreachTheBudget() throws {
    var play = try Play(["dev": ["a", "b"]])
    try play.commit(1)
    try play.say(.failed("forbidden", permanent: true), "a")
    try play.say(.failed("forbidden", permanent: true), "b")
    let refusal = try play.refusal(.retry(first, targets: ["a"]))
    #expect(refusal.remedy == "try all of them: flotilla rollout retry web-dev-1")
  }

  @Test func abortLeavesClustersAsTheyAreAndSaysHowToGoOn() throws {
    var play = try Play(
      ["dev": ["a", "b"]], strategy: .waves(.named("all", maxConcurrent: 1)))
    try play.commit(1)
    let order = try play.rollout(first).targets.map(\.cluster)
    try play.healthy(order[0])
    try play.press(.abort(first), reason: "wrong colour")
    #expect(try play.rollout(first).phase == .aborted)
    #expect(try play.phase(first, order[0]) == .healthy)
    #expect(try play.phase(first, order[1]) == .cancelled)
    let record = try #require(play.log.last)
    #expect(record.actor == "anna" && record.reason == "wrong colour")
    #expect(
      play.state.effects(of: record).map(\.key) == ["web-dev-1/\(order[1])/1/withdraw"])
    let pin = PinID(app: "web", environment: "dev")
    #expect(
      play.state.blockers(of: .pin(pin), at: play.now).first?.command
        == "flotilla promote \(Play.release(1)) --to dev")
    try play.press(.promote(change: Play.release(1).rawValue, environment: "dev"))
    #expect(play.dispatched == [order[1]])
  }

  @Test func aCordonedClusterWaitsAndDoesNotFail() throws {
    var play = try Play(["dev": ["a", "b"]])
    try play.press(.cordon(cluster: "a", until: nil), reason: "new disks")
    try play.commit(1)
    #expect(play.dispatched == ["b"])
    try play.healthy("b")
    let blocker = try #require(play.state.blockers(of: .rollout(first), at: play.now).first)
    #expect(blocker.what == "a is cordoned by anna: new disks")
    #expect(blocker.command == "flotilla uncordon a")
    try play.press(.uncordon(cluster: "a"))
    #expect(play.dispatched == ["a"])
  }
}
