import FleetModel
import Manifests
import RolloutEngine
import Testing

/// What somebody changed on a cluster: told, and taken back where the environment says so.
@Suite struct DriftTests {
  private let line = "ConfigMap shop/a: .data.key is \"x\", should be \"1\" (changed by kubectl)"

  /// Both clusters have the first release.
  private func fleet(_ policy: DriftPolicy) throws -> Play {
    var play = try Play(["dev": ["a", "b"]])
    try play.reconfigure { $0.environments[0].drift = policy }
    try play.commit(1)
    try play.healthy("a", "b")
    return play
  }

  private func report(_ play: inout Play, _ lines: [String], release: Int = 1) throws {
    try play.give(
      .drift(
        DriftReport(
          cluster: "a", app: "web", digest: Play.digest(release, "a"), lines: lines,
          observedAt: play.now)))
  }

  private func drift(_ play: Play) -> DriftFound? {
    play.state.clusters["a"]?.deployed["web"]?.drift
  }

  @Test func driftIsToldUntilItEnds() throws {
    var play = try fleet(.report)
    let began = play.now
    try report(&play, [line])
    try play.wait(.minutes(1))
    try report(&play, [line, "another"])
    #expect(drift(play)?.lines == [line, "another"])
    #expect(drift(play)?.since == began)
    #expect(play.state.openRollouts.isEmpty)
    try report(&play, [line, "another"])
    #expect(play.moves.isEmpty)
    try report(&play, [])
    #expect(play.moves == ["driftEnded"])
    #expect(drift(play) == nil)
  }

  @Test func driftIsTakenBackByARolloutToThatClusterAlone() throws {
    var play = try fleet(.correct)
    try report(&play, [line])
    let id = RolloutID("web-dev-2")
    #expect(try play.rollout(id).targets.map(\.cluster) == ["a"])
    #expect(try play.rollout(id).kind == .catchUp)
    try play.healthy("a")
    #expect(try play.rollout(id).phase == .succeeded)
    #expect(drift(play) == nil)
  }

  @Test func whoUndoesACorrectionAtOnceIsToldAboutAndNotFought() throws {
    var play = try fleet(.correct)
    try report(&play, [line])
    try play.healthy("a")
    try play.wait(.minutes(2))
    try report(&play, [line])
    #expect(drift(play)?.isCorrected == false)
    #expect(play.state.openRollouts.isEmpty)
    try report(&play, [])
    try play.wait(.minutes(10))
    try report(&play, [line])
    #expect(play.state.openRollouts == [RolloutID("web-dev-3")])
  }

  @Test func aPersonHasDriftTakenBackWhereItIsOnlyReported() throws {
    var play = try fleet(.report)
    let verb = Command.Verb.correctDrift(cluster: "a", app: nil)
    #expect(try play.refusal(verb).why == "nothing has drifted there")
    try report(&play, [line])
    try play.press(verb, reason: "who was that?")
    #expect(play.log.contains { $0.actor == "anna" && $0.event.type == "driftObserved" })
    try play.healthy("a")
    #expect(drift(play) == nil)
    #expect(play.state.openRollouts.isEmpty)
  }

  @Test func driftOfAnotherTargetStateOrFromBeforeItsDeliveryCountsForNothing() throws {
    var play = try fleet(.correct)
    try report(&play, [line], release: 2)
    #expect(play.moves.isEmpty)
    play.now = play.now + .minutes(-1)
    try report(&play, [line])
    #expect(play.moves.isEmpty)
    #expect(drift(play) == nil)
  }

  @Test func whileTheFleetIsFrozenNothingIsTakenBack() throws {
    var play = try fleet(.correct)
    try play.press(.freeze(environment: nil, until: nil))
    try report(&play, [line])
    #expect(play.dispatched.isEmpty)
    try play.press(.unfreeze(environment: nil))
    try play.healthy("a")
    #expect(drift(play) == nil)
  }

  @Test func aLongReportIsCutShort() throws {
    var play = try fleet(.report)
    try report(&play, (0..<100).map { "object \($0)" })
    #expect(drift(play)?.lines.count == 21)
    #expect(drift(play)?.lines.last == "80 more")
  }

  /// Whether the delivery that is under way on a cluster takes over fields of others.
  private func takesOver(_ play: Play, _ cluster: String = "a") throws -> Bool {
    let effects = play.state.openEffects.compactMap { effect in
      if case .deliver(let assignment) = effect.kind, assignment.cluster == cluster {
        assignment
      } else {
        nil
      }
    }
    return try #require(effects.first).takesOver
  }

  @Test func fieldsOfOthersAreTakenOverWhereTheEnvironmentWantsThat() throws {
    for policy in [DriftPolicy.report, .correct] {
      var play = try fleet(policy)
      try play.commit(2)
      #expect(try takesOver(play) == (policy == .correct))
    }
  }

  @Test func aPersonsCorrectionTakesFieldsOverAtEachAttemptAndTheNextReleaseDoesNot() throws {
    var play = try fleet(.report)
    try report(&play, [line])
    try play.press(.correctDrift(cluster: "a", app: nil), reason: "who was that?")
    #expect(try takesOver(play))
    try play.say(.failed("no", permanent: true), "a")
    try play.press(.retry(try #require(play.state.openRollouts.first), targets: []))
    #expect(try takesOver(play))
    try play.healthy("a")
    try play.wait(.minutes(1))
    try play.commit(2)
    #expect(try !takesOver(play))
  }

  @Test func whatNoRolloutLooksAfterStands() throws {
    var play = try Play(["dev": ["a", "b"]])
    #expect(play.state.standing.isEmpty)
    try play.commit(1)
    try play.healthy("a")
    #expect(play.state.standing.isEmpty)
    try play.healthy("b")
    #expect(Set(play.state.standing.map(\.cluster)) == ["a", "b"])
    let standing = try #require(play.state.standing.first { $0.cluster == "a" })
    #expect(standing.digest == Play.digest(1, "a"))
    #expect(play.state.commit(of: standing) == Play.commit(1))
    try play.commit(2, changing: ["b"])
    #expect(play.state.standing.map(\.cluster) == ["a"])
    try play.healthy("b")
    #expect(play.state.standing.count == 2)
    try play.reconfigure { $0.clusters.removeAll { $0.name == "b" } }
    #expect(play.state.standing.map(\.cluster) == ["a"])
    try play.reconfigure { $0.apps = [] }
    #expect(play.state.standing.isEmpty)
  }
}
