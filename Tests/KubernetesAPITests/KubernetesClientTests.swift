import Foundation
import HTTPTransport
import KubernetesAPI
import Manifests
import Synchronization
import Testing

/// The client before a server that misbehaves: what is repeated, what is not, and what is said.
struct KubernetesClientTests {
  private let http: HTTPClient
  private let server: ScriptedServer
  private let client: KubernetesClient
  private let pauses: Pauses

  final class Pauses: Sendable {
    private let list = Mutex<[Duration]>([])
    var all: [Duration] { list.withLock { $0 } }
    func add(_ pause: Duration) { list.withLock { $0.append(pause) } }
  }

  init() async throws {
    http = try HTTPClient()
    server = try await ScriptedServer.start()
    pauses = Pauses()
    client = Self.client(of: server, http: http, pauses: pauses, timeout: .seconds(30))
  }

  private static func client(
    of server: ScriptedServer, http: HTTPClient, pauses: Pauses, timeout: Duration
  ) -> KubernetesClient {
    KubernetesClient(
      cluster: "c1", access: ClusterAccess(server: server.url, authorities: server.authority),
      http: http,
      retry: RetryPolicy(
        attempts: 3, attemptsWithoutAnswer: 2, base: .milliseconds(200), cap: .seconds(5),
        sleep: { pauses.add($0) }, random: { 0 }), timeout: timeout)
  }

