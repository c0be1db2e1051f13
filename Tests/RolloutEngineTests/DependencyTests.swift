import FleetModel
import Manifests
import RolloutEngine
import Testing

/// Apps that come after others in each environment.
@Suite struct DependencyTests {
  let web = RolloutID("web-dev-1")
  let base = RolloutID("base-dev-1")

  /// Web runs on `a` and `b` and depends on base, which runs on `a` only.
  private func play(_ promotion: Promotion = Promotion()) throws -> Play {
    var play = try Play(["dev": ["a", "b"], "prod": ["p"]], promotion: promotion)
    try play.reconfigure { configuration in
      configuration.apps = [
        App(
          name: "base", path: "overlays/base",
          clusters: LabelSelector([LabelSelector.Requirement("name", .isIn, ["a", "p"])])),
        App(name: "web", path: "overlays/web", dependsOn: ["base"]),
      ]
    }
    return play
  }

  private func summary(_ number: Int, at now: Instant) -> CommitSummary {
    CommitSummary(
      commit: Play.commit(number), author: "anna", subject: "change \(number)", committedAt: now)
  }

  /// What base makes of a commit.
  private func base(_ number: Int, _ play: inout Play, changes: Bool = true) throws {
    let summary = summary(number, at: play.now)
    let text = changes ? "base \(number)" : "base 1"
    try play.give(
      .candidate(
        Candidate(
          app: "base", commit: summary, rendererVersion: "1",
          digests: [
            "a": Digest(hashing: "\(text) a"), "p": Digest(hashing: "\(text) p"),
          ], commits: [summary])))
  }

  private func finish(_ id: RolloutID, _ play: inout Play) throws {
    for target in try play.rollout(id).targets {
      for finding in [Observation.Finding.applied(objects: 1, pruned: 0), .healthy] {
        try play.give(
          .observation(
            Observation(
              rollout: id, cluster: target.cluster, attempt: 1, digest: target.digest,
              observedAt: play.now, finding: finding)))
      }
    }
  }

