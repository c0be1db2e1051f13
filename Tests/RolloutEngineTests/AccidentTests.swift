import FleetModel
import Manifests
import RolloutEngine
import Testing

/// Accidents of other systems that the model forbids, one test each.
@Suite struct AccidentTests {
  let id = RolloutID("web-dev-1")

  /// argo-cd #29410, #16881: a commit changed dev, canary and prod, which were to be synced in this
  /// order. The apps of the first step still had the Synced and Healthy of the revision before, the
  /// controller took that for the completion of the step, and prod was rolled first. Healthy pods of
  /// the old digest say nothing about the new one.
  @Test func healthOfThePreviousRevisionOpensNoWave() throws {
    var play = try Play(
      ["dev": ["a", "b"]], strategy: .waves(.named("canary", ["a"]), .named("rest")))
    try play.commit(1)
    try play.healthy("a", "b")
    try play.commit(2)
    let second = RolloutID("web-dev-2")
    let before = Instant(milliseconds: play.now.milliseconds - 1)
    for (digest, attempt, observedAt) in [
      (Play.digest(1, "a"), 1, play.now), (Play.digest(2, "a"), 0, play.now),
      (Play.digest(2, "a"), 1, before), (Play.digest(2, "a"), 2, play.now),
    ] {
      try play.give(
        .observation(
          Observation(
            rollout: second, cluster: "a", attempt: attempt, digest: digest,
            observedAt: observedAt, finding: .healthy)))
      #expect(play.moves.isEmpty)
    }
    #expect(try play.phase(second, "a") == .dispatched)
    #expect(play.engine.ignored.values.reduce(0, +) == 4)
  }

  /// ocm #1201: the soak was counted from the last change of a condition, and a work that stays
  /// available across an update changes no condition. So every cluster of an update had soaked at once,
  /// and all were updated together. The time counts from health on the new digest.
  @Test func theSoakOfAnUpdateStartsWithTheUpdate() throws {
    var play = try Play(
      ["dev": ["a", "b"]],
      strategy: .waves(.named("first", ["a"], soak: .minutes(5)), .named("rest")))
    try play.commit(1)
    try play.healthy("a")
    try play.wait(.minutes(5))
    try play.healthy("b")
    try play.wait(.minutes(600))
    try play.commit(2)
    try play.healthy("a")
    #expect(play.moves == ["targetHealthy", "waveSoaking"])
    try play.wait(.minutes(4))
    #expect(play.dispatched.isEmpty)
    try play.wait(.minutes(1))
    #expect(play.dispatched == ["b"])
  }

  /// argo-cd #18480: the list of clusters could not be read for a moment, was taken for empty, and every
  /// application of every cluster was deleted. What cannot be read changes nothing.
  @Test func aListOfClustersThatCannotBeReadTakesNothingAway() throws {
    var play = try Play(["dev": ["a", "b"]])
    try play.commit(1)
    try play.healthy("a", "b")
    let before = play.state
    try play.give(.configurationRefused(commit: "bad", findings: ["fleet/clusters: no such file"]))
    #expect(play.moves == ["configurationRefused"])
    #expect(play.state.clusters == before.clusters)
    #expect(play.state.pins == before.pins)
    #expect(play.state.effects(of: try #require(play.log.last)).isEmpty)
  }

