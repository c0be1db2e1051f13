import ClusterSimulator
import Foundation
import Manifests

/// A running simulator with one quick cluster, spoken to by curl.
final class Simulation: Sendable {
  static let apply = "application/apply-patch+yaml"
  static let merge = "application/merge-patch+json"

  let clusters: SimulatedClusters
  let directory: TemporaryDirectory
  let api: HTTPAPI

  /// Runs `body` against a new simulator, then stops it.
  static func run(_ names: [String] = ["dev-1"], _ body: (Simulation) async throws -> Void)
    async throws
  {
    try await run(with: \.clusters, names, body)
  }

  /// The same with one setting of the simulator changed.
  static func run<Value>(
    with setting: WritableKeyPath<SimulatorConfiguration, Value>, _ value: Value,
    _ body: (Simulation) async throws -> Void
  ) async throws {
    var configuration = SimulatorConfiguration(clusters: ["dev-1"])
    configuration.readyDelay = .milliseconds(50)
    configuration.progressDeadline = .milliseconds(100)
    configuration.definitionDelay = .milliseconds(30)
    configuration.namespaceDeletionDelay = .milliseconds(50)
    configuration[keyPath: setting] = value
    await Turnstile.simulations.enter()
    let result = await outcome(configuration, body)
    await Turnstile.simulations.leave()
    try result.get()
  }

  /// A second simulator inside a test that has one.
  static func runBeside(_ names: [String], _ body: (Simulation) async throws -> Void) async throws {
    try await outcome(SimulatorConfiguration(clusters: names), body).get()
  }

  private static func outcome(
    _ settings: SimulatorConfiguration, _ body: (Simulation) async throws -> Void
  ) async -> Result<Void, any Error> {
    do {
      var configuration = settings
      let directory = try TemporaryDirectory()
      configuration.stateDirectory = "\(directory.path)/state"
      let clusters = try await SimulatedClusters.start(configuration)
      let result: Result<Void, any Error>
      do {
        result = .success(try await body(try Simulation(clusters, directory)))
      } catch {
        result = .failure(error)
      }
      await clusters.stop()
      return result
    } catch {
      return .failure(error)
    }
  }

  private init(_ clusters: SimulatedClusters, _ directory: TemporaryDirectory) throws {
    self.clusters = clusters
    self.directory = directory
    let first = clusters.names[0]
    api = HTTPAPI(
      base: clusters.url(of: first), authority: "\(directory.path)/state/ca.crt",
      token: clusters[first]?.token)
  }

  var cluster: SimulatedCluster {
    get throws {
      guard let cluster = clusters[clusters.names[0]] else {
        throw NeverHappened(what: "a cluster")
      }
      return cluster
    }
  }

  func kubectl(_ arguments: String..., input: String = "") async throws -> Program.Outcome {
    try await Program.run(
      "kubectl", ["--kubeconfig", "\(directory.path)/state/kubeconfig"] + arguments,
      environment: ["HOME": directory.path], input: input)
  }
}

/// One API server, real or simulated, spoken to by curl over HTTPS.
struct HTTPAPI: Sendable {
  var base: String
  var authority: String
  var token: String?
  /// More arguments for curl.
  var options: [String] = []

  struct Answer {
    /// 0 when there was no whole answer.
    let code: Int
    let contentType: String
    let text: String
    /// curl's exit status.
    let exit: Int32

    var json: Node {
      get throws { try JSON.parse(text) }
    }
    var reason: String {
      get throws { try json["reason"]?.string ?? "" }
    }
    var message: String {
      get throws { try json["message"]?.string ?? "" }
    }
  }

  func send(
    _ method: String, _ path: String, _ body: String? = nil, type: String = "application/json",
    headers: [String] = []
  ) async throws -> Answer {
    var arguments = [
      "--silent", "--show-error", "--cacert", authority, "--max-time", "10", "-X", method,
      "-w", "\n%{http_code} %{content_type}", base + path,
    ]
    if let token { arguments += ["-H", "Authorization: Bearer \(token)"] }
    if body != nil { arguments += ["-H", "Content-Type: \(type)", "--data-binary", "@-"] }
    for header in headers { arguments += ["-H", header] }
    let outcome = try await Program.run("curl", arguments + options, input: body ?? "")
    let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
    let last = (lines.last ?? "").split(separator: " ", maxSplits: 1)
    return Answer(
      code: outcome.status == 0 ? Int(last.first ?? "") ?? 0 : 0,
      contentType: last.count > 1 ? String(last[1]) : "",
      text: lines.dropLast().joined(separator: "\n"), exit: outcome.status)
  }

  func get(_ path: String) async throws -> Answer { try await send("GET", path) }

  /// Server-side apply.
  func apply(_ path: String, _ body: String, manager: String = "flotilla", more: String = "")
    async throws -> Answer
  {
    try await send(
      "PATCH", "\(path)?fieldManager=\(manager)\(more)", body, type: Simulation.apply)
  }

  func mergePatch(_ path: String, _ body: String) async throws -> Answer {
    try await send("PATCH", "\(path)?fieldManager=editor", body, type: Simulation.merge)
  }
}

/// Objects as JSON.
enum Sample {
  static let configMaps = "/api/v1/namespaces/default/configmaps"
  static let deployments = "/apis/apps/v1/namespaces/default/deployments"

  static func configMap(_ name: String, _ data: String, metadata: String = "") -> String {
    #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"\#(name)"\#(metadata)},"data":\#(data)}"#
  }

  static func deployment(
    _ name: String = "web", image: String = "shop:1", replicas: Int = 2, containers: String = ""
  ) -> String {
    #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"\#(name)"},"spec":{"replicas":\#(replicas),"selector":{"matchLabels":{"app":"\#(name)"}},"template":{"metadata":{"labels":{"app":"\#(name)"}},"spec":{"containers":[{"name":"web","image":"\#(image)","ports":[{"containerPort":8080,"protocol":"TCP"}]}\#(containers)]}}}}"#
  }

  static let definition =
    #"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.x.example"},"spec":{"group":"x.example","scope":"Namespaced","names":{"plural":"widgets","singular":"widget","kind":"Widget","listKind":"WidgetList"},"versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{}},"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"size":{"type":"integer","minimum":1},"parts":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"items":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"count":{"type":"integer"}}}}}},"status":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}}}]}}"#
  static let definitionPath =
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.x.example"
  static let widget = "/apis/x.example/v1/namespaces/default/widgets/w"

  static func widget(_ spec: String) -> String {
    #"{"apiVersion":"x.example/v1","kind":"Widget","metadata":{"name":"w"},"spec":\#(spec)}"#
  }
}
