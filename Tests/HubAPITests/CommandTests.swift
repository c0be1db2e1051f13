import FleetModel
import Foundation
import HTTPTransport
import HubAPI
import RolloutEngine
import Testing

@Suite("Commands over the API")
struct CommandTests {
  @Test func overTheSocketTheKernelSaysWhoSendsACommand() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let request = served.request(
        .post, "/api/v1/rollouts/web-prod-1/pause", body: #"{"reason": "look first"}"#,
        headers: [
          HTTPHeader("Content-Type", "application/json"),
          HTTPHeader("X-Flotilla-Actor", "somebody-else"),
        ])
      let response = try await served.http.send(request)
      #expect(response.status == 200)
      let last = try #require(await hub.log.last { $0.reason == "look first" })
      #expect(last.actor == NSUserName())
    }
  }

  @Test func overTCPACommandNeedsAName() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      var request = served.request(
        .post, "/api/v1/clusters/prod-eu-1/cordon", body: #"{"reason": "nodes"}"#, overTCP: true)
      #expect(try await served.problem(request).status == 400)
      request.headers.append(HTTPHeader("X-Flotilla-Actor", "anna"))
      #expect(try await served.http.send(request).status == 200)
      #expect(await hub.log.last?.actor == "anna")
      let cluster: ClusterDocument = try await served.get("/api/v1/clusters/prod-eu-1")
      #expect(cluster.cordon?.by == "anna")
      #expect(cluster.cordon?.reason == "nodes")
    }
  }

  @Test func aRefusalCarriesWhyAndWhatToDo() async throws {
    let hub = ModelHub()
    try await hub.configure()
    try await hub.release(1, subject: "First")
    try await ServedHub.with(hub) { served in
      let (status, problem) = try await served.problem(
        served.request(
          .post, "/api/v1/promotions",
          body: #"{"change": "\#(ModelHub.commit(1))", "environment": "prod", "reason": "go"}"#))
      #expect(status == 409)
      #expect(problem.code == .refused)
      #expect(problem.detail.contains("is not stable in dev"))
      #expect(problem.remedy?.isEmpty == false)
    }
  }

  @Test func aPauseAtAWaveTakesEffectWhenThatWaveIsReached() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let response = try await served.http.send(
        served.request(
          .post, "/api/v1/rollouts/web-prod-1/pause",
          body: #"{"reason": "canary first", "at": "eu"}"#))
      #expect(response.status == 200)
      var rollout: RolloutDocument = try await served.get("/api/v1/rollouts/web-prod-1")
      #expect(rollout.phase == "running")
      #expect(rollout.pauseAt == ["eu"])
      try await hub.settle()
      try await hub.pass(.minutes(6))
      rollout = try await served.get("/api/v1/rollouts/web-prod-1")
      #expect(rollout.phase == "paused")
      #expect(rollout.pause?.reason == "canary first")
    }
  }

  @Test func aPauseAtDeletionsIsTakenBeforeThereIsSuchAWave() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let response = try await served.http.send(
        served.request(
          .post, "/api/v1/rollouts/web-prod-1/pause",
          body: #"{"reason": "look first", "at": "deletions"}"#))
      #expect(response.status == 200)
      let rollout: RolloutDocument = try await served.get("/api/v1/rollouts/web-prod-1")
      #expect(rollout.pauseAt == ["deletions"])
    }
  }

  @Test func promotingOneAppOfAChangeNamesItsRelease() async throws {
    let hub = ModelHub()
    try await hub.configure()
    try await hub.release(1, subject: "First")
    try await hub.pass(.seconds(1))
    try await hub.settle()
    try await ServedHub.with(hub) { served in
      func promote(_ app: String) async throws -> Int {
        let change = ModelHub.commit(1).prefix(9)
        return try await served.http.send(
          served.request(
            .post, "/api/v1/promotions",
            body:
              #"{"change": "\#(change)", "environment": "prod", "app": "\#(app)", "reason": "go"}"#
          )
        ).status
      }
      let (misspelt, right) = (try await promote("wbe"), try await promote("web"))
      #expect(misspelt == 404)
      #expect(right == 200)
    }
  }

  @Test func aRejectedReleaseHaltsItsRolloutsAndSaysWhoRejectedIt() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let change = ModelHub.commit(1)
      let response = try await served.http.send(
        served.request(
          .post, "/api/v1/releases/\(change)/reject", body: #"{"reason": "leaks memory"}"#))
      #expect(response.status == 200)
      let rollout: RolloutDocument = try await served.get("/api/v1/rollouts/web-prod-1")
      #expect(rollout.phase == "halted")
      let release: ReleaseDocument = try await served.get("/api/v1/releases/\(rollout.release)")
      #expect(release.rejection?.reason == "leaks memory")
    }
  }

  @Test func aSkippedWaveAndARollbackTravelToTheEngine() async throws {
    let hub = try await ModelHub.promoting()
    try await hub.settle()
    try await hub.pass(.minutes(6))
    try await ServedHub.with(hub) { served in
      func post(_ path: String, _ body: String) async throws -> Int {
        try await served.http.send(served.request(.post, path, body: body)).status
      }
      let skip = try await post(
        "/api/v1/rollouts/web-prod-1/skip", #"{"reason": "later", "wave": "us"}"#)
      #expect(skip == 200)
      let rollout: RolloutDocument = try await served.get("/api/v1/rollouts/web-prod-1")
      #expect(rollout.waves.map(\.phase) == ["passed", "progressing", "skipped"])
      // Nothing was stable in prod before, so there is no way back.
      let (status, problem) = try await served.problem(
        served.request(
          .post, "/api/v1/rollouts/web-prod-1/rollback", body: #"{"reason": "worse"}"#))
      #expect(status == 409)
      #expect(problem.detail.contains("no release was stable in prod before"))
      let ambiguous = try await post(
        "/api/v1/rollouts/web-prod-1/rollback",
        #"{"reason": "worse", "wave": "eu", "targets": ["prod-eu-1"]}"#)
      #expect(ambiguous == 400)
    }
  }

  @Test func aHeldEnvironmentSaysSo() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let held = try await served.http.send(
        served.request(
          .post, "/api/v1/environments/prod/hold", body: #"{"reason": "audit"}"#)
      ).status
      #expect(held == 200)
      var environment: EnvironmentDocument = try await served.get("/api/v1/environments/prod")
      #expect(environment.hold?.reason == "audit")
      let free = try await served.http.send(
        served.request(
          .post, "/api/v1/environments/prod/unhold", body: #"{"reason": "over"}"#)
      ).status
      #expect(free == 200)
      environment = try await served.get("/api/v1/environments/prod")
      #expect(environment.hold == nil)
    }
  }

  @Test func anApprovalOfARolloutThatWaitsForNoneIsRefused() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let (status, problem) = try await served.problem(
        served.request(
          .post, "/api/v1/rollouts/web-prod-1/approve", body: #"{"reason": "looks right"}"#))
      #expect(status == 409)
      #expect(problem.detail.contains("it waits for no approval now"))
    }
  }

  @Test func aFrozenFleetNamesTheCommandThatEndsIt() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let frozen = try await served.http.send(
        served.request(.post, "/api/v1/freeze", body: #"{"reason": "incident"}"#)
      ).status
      #expect(frozen == 200)
      let rollout: RolloutDocument = try await served.get("/api/v1/rollouts/web-prod-1")
      #expect(rollout.blockers.first?.command == "flotilla unfreeze --reason 'WHY'")
      let free = try await served.http.send(
        served.request(.post, "/api/v1/unfreeze", body: #"{"reason": "over"}"#)
      ).status
      #expect(free == 200)
    }
  }
}