  @Test func aRolloutStartsWhenWhatItDependsOnIsStable() throws {
    var play = try play()
    try base(1, &play)
    try play.commit(1)
    #expect(try play.rollout(web).phase == .planned)
    let blocker = try #require(play.state.blockers(of: .rollout(web), at: play.now).first)
    #expect(
      blocker.what
        == "web depends on base, and base@\(Play.commit(1).prefix(12)) is not stable in dev")
    #expect(blocker.command == "flotilla explain base-dev-1")
    try finish(base, &play)
    #expect(play.dispatched.sorted() == ["a", "b"])
  }

  @Test func aCommitIsAwaitedUntilTheLogSaysWhatItMeansForEveryApp() throws {
    var play = try play()
    let digits = String(Play.commit(2).prefix(7))
    try base(1, &play)
    try play.commit(1)
    #expect(play.state.isAwaited(digits))
    #expect(!play.state.isAwaited("web"))
    try base(2, &play, changes: false)
    #expect(play.state.isAwaited(digits))
    #expect(play.state.isAwaited("web@\(digits)"))
    #expect(!play.state.isAwaited("base@\(digits)"))
    try play.commit(2)
    #expect(!play.state.isAwaited(digits))
    // Base never hears of the third commit, for it was fetched together with the fourth.
    try play.commit(3)
    #expect(play.state.isAwaited(Play.commit(3)))
    try base(4, &play)
    #expect(!play.state.isAwaited(Play.commit(3)))
  }

  @Test func itWaitsForTheAnswerWhateverTheOrder() throws {
    var play = try play()
    try play.commit(1)
    #expect(try play.rollout(web).phase == .planned)
    #expect(
      play.state.blockers(of: .rollout(web), at: play.now).first?.what
        == "web depends on base, which is being rendered for the same commit")
    try base(1, &play)
    #expect(try play.rollout(web).phase == .planned)
    try finish(base, &play)
    #expect(try play.rollout(web).phase == .running)
  }

  @Test func whatHasNothingToDoKeepsNobody() throws {
    var play = try play()
    try base(1, &play)
    try play.commit(1)
    try finish(base, &play)
    try finish(web, &play)
    try base(2, &play, changes: false)
    try play.commit(2)
    #expect(try play.rollout(RolloutID("web-dev-2")).phase == .running)
  }

  @Test func whatHasNoClustersThereKeepsNobody() throws {
    var play = try play()
    try play.reconfigure {
      $0.apps[0].clusters = LabelSelector([.init("name", .isIn, ["nowhere"])])
    }
    try play.commit(1)
    #expect(try play.rollout(web).phase == .running)
  }

  @Test func whatFailedKeepsItUntilAPersonSaysHowItGoesOn() throws {
    var play = try play()
    try base(1, &play)
    try play.commit(1)
    let target = try play.rollout(base).targets[0]
    try play.give(
      .observation(
        Observation(
          rollout: base, cluster: "a", attempt: 1, digest: target.digest, observedAt: play.now,
          finding: .failed("forbidden", permanent: true))))
    #expect(try play.rollout(web).phase == .planned)
    try play.press(.abort(base), reason: "broken")
    let blocker = try #require(play.state.blockers(of: .rollout(web), at: play.now).first)
    #expect(
      blocker.command == "flotilla promote base@\(Play.commit(1).prefix(12)) --to dev")
    try play.press(.reject(change: "base@\(Play.commit(1).prefix(12))"))
    #expect(
      play.state.blockers(of: .rollout(web), at: play.now).first?.command
        == "flotilla rollout abort web-dev-1")
    try play.press(.unreject(change: "base@\(Play.commit(1).prefix(12))"))
    try play.press(.promote(change: "base@\(Play.commit(1))", environment: "dev"))
    let again = RolloutID("base-dev-2")
    try finish(again, &play)
    #expect(try play.rollout(web).phase == .running)
  }

  @Test func aCommitThatCannotBeRenderedIsMadeGoodByALaterOne() throws {
    var play = try play()
    try base(1, &play)
    try play.commit(1)
    try finish(base, &play)
    try finish(web, &play)
    try play.give(
      .invalidCandidate(app: "base", commit: summary(2, at: play.now), reason: "no such overlay"))
    try play.commit(2)
    let second = RolloutID("web-dev-2")
    let blocker = try #require(play.state.blockers(of: .rollout(second), at: play.now).first)
    #expect(
      blocker.what
        == "web depends on base, which cannot be rendered for the same commit: no such overlay")
    #expect(blocker.command == "flotilla rollout abort web-dev-2")
    try base(3, &play, changes: false)
    #expect(try play.rollout(second).phase == .running)
  }

  @Test func aClusterThatJoinsGetsThemInTheSameOrder() throws {
    var play = try play()
    try base(1, &play)
    try play.commit(1)
    try finish(base, &play)
    try finish(web, &play)
    try play.reconfigure { configuration in
      configuration.clusters.append(Play.cluster("c", "dev"))
      configuration.apps[0].clusters = LabelSelector([.init("name", .isIn, ["a", "c", "p"])])
    }
    for effect in play.state.openEffects {
      guard case .render(let request) = effect.kind, request.environment == "dev" else { continue }
      try play.give(
        .rendered(request, digests: ["c": Digest(hashing: "\(request.release) c")]))
    }
    let late = RolloutID("web-dev-2")
    #expect(try play.rollout(late).kind == .catchUp)
    #expect(try play.rollout(late).phase == .planned)
    #expect(
      play.state.blockers(of: .rollout(late), at: play.now).first?.what
        == "web depends on base, which is not on c yet")
    try finish(RolloutID("base-dev-2"), &play)
    #expect(play.dispatched == ["c"])
  }
}
