import FleetModel
import HTTPTransport
import HubAPI
import RolloutEngine
import Testing

@Suite("Plans over the API")
struct PlanTests {
  private func path(_ change: Int, to environment: String = "prod") -> String {
    "/api/v1/plans?change=\(ModelHub.commit(change))&environment=\(environment)"
  }

  @Test func aPreviewTellsClassesRadiusWavesAndWhatTheFirstWaveDoesNotTry() async throws {
    let hub = try await ModelHub.withSecondRelease()
    let sequence = await hub.read(\.sequence)
    try await ServedHub.with(hub) { served in
      let preview: PlanPreviewDocument = try await served.get(path(2))
      #expect(preview.summary == "7 clusters, 2 distinct changes, 0 untouched")
      let plan = try #require(preview.plans.first)
      #expect(plan.rollout == nil)
      #expect(plan.commits.map(\.subject) == ["Another image"])
      #expect(plan.classes.map(\.clusters.count) == [6, 1])
      #expect(plan.classes[1].clusters == ["prod-us-3"])
      #expect(plan.blastRadius.clusters == 7)
      #expect(plan.blastRadius.changed == 7)
      #expect(plan.blastRadius.created == 1)
      #expect(plan.blastRadius.impacts.map(\.impact) == ["restart"])
      #expect(plan.blastRadius.impacts.first?.occurrences == 7)
      #expect(plan.waves.map(\.name) == ["canary", "eu", "us"])
      #expect(plan.waves.map(\.tries) == [[1], [], [2]])
      #expect(plan.untried == [2])
      #expect(plan.lints.contains { $0.wave == "eu" })
      #expect(plan.refusal == nil)
      #expect(plan.failures.isEmpty)
      #expect(preview.canaries.clusters == ["prod-eu-0", "prod-us-3"])
      #expect(preview.canaries.isSmallest)
    }
    #expect(await hub.read(\.sequence) == sequence)
  }

  @Test func whatIsApprovedHasTheDigestOfThePreview() async throws {
    let hub = try await ModelHub.withSecondRelease()
    try await ServedHub.with(hub) { served in
      let preview: PlanPreviewDocument = try await served.get(path(2))
      _ = try await hub.execute(
        Command(
          .promote(change: ModelHub.commit(2), environment: "prod"), actor: "anna", reason: "go"))
      let frozen: PlanPreviewDocument = try await served.get("/api/v1/rollouts/web-prod-2/plan")
      let plan = try #require(frozen.plans.first)
      #expect(plan.rollout == "web-prod-2")
      #expect(plan.digest == preview.plans.first?.digest)
      #expect(plan.classes == preview.plans.first?.classes)
    }
  }

  @Test func aPromotionThatWouldBeRefusedIsPlannedAndSaysSo() async throws {
    let hub = ModelHub()
    try await hub.configure()
    try await hub.release(1, subject: "First")
    try await ServedHub.with(hub) { served in
      let preview: PlanPreviewDocument = try await served.get(path(1))
      let plan = try #require(preview.plans.first)
      #expect(plan.clusters == 7)
      #expect(plan.classes.map(\.change) == ["added"])
      #expect(plan.refusal?.why.contains("is not stable in dev") == true)
    }
  }

  @Test func whatIsNotConfirmedIsUnknownAndInNoClass() async throws {
    let hub = try await ModelHub.withSecondRelease()
    _ = try await hub.execute(
      Command(
        .promote(change: ModelHub.commit(2), environment: "prod"), actor: "anna", reason: "go"))
    try await hub.release(3, subject: "A third")
    try await hub.settle(only: ["dev-1"])
    try await ServedHub.with(hub) { served in
      let preview: PlanPreviewDocument = try await served.get(path(3))
      let plan = try #require(preview.plans.first)
      #expect(plan.behind == "web-prod-2")
      #expect(plan.failures.map(\.cluster) == ["prod-eu-0"])
      #expect(plan.failures.first?.message.contains("is not confirmed") == true)
      #expect(!plan.classes.contains { $0.clusters.contains("prod-eu-0") })
      #expect(plan.summary.hasSuffix("; what changes on 1 of them cannot be told"))
    }
  }

  @Test func whatCannotBePlannedIsAProblemWithARemedy() async throws {
    try await ServedHub.with(try await ModelHub.withSecondRelease()) { served in
      let nothing = try await served.problem(served.request(.get, "/api/v1/plans"))
      #expect(nothing.status == 400)
      let environment = try await served.problem(served.request(.get, path(2, to: "prd")))
      #expect(environment.status == 404)
      #expect(environment.problem.remedy == "did you mean 'prod'?")
      let change = try await served.problem(served.request(.get, path(9)))
      #expect(change.status == 409)
      let rollout = try await served.problem(served.request(.get, "/api/v1/rollouts/web-9/plan"))
      #expect(rollout.status == 404)
    }
  }
}
