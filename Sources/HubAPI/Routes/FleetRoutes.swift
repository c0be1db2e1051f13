internal import HTTPTypes
internal import Hummingbird
internal import Manifests
internal import RolloutEngine

/// Clusters and their drift, apps, environments, releases.
enum FleetRoutes {
  static let all = [
    APIRoute(.get, "/api/v1/clusters", query: filters) { call in
      let filter = try call.filter()
      let list = await call.read(withLinesTo: nil) {
        ItemList(items: $0.clusters(filter), sequence: $0.state.sequence)
      }
      return try call.json(list)
    },
    APIRoute(.get, "/api/v1/clusters/{name}") { call in
      try await one(
        call, "cluster", withLinesTo: [call.parameter("name")],
        all: { $0.clusters().map(\.name) }
      ) { $0.cluster($1) }
    },
    APIRoute(.get, "/api/v1/apps", query: filters) { call in
      let filter = try call.filter()
      return try await list(call) { view in
        view.apps().filter { (filter.app ?? $0.name) == $0.name }
      }
    },
    APIRoute(.get, "/api/v1/apps/{name}") { call in
      try await one(call, "app", all: { $0.apps().map(\.name) }) { view, name in
        view.apps().first { $0.name == name }
      }
    },
    APIRoute(.get, "/api/v1/environments", query: filters) { call in
      let filter = try call.filter()
      return try await list(call) { view in
        view.environments().filter { (filter.environment ?? $0.name) == $0.name }
      }
    },
    APIRoute(.get, "/api/v1/environments/{name}") { call in
      try await one(call, "environment", all: { $0.environments().map(\.name) }) { view, name in
        view.environments().first { $0.name == name }
      }
    },
    APIRoute(.get, "/api/v1/drift", query: filters) { call in
      let filter = try call.filter()
      return try await list(call) { $0.drift(filter) }
    },
    APIRoute(.get, "/api/v1/releases", query: filters) { call in
      let filter = try call.filter()
      return try await list(call) { $0.releases(filter) }
    },
    APIRoute(.get, "/api/v1/releases/{name}") { call in
      try await one(call, "release", all: { $0.releases().map(\.name) }) { $0.release($1) }
    },
  ]

  /// Every collection takes the same filters; one that cannot narrow a collection leaves it whole.
  static let filters: Set<String> = ["selector", "app", "environment", "rollout"]

  static func list<Item: Codable & Sendable>(
    _ call: APICall, _ items: @Sendable (StateView) -> [Item]
  ) async throws -> Response {
    let list = await call.read { ItemList(items: items($0), sequence: $0.state.sequence) }
    return try call.json(list)
  }

  static func one<Item: Codable & Sendable>(
    _ call: APICall, _ kind: String, withLinesTo clusters: Set<String> = [],
    all names: @Sendable (StateView) -> [String],
    _ find: @Sendable (StateView, String) -> Item?
  ) async throws -> Response {
    let name = call.parameter("name")
    let item = try await call.read(withLinesTo: clusters) { view in
      guard let item = find(view, name) else {
        throw Problem.unknown(kind, name, among: names(view))
      }
      return item
    }
    return try call.json(item)
  }
}

extension APICall {
  func filter() throws -> ListFilter {
    var filter = ListFilter(
      app: query["app"], environment: query["environment"], rollout: query["rollout"])
    if let text = query["selector"] {
      do { filter.selector = try LabelSelector(parsing: text) } catch let error
        as LabelSelector.SyntaxError
      {
        throw Problem(
          .badRequest, status: 400, title: "Malformed selector", detail: error.description,
          remedy: "write it as for kubectl: key=value,key!=value,key in (a,b),key,!key")
      }
    }
    return filter
  }
}