  /// argo-cd #9227: while a change was rolled out the controller could no longer read Git, generated
  /// nothing, and deleted what had been generated before, with all its resources. A commit that cannot
  /// be rendered makes no release; the clusters keep what they have.
  @Test func aCommitThatCannotBeRenderedTakesNothingAway() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    try play.healthy("a")
    let before = play.state
    let commit = CommitSummary(
      commit: Play.commit(2), author: "anna", subject: "two", committedAt: play.now)
    try play.give(.invalidCandidate(app: "web", commit: commit, reason: "no such overlay"))
    #expect(play.moves == ["commitInvalid"])
    #expect(play.state.clusters == before.clusters)
    #expect(play.state.pins == before.pins)
    #expect(play.state.effects(of: try #require(play.log.last)).isEmpty)
  }

  /// kubefleet #733: a cluster was added, or removed, while an update run was under way, and the run
  /// failed, because the number of clusters in its stage had changed. The plan stays as it is: who
  /// joins comes later, who leaves is gone.
  @Test func clustersThatJoinAndLeaveDoNotEndARollout() throws {
    var play = try Play(
      ["dev": ["a", "b", "c"]], strategy: .waves(.named("all", maxConcurrent: 1)))
    try play.commit(1)
    let first = try #require(play.dispatched.first)
    let leaver = try #require(["a", "b", "c"].first { $0 != first })
    try play.reconfigure { fleet in
      fleet.clusters.removeAll { $0.name == leaver }
      fleet.clusters.append(Play.cluster("d", "dev"))
    }
    #expect(try play.rollout(id).phase == .running)
    #expect(try play.phase(id, leaver) == .gone)
    #expect(try play.rollout(id).positions["d"] == nil)
    for _ in 0..<2 {
      let next = try play.rollout(id).targets.first { $0.phase == .dispatched }
      try play.healthy(try #require(next).cluster)
    }
    #expect(try play.rollout(id).phase == .succeeded)
  }

  /// rancher/fleet #3828: clusters in no partition were silently dropped. The last wave takes the
  /// rest, whatever it selects.
  @Test func aClusterThatNoWaveSelectsIsNotDropped() throws {
    var play = try Play(
      ["dev": ["a", "b", "c"]],
      strategy: .waves(.named("first", ["a"]), .named("second", ["b"])))
    try play.commit(1)
    #expect(Set(try play.rollout(id).targets.map(\.cluster)) == ["a", "b", "c"])
  }

  /// rancher/fleet #5406: the connection to an agent timed out, everything that was managed there was
  /// taken for gone and removed, and production databases with it. Silence is neither health nor
  /// absence.
  @Test func aClusterThatDoesNotAnswerLosesNothingAndPassesNothing() throws {
    var play = try Play(["dev": ["a", "b"]])
    try play.commit(1)
    try play.healthy("a")
    try play.say(.unreachable("i/o timeout"), "b")
    #expect(play.moves == ["targetUnreachable"])
    #expect(try play.rollout(id).phase == .running)
    #expect(play.state.clusters["b"]?.deployed["web"]?.digest == nil)
    try play.wait(.minutes(10))
    #expect(try play.rollout(id).phase == .halted)
  }

  /// argo-cd #12459: the first app was healthy, the controller had missed the moment, and the others
  /// stayed out of sync for ever. A look that was lost is made up for by the next one.
  @Test func healthThatWasMissedIsSeenAtTheNextLook() throws {
    var play = try Play(
      ["dev": ["a", "b"]], strategy: .waves(.named("first", ["a"]), .named("rest")))
    try play.commit(1)
    // That it was applied, and became healthy, was lost on the way. It still is.
    try play.wait(.minutes(1))
    try play.say(.healthy, "a")
    #expect(play.dispatched == ["b"])
  }

  /// rancher/fleet #594: an offline cluster kept a partition, and with it the rollout, from going on,
  /// for years, and nobody could see why. Offline clusters are named, and within the wave's limit they
  /// are left behind and catch up.
  @Test func anOfflineClusterIsNamedThenLeftBehindThenCatchesUp() throws {
    var play = try Play(
      ["dev": ["a", "b"]], strategy: .waves(.named("all", maxUnreachable: 1)))
    try play.commit(1)
    try play.healthy("a")
    try play.say(.unreachable("no route to host"), "b")
    let blockers = play.state.blockers(of: .target(id, cluster: "b"), at: play.now)
    #expect(blockers.contains { $0.what.contains("no route to host") && $0.until != nil })
    try play.wait(.minutes(10))
    #expect(try play.rollout(id).phase == .succeededWithDebt)
    try play.give(.inventory(.init(cluster: "b", digests: [:], observedAt: play.now)))
    #expect(play.dispatched == ["b"])
  }

  /// fleet #594, argo-cd #12459: stuck, with no stated reason.
  @Test func aRolloutThatWaitsSaysForWhatSinceWhenAndUntilWhen() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    let start = play.now
    try play.say(.progressing("deployment web: 1 of 3 ready"), "a")
    let blocker = try #require(
      play.state.blockers(of: .target(id, cluster: "a"), at: play.now).first)
    #expect(blocker.what.contains("deployment web: 1 of 3 ready"))
    #expect(blocker.since == start && blocker.until == start + .minutes(10))
  }
}
