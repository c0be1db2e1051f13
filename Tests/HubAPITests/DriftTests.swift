import FleetModel
import Foundation
import HTTPTransport
import HubAPI
import RolloutEngine
import Testing

@Suite("Drift over the API")
struct DriftTests {
  private static let line = "ConfigMap web/us: .data.a is \"x\", should be \"1\" (changed by curl)"

  /// Dev has the first release, and somebody changed two of its objects.
  private func drifted() async throws -> ModelHub {
    let hub = try await ModelHub.promoting()
    try await hub.drift("dev-1", [Self.line, "Deployment web/web: was deleted"])
    return hub
  }

  private func explanation(_ served: ServedHub, _ object: String?) async throws
    -> ExplanationDocument
  {
    try await served.get("/api/v1/explain" + (object.map { "?object=\($0)" } ?? ""))
  }

  @Test func aDriftIsListedWithWhatWhereAndSinceWhen() async throws {
    try await ServedHub.with(try await drifted()) { served in
      let list: ItemList<DriftDocument> = try await served.get("/api/v1/drift")
      let drift = try #require(list.items.first)
      #expect(list.items.count == 1)
      #expect(drift.cluster == "dev-1")
      #expect(drift.environment == "dev")
      #expect(drift.app == "web")
      #expect(drift.lines == [Self.line, "Deployment web/web: was deleted"])
      #expect(!drift.isCorrected)
      let cluster: ClusterDocument = try await served.get("/api/v1/clusters/dev-1")
      #expect(cluster.apps.map(\.drifted) == [2])
    }
  }

  @Test(arguments: ["selector=region%3Dus", "app=other", "environment=prod"])
  func aFilterLeavesOutOthers(filter: String) async throws {
    try await ServedHub.with(try await drifted()) { served in
      let list: ItemList<DriftDocument> = try await served.get("/api/v1/drift?\(filter)")
      #expect(list.items.isEmpty)
    }
  }

  @Test(arguments: ["dev-1", "web", "environment/dev", nil])
  func explainNamesTheDriftAndTheCommandThatTakesItBack(object: String?) async throws {
    try await ServedHub.with(try await drifted()) { served in
      let answer = try await explanation(served, object)
      let finding = try #require(
        answer.blockers.first { $0.message.contains("web on dev-1 has drifted") })
      #expect(finding.message.contains(Self.line))
      #expect(finding.message.contains("1 more"))
      #expect(finding.command == "flotilla drift correct dev-1 --app web --reason 'WHY'")
      if object == "dev-1" { #expect(answer.summary == "cluster/dev-1 has drifted") }
    }
  }

  @Test func aDriftOnManyClustersIsOneFinding() async throws {
    let hub = try await ModelHub.withSecondRelease()
    try await hub.settle()
    for cluster in await hub.read({ $0.standing.map(\.cluster) }) {
      try await hub.drift(cluster, [Self.line])
    }
    try await ServedHub.with(hub) { served in
      let findings = try await explanation(served, "web").blockers.filter {
        $0.message.contains("has drifted")
      }
      #expect(findings.map(\.message) == ["web has drifted on 8 clusters"])
      #expect(findings.first?.command == "flotilla get drift --app web")
    }
  }

  @Test func aPersonHasItCorrected() async throws {
    let hub = try await drifted()
    try await ServedHub.with(hub) { served in
      let response = try await served.http.send(
        served.request(
          .post, "/api/v1/clusters/dev-1/correct-drift",
          body: #"{"reason": "by mistake", "app": "web"}"#))
      #expect(response.status == 200)
      #expect(
        await hub.log.contains { $0.reason == "by mistake" && $0.event.type == "driftObserved" })
      try await hub.settle(only: ["dev-1"])
      let list: ItemList<DriftDocument> = try await served.get("/api/v1/drift")
      #expect(list.items.isEmpty)
    }
  }

  @Test(arguments: [
    ("dev-9", #"{"reason": "x"}"#, 404), ("dev-1", #"{"reason": "x", "app": "wep"}"#, 404),
    ("prod-us-1", #"{"reason": "x"}"#, 409),
  ])
  func whatCannotBeCorrectedIsRefusedWithARemedy(
    cluster: String, body: String, status: Int
  ) async throws {
    try await ServedHub.with(try await drifted()) { served in
      let (answer, problem) = try await served.problem(
        served.request(.post, "/api/v1/clusters/\(cluster)/correct-drift", body: body))
      #expect(answer == status)
      #expect(problem.remedy?.isEmpty == false)
    }
  }
}