  private static let core = #"""
    {"body": "{\"resources\":[{\"name\":\"configmaps\",\"kind\":\"ConfigMap\",\"namespaced\":true,\"verbs\":[\"get\",\"list\",\"watch\"]},{\"name\":\"configmaps/x\",\"kind\":\"Scale\",\"namespaced\":true},{\"name\":\"nodes\",\"kind\":\"Node\",\"namespaced\":false}]}"}
    """#

  private static func status(_ code: Int, _ body: String, headers: String = "{}") -> String {
    let quoted = String(
      decoding: JSON.serialize(.string(body)), as: UTF8.self)
    return #"{"status": \#(code), "headers": \#(headers), "body": \#(quoted)}"#
  }

  private let settings = Node.object([
    "apiVersion": .string("v1"), "kind": .string("ConfigMap"),
    "metadata": .object(["name": .string("a"), "namespace": .string("n")]),
  ])

  private let identity = ResourceIdentity(
    group: "", version: "v1", kind: "ConfigMap", namespace: "n", name: "a")

  private func requests() async throws -> [String] {
    try await server.log(with: http).map { "\($0["method"] ?? "") \($0["path"] ?? "")" }
  }

  @Test func anApplyIsAPatchWithOurFieldManager() async throws {
    try await server.script(Self.core, #"{"status": 201}"#, with: http)
    let applied = try await client.apply(settings)
    #expect(applied.isNew)
    #expect(
      try await requests() == [
        "GET /api/v1",
        "PATCH /api/v1/namespaces/n/configmaps/a?fieldManager=flotilla&force=false",
      ])
    let headers = try await server.log(with: http).last?["headers"] as? [String: String]
    #expect(headers?["content-type"] == "application/apply-patch+yaml")
  }

  @Test func aBusyServerGetsTheTimeItAsksFor() async throws {
    try await server.script(
      Self.core, Self.status(429, "{}", headers: #"{"Retry-After": "3"}"#), "{}", with: http)
    _ = try await client.apply(settings)
    #expect(pauses.all == [.seconds(3)])
  }

  @Test func faultsOfTheServerAreRetriedWithGrowingPausesUntilTheyAreReported() async throws {
    let fault = Self.status(503, #"{"kind":"Status","message":"no leader","code":503}"#)
    try await server.script(Self.core, fault, fault, fault, with: http)
    let error = await #expect(throws: KubernetesError.self) { try await client.apply(settings) }
    #expect(pauses.all == [.milliseconds(100), .milliseconds(200)])
    #expect(
      error?.description == "cluster c1: apply ConfigMap n/a: no leader (HTTP 503)")
    #expect(error?.isTransient == true)
  }

  @Test(arguments: [401, 403, 404, 409, 415, 422])
  func refusalsAreReportedAtOnce(code: Int) async throws {
    let body = #"{"kind":"Status","message":"no","reason":"R","code":\#(code)}"#
    try await server.script(Self.core, Self.status(code, body), with: http)
    let error = await #expect(throws: KubernetesError.self) { try await client.apply(settings) }
    #expect(error?.api?.code == code)
    #expect(error?.description == "cluster c1: apply ConfigMap n/a: no (HTTP \(code) R)")
    #expect(error?.isTransient == false)
    #expect(pauses.all.isEmpty)
  }

  @Test func anObjectThatDoesNotFitItsSchemaIsNotAFaultOfTheServer() async throws {
    let body =
      #"{"kind":"Status","code":500,"message":"failed to create typed patch object: .spec.x: field not declared in schema"}"#
    try await server.script(Self.core, Self.status(500, body), with: http)
    let error = await #expect(throws: KubernetesError.self) { try await client.apply(settings) }
    #expect(error?.isTransient == false)
    #expect(pauses.all.isEmpty)
  }

  /// The server quotes what it refuses.
  @Test(arguments: [422, 500])
  func aRefusedSecretIsNotQuoted(code: Int) async throws {
    let body =
      #"{"kind":"Status","code":\#(code),"message":"failed to create typed patch object: data: hunter2","details":{"causes":[{"field":"data","message":"Invalid value: hunter2"}]}}"#
    let core = Self.core.replacingOccurrences(of: "ConfigMap", with: "Secret")
    try await server.script(core, Self.status(code, body), with: http)
    var secret = settings
    secret["kind"] = .string("Secret")
    let error = await #expect(throws: KubernetesError.self) { try await client.apply(secret) }
    #expect(error?.description.contains("refuses the Secret at data") == true)
    #expect("\(String(describing: error?.reason))".contains("hunter2") == false)
    #expect(error?.isTransient == false)
  }

  @Test func aProxyThatAnswersInHTMLIsShownByItsFirstLine() async throws {
    try await server.script(Self.status(403, "<h1>Blocked</h1>\nmore"), with: http)
    let error = await #expect(throws: KubernetesError.self) { try await client.apply(settings) }
    #expect(error?.line == "<h1>Blocked</h1> (HTTP 403)")
  }

  @Test func anAnswerThatIsNoJSONIsMalformed() async throws {
    try await server.script(
      Self.core, #"{"body": "{"}"#, #"{"body": "{"}"#, #"{"body": "{"}"#, with: http)
    let error = await #expect(throws: KubernetesError.self) { try await client.apply(settings) }
    #expect(error?.line.contains("malformed JSON at byte 1") == true)
  }

  @Test func aServerThatHangsIsTriedOnAFreshConnectionAndThenUnreachable() async throws {
    let hang = #"{"hang": true}"#
    try await server.script(Self.core, hang, hang, with: http)
    let hasty = Self.client(of: server, http: http, pauses: pauses, timeout: .seconds(2))
    let error = await #expect(throws: KubernetesError.self) { try await hasty.apply(settings) }
    #expect(error?.isUnreachable == true)
    #expect(error?.description.contains("timed out while waiting for the answer") == true)
    #expect(pauses.all.count == 1)
  }

  @Test func anAnswerThatIsCutIsAskedForAgain() async throws {
    try await server.script(
      Self.core, #"{"close": "mid", "body": "{\"kind\":"}"#, #"{"status": 200}"#, with: http)
    #expect(try await client.apply(settings).isNew == false)
    #expect(pauses.all.count == 1)
  }

  @Test func aCreationThatMayHaveHappenedIsNotRepeated() async throws {
    try await server.script(Self.core, #"{"close": "mid", "body": "{"}"#, with: http)
    let error = await #expect(throws: KubernetesError.self) { try await client.create(settings) }
    #expect(error?.isUnreachable == true)
    #expect(try await requests().filter { $0.hasPrefix("POST") }.count == 1)
    #expect(pauses.all.isEmpty)
  }

  @Test func kindsAreAskedForOnce() async throws {
    try await server.script(Self.core, with: http)
    for _ in 0..<3 { _ = try await client.get(identity) }
    #expect(try await requests().filter { $0 == "GET /api/v1" }.count == 1)
  }

  @Test func aKindThatIsNotServedIsNamed() async throws {
    try await server.script(Self.status(404, "404 page not found"), with: http)
    let kind = GroupVersionKind(group: "policy", version: "v1", kind: "PodDisruptionBudget")
    let error = await #expect(throws: KubernetesError.self) {
      try await client.resource(for: kind)
    }
    #expect(
      error?.description
        == "cluster c1: kind PodDisruptionBudget (policy/v1) is not served by cluster c1")
  }

  /// Only a complete answer may say that a kind does not exist.
  @Test func aDiscoveryThatFailsIsNoMissingKind() async throws {
    let fault = Self.status(503, "{}")
    try await server.script(fault, fault, fault, with: http)
    let error = await #expect(throws: KubernetesError.self) {
      try await client.resource(for: GroupKind(group: "apps", kind: "Deployment"))
    }
    #expect(error?.api?.code == 503)
  }

  private static func page(_ names: [String], next: String = "") -> String {
    let items = names.map { #"{"metadata":{"name":"\#($0)"}}"# }.joined(separator: ",")
    return status(
      200,
      #"{"kind":"ConfigMapList","metadata":{"resourceVersion":"7","continue":"\#(next)"},"items":[\#(items)]}"#
    )
  }

  private func configMaps() async throws -> ServedResource {
    try await client.resource(for: GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"))
  }

  private func names(_ list: ObjectList) -> [String] {
    list.items.compactMap { $0.value(at: "metadata", "name")?.string }
  }

  @Test func aListIsReadToItsLastPage() async throws {
    try await server.script(
      Self.core, Self.page(["a", "b"], next: "more/1"), Self.page(["c"]), with: http)
    let list = try await client.list(configMaps(), selector: "x=y")
    #expect(names(list) == ["a", "b", "c"])
    #expect(list.resourceVersion == "7")
    #expect(
      try await requests().last
        == "GET /api/v1/configmaps?limit=500&labelSelector=x%3Dy&continue=more%2F1")
  }

  @Test func aListWhosePagesExpireBeginsAnew() async throws {
    try await server.script(
      Self.core, Self.page(["old"], next: "t"), Self.status(410, #"{"kind":"Status","code":410}"#),
      Self.page(["a"], next: "u"), Self.page(["b"]), with: http)
    #expect(names(try await client.list(configMaps())) == ["a", "b"])
  }

  @Test func aListThatFailsOnItsSecondPageIsNoList() async throws {
    try await server.script(
      Self.core, Self.page(["a"], next: "t"), Self.status(403, "{}"), with: http)
    await #expect(throws: KubernetesError.self) { try await client.list(configMaps()) }
  }

  @Test func anAnswerWithoutItemsIsNoEmptyList() async throws {
    try await server.script(Self.core, "{}", with: http)
    let error = await #expect(throws: KubernetesError.self) {
      try await client.list(configMaps())
    }
    #expect(error?.line.contains("a list without items") == true)
  }

  @Test func aWatchBringsEventsAcrossChunks() async throws {
    let events =
      [
        #"{"type":"ADDED","object":{"metadata":{"name":"a"}}}"#,
        #"{"type":"MODIFIED","object":{"metadata":{"name":"b"}}}"#,
        #"{"type":"DELETED","object":{"metadata":{"name":"c"}}}"#,
        #"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}"#,
      ].joined(separator: "\n") + "\n"
    let half = events.index(events.startIndex, offsetBy: 70)
    let chunks = [String(events[..<half]), String(events[half...])].map { Node.string($0) }
    let text = String(decoding: JSON.serialize(.sequence(chunks)), as: UTF8.self)
    try await server.script(Self.core, #"{"chunks": \#(text)}"#, with: http)
    var seen: [String] = []
    for try await event in try await client.watch(configMaps(), from: "5") {
      switch event {
      case .added(let object): seen.append("+" + (object["metadata"]?["name"]?.string ?? ""))
      case .modified(let object): seen.append("~" + (object["metadata"]?["name"]?.string ?? ""))
      case .deleted(let object): seen.append("-" + (object["metadata"]?["name"]?.string ?? ""))
      case .bookmark(let version): seen.append("@" + version)
      }
    }
    #expect(seen == ["+a", "~b", "-c", "@9"])
  }

  /// The watch would stay silent: what came on its connection is not to be waited for.
  @Test func aRequestThatWaitsInVainEndsTheWatchesOfItsConnection() async throws {
    let event = Node.string(#"{"type":"BOOKMARK","object":{}}"# + "\n")
    let chunks = String(decoding: JSON.serialize(.sequence([event])), as: UTF8.self)
    let hang = #"{"hang": true}"#
    try await server.script(
      Self.core, #"{"chunks": \#(chunks), "pause": 60}"#, hang, hang, with: http)
    let hasty = Self.client(of: server, http: http, pauses: pauses, timeout: .seconds(2))
    let resource = try await configMaps()
    var events = try await hasty.watch(resource, from: "5").makeAsyncIterator()
    _ = try await events.next()
    await #expect(throws: KubernetesError.self) { try await hasty.version() }
    let error = await #expect(throws: KubernetesError.self) { _ = try await events.next() }
    #expect(error?.isUnreachable == true)
  }

  @Test func aWatchFromForgottenHistoryEndsIn410() async throws {
    let event =
      #"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old resource version\"}}\n"#
    try await server.script(Self.core, #"{"chunks": ["\#(event)"]}"#, with: http)
    let error = await #expect(throws: KubernetesError.self) {
      for try await _ in try await client.watch(configMaps(), from: "1") {}
    }
    #expect(error?.api?.code == 410)
  }

  @Test func aWatchThatIsRefusedSaysWhy() async throws {
    let body = #"{"kind":"Status","code":403,"reason":"Forbidden","message":"no watching"}"#
    try await server.script(Self.core, Self.status(403, body), with: http)
    let error = await #expect(throws: KubernetesError.self) {
      _ = try await client.watch(configMaps(), from: "1")
    }
    #expect(error?.line == "no watching (HTTP 403 Forbidden)")
  }

  @Test func aDeletionNamesTheVeryObject() async throws {
    try await server.script(Self.core, Self.status(200, #"{"kind":"Status"}"#), with: http)
    let deletion = try await client.delete(identity, preconditions: .init(uid: "u-1"))
    #expect(deletion == .gone)
    let body = try await server.log(with: http).last?["body"] as? String ?? ""
    let options = try JSON.parse(body)
    #expect(options.value(at: "preconditions", "uid")?.string == "u-1")
    #expect(options["propagationPolicy"]?.string == "Background")
  }
}
