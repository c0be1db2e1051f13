import ClusterSimulator
import Foundation
import Manifests
import Testing

/// The same requests go to a real API server and to a simulated one; the answers must agree.
@Suite("Simulated clusters answer as real API servers do")
struct RealServerTests {
  struct Exchange: Sendable {
    let what: String
    let method: String
    /// `NS` stands for the test's namespace.
    let path: String
    var body: String?
    var type = "application/json"
    /// Parts of the answer that must be equal besides the status, the kind and the reason.
    var same: [[String]] = []

    static func apply(
      _ what: String, _ path: String, _ body: String, query: String = "?fieldManager=swift",
      same: [[String]] = []
    ) -> Exchange {
      Exchange(
        what: what, method: "PATCH", path: path + query, body: body, type: Simulation.apply,
        same: same)
    }
  }

  static let maps = "/api/v1/namespaces/NS/configmaps"
  static let web = "/apis/apps/v1/namespaces/NS/deployments/web"
  static let causes = [["message"], ["details", "causes"]]

  static let exchanges: [Exchange] =
    applies + writes + workloads
    + [
      Exchange(what: "an unknown resource", method: "GET", path: "/apis/apps/v1/namespaces/NS/no"),
      Exchange(what: "an unknown group", method: "GET", path: "/apis/nope.example/v1/things"),
      Exchange(
        what: "a list with an unknown field selector", method: "GET",
        path: maps + "?fieldSelector=foo%3Dbar", same: [["message"]]),
      Exchange(
        what: "a list from the future", method: "GET", path: maps + "?resourceVersion=999999999"),
      Exchange(
        what: "delete what is not there", method: "DELETE", path: maps + "/gone", same: causes),
      Exchange(
        what: "the default namespace may not go", method: "DELETE",
        path: "/api/v1/namespaces/default", same: [["message"]]),
    ]

