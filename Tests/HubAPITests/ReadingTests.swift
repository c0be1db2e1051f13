import FleetModel
import Foundation
import HTTPTransport
import HubAPI
import Testing

@Suite("What the API answers about a fleet")
struct ReadingTests {
  @Test func aRolloutComesWithItsWavesAndCounts() async throws {
    try await ServedHub.with(try await .promoting()) { served in
      let rollout: RolloutDocument = try await served.get("/api/v1/rollouts/web-prod-1")
      #expect(rollout.phase == "running")
      #expect(rollout.change == ModelHub.commit(1))
      #expect(rollout.subject == "Raise replicas of the checkout")
      #expect(rollout.waves.map(\.name) == ["canary", "eu", "us"])
      #expect(rollout.waves.map(\.counts.total) == [1, 3, 3])
      #expect(rollout.counts.inFlight == 1)
      #expect(rollout.waves.map(\.soak) == ["5m", "0s", "0s"])
    }
  }

  @Test func aListSaysWhichEventItIncludesLast() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let list: ItemList<ClusterDocument> = try await served.get("/api/v1/clusters")
      #expect(list.items.map(\.name).first == "dev-1")
      #expect(list.items.count == 8)
      #expect(await list.sequence == hub.log.count)
    }
  }

  @Test func aLabelSelectorNarrowsClustersAndTargets() async throws {
    try await ServedHub.with(try await .promoting()) { served in
      let selector = "selector=region%3Dus,tier!%3Dcanary"
      let clusters: ItemList<ClusterDocument> = try await served.get(
        "/api/v1/clusters?\(selector)")
      #expect(clusters.items.map(\.name) == ["prod-us-1", "prod-us-2", "prod-us-3"])
      let targets: ItemList<TargetDocument> = try await served.get(
        "/api/v1/targets?rollout=web-prod-1&\(selector)")
      #expect(Set(targets.items.map(\.cluster)) == ["prod-us-1", "prod-us-2", "prod-us-3"])
    }
  }

  @Test func anEnvironmentSaysWhatItWantsAndWhatIsStableThere() async throws {
    try await ServedHub.with(try await .promoting()) { served in
      let list: ItemList<EnvironmentDocument> = try await served.get("/api/v1/environments")
      #expect(list.items.map(\.name) == ["dev", "prod"])
      #expect(list.items.map(\.promotion) == ["follows", "manual"])
      let release = "web@\(ModelHub.commit(1).prefix(12))"
      #expect(list.items[0].pins.first?.stable == release)
      #expect(list.items[1].pins.first?.release == release)
      #expect(list.items[1].pins.first?.stable == nil)
      #expect(list.items[1].pins.first?.rollout == "web-prod-1")
    }
  }

  @Test func aClusterTellsWhichReleaseItHas() async throws {
    try await ServedHub.with(try await .promoting()) { served in
      let dev: ClusterDocument = try await served.get("/api/v1/clusters/dev-1")
      #expect(dev.apps.map(\.release) == ["web@\(ModelHub.commit(1).prefix(12))"])
      let prod: ClusterDocument = try await served.get("/api/v1/clusters/prod-us-3")
      #expect(prod.apps.map(\.release) == [nil])
    }
  }

  @Test func explainNamesWhatWaitsAndTheCommandThatEndsIt() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      _ = try await served.http.send(
        served.request(
          .post, "/api/v1/rollouts/web-prod-1/pause",
          body: #"{"reason": "the database team asks"}"#))
      let answer: ExplanationDocument = try await served.get(
        "/api/v1/explain?object=web-prod-1")
      let blocker = try #require(answer.blockers.first)
      #expect(blocker.object == "rollout/web-prod-1")
      #expect(blocker.message.contains("the database team asks"))
      #expect(blocker.command == "flotilla rollout resume web-prod-1 --reason 'WHY'")
    }
  }

  @Test(arguments: ["prod", "web", "web/prod", ""])
  func whereNothingWasEverWantedExplainSaysWhatWaitsForAPerson(object: String) async throws {
    let hub = ModelHub()
    try await hub.configure()
    try await hub.release(1, subject: "First")
    try await hub.settle()
    try await ServedHub.with(hub) { served in
      let answer: ExplanationDocument = try await served.get(
        "/api/v1/explain" + (object.isEmpty ? "" : "?object=\(object)"))
      let release = "web@\(ModelHub.commit(1).prefix(12))"
      #expect(
        answer.blockers.map(\.message) == ["\(release) is ready for prod and waits for a person"])
      #expect(
        answer.blockers.first?.command == "flotilla promote \(release) --to prod --reason 'WHY'")
    }
  }

  @Test(arguments: [
    "rollout/web-prod-1", "web-prod-1", "wave/web-prod-1/eu", "target/web-prod-1/prod-eu-1",
    "environment/prod", "prod", "cluster/prod-eu-1", "prod-eu-1", "app/web", "web", "web/prod",
  ])
  func explainTakesEveryObjectAsItIsNamed(object: String) async throws {
    try await ServedHub.with(try await .promoting()) { served in
      let answer: ExplanationDocument = try await served.get("/api/v1/explain?object=\(object)")
      #expect(answer.object?.hasSuffix(object) == true)
    }
  }

  @Test func theStatusNamesEveryAddressWithItsRealPort() async throws {
    try await ServedHub.with(try await .promoting()) { served in
      let status: HubStatusDocument = try await served.get("/api/v1/status")
      #expect(status.listen == ["unix:\(served.socket)", served.url])
      #expect(status.totals.openRollouts == 1)
      #expect(status.totals.clusters == 8)
    }
  }

  @Test func readinessFollowsTheHubsTrouble() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      #expect(try await served.http.send(served.request(.get, "/readyz")).status == 200)
      await hub.setTrouble("the disk is full")
      let (status, problem) = try await served.problem(served.request(.get, "/readyz"))
      #expect(status == 503)
      #expect(problem.detail == "the disk is full")
      #expect(try await served.http.send(served.request(.get, "/healthz")).status == 200)
    }
  }
}
