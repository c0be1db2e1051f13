import FleetModel
import Manifests
import RolloutEngine
import Testing

/// Clusters that leave, join or move while a rollout runs. None of it changes the plan.
@Suite struct MembershipTests {
  let id = RolloutID("web-dev-1")

  @Test func aClusterThatLeavesBecomesGoneAndTheRolloutGoesOn() throws {
    var play = try Play(["dev": ["a", "b"]])
    try play.commit(1)
    try play.healthy("a")
    try play.reconfigure { $0.clusters.removeAll { $0.name == "b" } }
    #expect(try play.phase(id, "b") == .gone)
    #expect(try play.rollout(id).phase == .succeeded)
  }

  @Test func aClusterThatJoinsGetsTheStableReleaseAfterTheOpenRollout() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    try play.reconfigure { $0.clusters.append(Play.cluster("b", "dev")) }
    #expect(try play.rollout(id).targets.map(\.cluster) == ["a"])
    let record = try #require(play.log.last)
    guard case .render(let request) = play.state.effects(of: record).first?.kind else {
      Issue.record("nothing asks for the newcomer's target state")
      return
    }
    #expect(request.clusters == ["b"] && request.commit == Play.commit(1))
    try play.give(.rendered(request, digests: ["b": Play.digest(1, "b")]))
    #expect(play.dispatched.isEmpty)
    try play.healthy("a")
    let second = try play.rollout(RolloutID("web-dev-2"))
    #expect(second.kind == .catchUp && second.targets.map(\.cluster) == ["b"])
    try play.healthy("b")
    #expect(play.state.openRollouts.isEmpty)
  }

  @Test func aClusterThatMovesIsRenderedForItsNewEnvironment() throws {
    var play = try Play(["dev": ["a", "b"], "prod": ["p"]])
    try play.commit(1)
    try play.healthy("a", "b")
    try play.press(.promote(change: Play.commit(1), environment: "prod"))
    try play.healthy("p")
    try play.reconfigure { configuration in
      for index in configuration.clusters.indices
      where configuration.clusters[index].name == "b" {
        configuration.clusters[index].labels["environment"] = "prod"
      }
    }
    #expect(play.state.digest(of: Play.release(1), on: "b") == nil)
    #expect(play.state.openRollouts.isEmpty, "its old target state is not for prod")
  }

  @Test func aChangedClusterListDoesNotKillARollout() throws {
    // kubefleet #733: an update run failed when the list of clusters changed under it.
    var play = try Play(
      ["dev": ["a", "b", "c"]], strategy: .waves(.named("all", maxConcurrent: 1)))
    try play.commit(1)
    let digest = try play.rollout(id).planDigest
    try play.reconfigure { $0.clusters.append(Play.cluster("d", "dev")) }
    try play.reconfigure { $0.clusters.removeAll { $0.name == "a" } }
    let rollout = try play.rollout(id)
    #expect(rollout.phase == .running && rollout.planDigest == digest)
    #expect(rollout.targets.count == 3)
  }
}