  private static let applies: [Exchange] = [
    .apply(
      "create", maps + "/cm", Sample.configMap("cm", #"{"a":"1","b":"2"}"#),
      same: [["data"], ["metadata", "name"]]),
    .apply("again", maps + "/cm", Sample.configMap("cm", #"{"a":"1","b":"2"}"#), same: [["data"]]),
    .apply(
      "conflict", maps + "/cm", Sample.configMap("cm", #"{"a":"9"}"#),
      query: "?fieldManager=other", same: causes),
    .apply(
      "two conflicts", maps + "/cm", Sample.configMap("cm", #"{"a":"9","b":"9"}"#),
      query: "?fieldManager=other", same: causes),
    .apply(
      "force", maps + "/cm", Sample.configMap("cm", #"{"a":"9"}"#),
      query: "?fieldManager=other&force=true", same: [["data"]]),
    .apply("a field left out", maps + "/cm", Sample.configMap("cm", #"{}"#), same: [["data"]]),
    .apply(
      "no manager", maps + "/cm", Sample.configMap("cm", "{}"), query: "",
      same: causes),
    .apply("another name", maps + "/cm", Sample.configMap("no", "{}"), same: [["message"]]),
    .apply(
      "a stale version", maps + "/cm",
      Sample.configMap("cm", #"{"a":"9"}"#, metadata: #","resourceVersion":"1""#),
      same: [["message"]]),
    .apply("an unknown field", maps + "/cm", Sample.configMap("cm", #"{},"dota":{}"#)),
    .apply("a wrong type", maps + "/cm", Sample.configMap("cm", #"{"a":1}"#)),
    .apply("a bad name", maps + "/B_", Sample.configMap("B_", "{}")),
    .apply(
      "no such namespace", "/api/v1/namespaces/nowhere/configmaps/cm",
      Sample.configMap("cm", "{}"), same: causes),
    .apply(
      "a dry run", maps + "/dry", Sample.configMap("dry", #"{"a":"1"}"#),
      query: "?fieldManager=swift&dryRun=All", same: [["data"]]),
    Exchange(what: "a dry run left nothing", method: "GET", path: maps + "/dry", same: causes),
    .apply(
      "an unknown dry run", maps + "/dry", Sample.configMap("dry", "{}"),
      query: "?fieldManager=swift&dryRun=Some", same: causes),
    Exchange(
      what: "a wrong media type", method: "PATCH", path: maps + "/cm?fieldManager=swift", body: "x",
      type: "text/plain"),
  ]

  private static let writes: [Exchange] = [
    Exchange(
      what: "merge patch", method: "PATCH", path: maps + "/cm?fieldManager=ed",
      body: #"{"data":{"a":"2","n":"1"}}"#, type: Simulation.merge, same: [["data"]]),
    Exchange(
      what: "merge patch with null", method: "PATCH", path: maps + "/cm?fieldManager=ed",
      body: #"{"data":{"n":null}}"#, type: Simulation.merge, same: [["data"]]),
    Exchange(
      what: "JSON patch", method: "PATCH", path: maps + "/cm?fieldManager=ed",
      body: #"[{"op":"add","path":"/data/j","value":"1"}]"#, type: "application/json-patch+json",
      same: [["data"]]),
    .apply(
      "conflict with an edit", maps + "/cm", Sample.configMap("cm", #"{"a":"1"}"#), same: causes),
    Exchange(
      what: "create", method: "POST", path: maps, body: Sample.configMap("posted", "{}")),
    Exchange(
      what: "create again", method: "POST", path: maps, body: Sample.configMap("posted", "{}"),
      same: causes),
    Exchange(
      what: "update with a stale version", method: "PUT", path: maps + "/cm",
      body: Sample.configMap("cm", "{}", metadata: #","resourceVersion":"1""#),
      same: [["message"]]),
    Exchange(
      what: "delete with another uid", method: "DELETE", path: maps + "/cm",
      body: #"{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"x"}}"#),
    Exchange(
      what: "delete", method: "DELETE", path: maps + "/posted", same: [["details", "kind"]]),
    Exchange(
      what: "update a list", method: "PUT", path: maps, body: Sample.configMap("cm", "{}"),
      same: [["message"]]),
  ]

  private static let workloads: [Exchange] = [
    .apply("a Deployment", web, Sample.deployment(), same: [["spec"]]),
    .apply(
      "one more container", web,
      Sample.deployment(
        containers: #",{"name":"side","image":"s:1","env":[{"name":"A","value":"b"}]}"#),
      same: [["spec"]]),
    .apply("one container less", web, Sample.deployment(), same: [["spec"]]),
    .apply(
      "negative replicas", web, Sample.deployment(replicas: -1), same: causes),
    .apply(
      "two containers of one name", web,
      Sample.deployment(containers: #",{"name":"web","image":"s:1"}"#)),
    .apply(
      "a container without an image", web, Sample.deployment(containers: #",{"name":"side"}"#),
      same: causes),
    .apply(
      "a container without a name", web, Sample.deployment(containers: #",{"image":"s:1"}"#),
      same: causes),
    .apply(
      "another selector", web,
      Sample.deployment().replacing(#"{"app":"web"}"#, with: #"{"app":"other"}"#)),
    Exchange(
      what: "strategic merge patch", method: "PATCH", path: web + "?fieldManager=ed",
      body: #"{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"s:2"}]}}}}"#,
      type: "application/strategic-merge-patch+json", same: [["spec"]]),
    .apply(
      "conflict with the patch", web, Sample.deployment(), same: causes),
    Exchange(
      what: "the scale", method: "GET", path: web + "/scale", same: [["spec"]]),
  ]

  @Test(.enabled(if: RealServer.assets != nil, RealServer.why))
  func toEveryRequestOfAList() async throws {
    try await Simulation.run { simulation in
      try await RealServer.run { real in
        let namespace = "compared-\(UInt32.random(in: 0 ... .max))"
        let body =
          #"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"\#(namespace)"}}"#
        for api in [real, simulation.api] {
          #expect(try await api.send("POST", "/api/v1/namespaces", body).code == 201)
        }
        for exchange in Self.exchanges {
          let path = exchange.path.replacing("NS", with: namespace)
          let expected = try await real.send(
            exchange.method, path, exchange.body, type: exchange.type)
          let actual = try await simulation.api.send(
            exchange.method, path, exchange.body, type: exchange.type)
          compare(exchange, expected, actual)
        }
        _ = try await real.send("DELETE", "/api/v1/namespaces/\(namespace)")
      }
    }
  }

  private func compare(_ exchange: Exchange, _ real: HTTPAPI.Answer, _ simulated: HTTPAPI.Answer) {
    #expect(simulated.code == real.code, "\(exchange.what): \(real.text) | \(simulated.text)")
    // Answers that are not JSON only need the same status.
    guard let expected = try? real.json, let actual = try? simulated.json else {
      return #expect(simulated.contentType.prefix(10) == real.contentType.prefix(10))
    }
    for path in [["kind"], ["reason"]] + exchange.same {
      let wanted = Self.text(path.reduce(Optional(expected)) { $0?[$1] })
      let found = Self.text(path.reduce(Optional(actual)) { $0?[$1] })
      #expect(found == wanted, "\(exchange.what): \(path.joined(separator: "."))")
    }
  }

  /// Nulls are how some versions print a missing `creationTimestamp`.
  private static func text(_ node: Node?) -> String {
    func plain(_ node: Node) -> Node {
      switch node {
      case .scalar: node
      case .sequence(let items): .sequence(items.map(plain))
      case .mapping(let mapping):
        .mapping(
          Mapping(
            mapping.pairs.filter { !$0.value.isNull }.map {
              Mapping.Pair($0.key, plain($0.value))
            }))
      }
    }
    return node.map { String(decoding: JSON.serialize(plain($0), keys: .sorted), as: UTF8.self) }
      ?? "nothing"
  }
}
