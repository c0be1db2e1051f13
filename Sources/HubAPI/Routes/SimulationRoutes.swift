internal import FleetModel
internal import Forecast
internal import HTTPTypes
internal import Hub
internal import Hummingbird
internal import Rendering

/// What is to be expected of rollouts.
enum SimulationRoutes {
  static let all = [
    APIRoute(
      .get, "/api/v1/simulations",
      query: SimulationRequest.parameters.union(["change", "environment", "app"])
    ) { call in
      let (change, environment) = try call.planSubject()
      let app = call.query["app"]
      return try call.json(
        try await call.simulate {
          try $0.simulations(of: change, in: environment, app: app, $1)
        })
    },
    APIRoute(
      .get, "/api/v1/rollouts/{name}/simulation", query: SimulationRequest.parameters
    ) { call in
      let name = call.parameter("name")
      return try call.json(
        try await call.simulate { [try $0.simulation(of: try $0.known(name), $1)] })
    },
  ]
}

extension APICall {
  /// The state is taken along, so that the hub goes on deciding meanwhile.
  fileprivate func simulate(
    _ make: @escaping @Sendable (StateView, SimulationRequest) throws -> [SimulatedRollout]
  ) async throws -> SimulationListDocument {
    let request = try SimulationRequest(query, seed: Int(UInt32.random(in: 0...UInt32.max)))
    let view = StateView(state: await hub.read { $0 }, now: hub.now())
    let simulated = try await RenderThreads.run { Result { try make(view, request) } }.get()
    var documents: [SimulationDocument] = []
    for rollout in simulated {
      if !request.injections.isEmpty {
        documents.append(
          try await RenderThreads.run { Result { try view.rehearse(rollout, request) } }.get())
        continue
      }
      let simulation = RolloutSimulation(
        rollout.start, model: rollout.model, seed: UInt64(request.seed))
      let reports = await RenderThreads.map(Array(0..<rollout.runs)) { simulation.run($0) }
      documents.append(view.expect(rollout, reports, seed: request.seed))
    }
    return SimulationListDocument(simulations: documents)
  }
}
