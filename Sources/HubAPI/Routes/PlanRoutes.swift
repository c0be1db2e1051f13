internal import FleetModel
internal import HTTPTypes
internal import Hub
internal import Hummingbird
internal import Rendering
internal import RolloutEngine

/// What a change would do before it does anything, and what rollouts do.
enum PlanRoutes {
  static let all = [
    APIRoute(.get, "/api/v1/plans", query: ["change", "environment", "app"]) { call in
      let (change, environment) = try call.planSubject()
      let app = call.query["app"]
      return try call.json(
        try await call.preview { try $0.plans(of: change, in: environment, app: app) })
    },
    APIRoute(.get, "/api/v1/rollouts/{name}/plan") { call in
      let name = call.parameter("name")
      return try call.json(try await call.preview { [$0.plan(of: try $0.known(name))] })
    },
  ]
}

extension APICall {
  /// What is to be planned.
  func planSubject() throws -> (change: String, environment: String) {
    guard let change = query["change"], let environment = query["environment"] else {
      throw Problem(
        .badRequest, status: 400, title: "Nothing to plan",
        detail: "'change' and 'environment' say what is to be planned",
        remedy: "ask for plans?change=COMMIT&environment=NAME")
    }
    return (change, environment)
  }

  /// Makes plans and says what they change. The state is taken along, so that the hub goes on
  /// deciding while plans are made and rendered.
  fileprivate func preview(
    _ make: @escaping @Sendable (StateView) throws -> [PlannedRollout]
  ) async throws -> PlanPreviewDocument {
    let view = StateView(state: await hub.read { $0 }, now: hub.now())
    let (plans, targets) = try await RenderThreads.run {
      Result {
        let plans = try make(view)
        return (plans, plans.map(view.targets(of:)))
      }
    }.get()
    var differences: [FleetDifference] = []
    for targets in targets { differences.append(await hub.difference(of: targets)) }
    let known = differences
    return await RenderThreads.run { view.preview(plans, known) }
  }
}
