internal import FleetModel
internal import HTTPTypes
internal import Hummingbird
internal import RolloutEngine

/// Rollouts with their waves and targets, and why they wait.
enum RolloutRoutes {
  static let all = [
    APIRoute(.get, "/api/v1/rollouts", query: FleetRoutes.filters) { call in
      let filter = try call.filter()
      return try await FleetRoutes.list(call) { $0.rollouts(filter) }
    },
    APIRoute(.get, "/api/v1/rollouts/{name}") { call in
      try await FleetRoutes.one(call, "rollout", all: names) { $0.rollout($1) }
    },
    APIRoute(.get, "/api/v1/waves", query: FleetRoutes.filters) { call in
      let filter = try call.filter()
      return try await FleetRoutes.list(call) { $0.waves(filter) }
    },
    APIRoute(.get, "/api/v1/waves/{rollout}/{wave}") { call in
      let (name, wave) = (call.parameter("rollout"), call.parameter("wave"))
      let document = try await call.read { view in
        let rollout = try view.known(name)
        guard let index = rollout.waves.firstIndex(where: { $0.name == wave }) else {
          throw Problem.unknown("wave", wave, among: rollout.waves.map(\.name))
        }
        return view.document(index, of: rollout)
      }
      return try call.json(document)
    },
    APIRoute(.get, "/api/v1/targets", query: FleetRoutes.filters) { call in
      let filter = try call.filter()
      return try await FleetRoutes.list(call) { $0.targets(filter) }
    },
    APIRoute(.get, "/api/v1/targets/{rollout}/{cluster}") { call in
      let (name, cluster) = (call.parameter("rollout"), call.parameter("cluster"))
      let document = try await call.read { view in
        let rollout = try view.known(name)
        guard let target = view.target(cluster, of: rollout) else {
          throw Problem.unknown("target", cluster, among: rollout.targets.map(\.cluster))
        }
        return target
      }
      return try call.json(document)
    },
    APIRoute(.get, "/api/v1/arrivals", query: ["change", "environment", "app"]) { call in
      guard let change = call.query["change"], let environment = call.query["environment"] else {
        throw Problem(
          .badRequest, status: 400, title: "Nothing to wait for",
          detail: "'change' and 'environment' say what is to arrive where",
          remedy: "ask for arrivals?change=COMMIT&environment=NAME")
      }
      let app = call.query["app"]
      let list = try await call.read { view in
        ItemList(
          items: try view.arrivals(of: change, in: environment, app: app),
          sequence: view.state.sequence)
      }
      return try call.json(list)
    },
    APIRoute(.get, "/api/v1/explain", query: ["object"]) { call in
      let object = call.query["object"]
      // Only what is said of a cluster tells about its line: `NAME` or `cluster/NAME`.
      let cluster = object?.split(separator: "/").last.map(String.init)
      let explanation = try await call.read(withLinesTo: cluster.map { [$0] } ?? []) { view in
        guard let object else { return view.explainAll() }
        guard let answer = view.explain(object) else {
          let hint = Suggestion.nearest(to: object, among: view.explainableNames)
          throw Problem(
            .notFound, status: 404, title: "Not found", detail: "nothing is named '\(object)'",
            remedy: hint.map { "did you mean '\($0)'?" }
              ?? "`flotilla explain` without a name says everything that waits")
        }
        return answer
      }
      return try call.json(explanation)
    },
  ]

  private static let names: @Sendable (StateView) -> [String] = {
    $0.state.rollouts.keys.map(\.rawValue)
  }
}

extension StateView {
  /// The rollout of that name, or the problem that there is none.
  func known(_ name: String) throws -> Rollout {
    guard let rollout = state.rollouts[RolloutID(name)] else {
      throw Problem.unknown("rollout", name, among: state.rollouts.keys.map(\.rawValue))
    }
    return rollout
  }
}
