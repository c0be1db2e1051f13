import Dispatch
import FleetModel
import Foundation
import HTTPTransport
import KubernetesAPI
import Manifests
import Synchronization
import Testing

@testable import Delivery

/// Real API servers for the tests of this target: two of one group, started once and ended with
/// the test process. `FLOTILLA_TEST_CLUSTERS` names the directory of a running group instead.
struct RealClusters: Sendable {
  struct Server: Sendable {
    let name: String
    let kubeconfig: String
    let pid: Int32
    let port: Int
    /// With the server's keys and its `audit.log`.
    let directory: String
  }

  let servers: [Server]
  private let state: String
  let kubectl: String
  let http: HTTPClient

  static let assets = ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"]
  static let why: Comment = "KUBEBUILDER_ASSETS is not set; scripts/test-clusters build prints it"
  private static let shared = Task { try await start("delivery", "FLOTILLA_TEST_CLUSTERS") }
  private static let fragile = Task { try await start("outages", "FLOTILLA_OUTAGE_CLUSTERS") }

  static func running() async throws -> RealClusters { try await shared.value }

  /// Others of their own, for tests that stop or kill all of them.
  static func toBreak() async throws -> RealClusters { try await fragile.value }

  private static func start(_ name: String, _ variable: String) async throws -> RealClusters {
    let assets = try #require(assets)
    var state = ProcessInfo.processInfo.environment[variable] ?? ""
    if state.isEmpty {
      state =
        FileManager.default.temporaryDirectory
        .appendingPathComponent("flotilla-\(name)-\(ProcessInfo.processInfo.processIdentifier)")
        .path
      let isFirst = statesToRemove.withLock {
        $0.append(state)
        return $0.count == 1
      }
      if isFirst { atexit { RealClusters.stop() } }
      _ = try await run(
        "/usr/bin/env",
        [
          "python3", RealClusters.script, "up", "2", "--assets", assets, "--dir", state, "--lean",
          "--workloads", "--audit", "--owner", "\(ProcessInfo.processInfo.processIdentifier)",
        ])
    }
    let group = try group(in: state)
    let servers = try (group["clusters"]?.sequence ?? []).map { cluster in
      Server(
        name: try #require(cluster["name"]?.string),
        kubeconfig: try #require(cluster["kubeconfig"]?.string),
        pid: Int32(try #require(cluster["pid"]?.int)),
        port: try #require(cluster["port"]?.int),
        directory: try #require(cluster["directory"]?.string))
    }
    return RealClusters(
      servers: servers, state: state, kubectl: "\(assets)/kubectl", http: try HTTPClient())
  }

  private static func group(in state: String) throws -> Node {
    try JSON.parse(Array(try Data(contentsOf: URL(fileURLWithPath: "\(state)/clusters.json"))))
  }

  /// Sends a signal to those processes of the group whose names begin with `name`: `etcd`,
  /// `kube-apiserver`.
  func signal(_ name: String, _ signal: Int32) throws {
    let processes = try RealClusters.group(in: state)["processes"]?.sequence ?? []
    let chosen = processes.filter { $0["name"]?.string?.hasPrefix(name) == true }
    try #require(!chosen.isEmpty)
    for process in chosen { kill(Int32(try #require(process["pid"]?.int)), signal) }
  }

  /// Starts again what was killed, at the same addresses with the same data.
  func startAgain() async throws {
    _ = try await RealClusters.run(
      "/usr/bin/env", ["python3", RealClusters.script, "start", "--dir", state])
  }

  private static let statesToRemove = Mutex<[String]>([])
  private static let script = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("scripts/clusters/clusters.py").path

  /// At the end of the process: nothing stays behind. A process that is killed leaves its directory;
  /// the clusters end all the same.
  private static func stop() {
    for state in statesToRemove.withLock({ $0 }) {
      do {
        _ = try runToItsEnd("/usr/bin/env", ["python3", script, "down", "--dir", state])
        try FileManager.default.removeItem(atPath: state)
      } catch {
        print("clusters in \(state): \(error)")
      }
    }
  }

  /// Runs a program to its end, on a thread of its own, and returns what it printed.
  static func run(_ program: String, _ arguments: [String]) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(with: Result { try runToItsEnd(program, arguments) })
      }
    }
  }

  private static func runToItsEnd(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    // Threads of the pool block signals, and a child inherits that: it could not be stopped.
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try process.run()
    let text = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ProgramFailure(description: "\(program) \(arguments.joined(separator: " ")): \(text)")
    }
    return text
  }

  struct ProgramFailure: Error, CustomStringConvertible {
    let description: String
  }

  /// The user alice or bob, who may do what `rules` (of a ClusterRole, in YAML) of all tests that name
  /// them say, and nothing else.
  func user(
    _ name: String = "alice", in test: TestApp, may rules: [String]
  ) async throws -> TestCluster {
    let admin = try cluster()
    let role = """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata: {name: \(test.app)}
      rules: [\(rules.joined(separator: ", "))]
      """
    let binding = """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata: {name: \(test.app)}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: \(test.app)}
      subjects: [{kind: User, name: \(name), apiGroup: rbac.authorization.k8s.io}]
      """
    for text in [role, binding] {
      for node in try YAML.parse(text) { _ = try await admin.client.apply(node) }
    }
    return try cluster(context: name)
  }

  /// What the tests of one server and one user work with.
  func cluster(
    _ index: Int = 0, context: String = "admin", timeout: Duration = .seconds(20),
    address: String? = nil, proxy: String? = nil, retry: RetryPolicy? = nil
  ) throws -> TestCluster {
    let server = servers[index]
    let access = try ClusterAccess(
      of: .init(
        name: server.name, server: address, proxy: proxy,
        credentials: .kubeconfig(file: server.kubeconfig, context: context)),
      credentialsDirectory: "", environment: [:])
    let client = KubernetesClient(
      cluster: server.name, access: access, http: http,
      retry: retry ?? RetryPolicy(attempts: 3, base: .milliseconds(50), cap: .seconds(1)),
      rests: retry ?? .rests, timeout: timeout)
    return TestCluster(clusters: self, server: server, client: client)
  }
}

struct TestCluster: Sendable {
  let clusters: RealClusters
  let server: RealClusters.Server
  let client: KubernetesClient

  var delivery: ClusterDelivery { ClusterDelivery(client: client) }

  func kubectl(_ arguments: String...) async throws -> String {
    try await RealClusters.run(clusters.kubectl, ["--kubeconfig", server.kubeconfig] + arguments)
  }
}

/// Names that no other test uses.
struct TestApp: Sendable {
  let app: String
  let namespace: String

  init(_ word: String) {
    let unique = "\(UInt32.random(in: 0 ... .max))"
    app = "\(word)-\(unique)"
    namespace = "test-\(word)-\(unique)"
  }

  var setID: String { InventoryStore.setID(of: app) }

  func target(_ yaml: String...) throws -> TargetState {
    let namespaceObject = """
      apiVersion: v1
      kind: Namespace
      metadata: {name: \(namespace)}
      """
    let nodes = try ([namespaceObject] + yaml).flatMap { text in
      try YAML.parse(text.replacingOccurrences(of: "NAMESPACE", with: namespace))
    }
    return TargetState(try nodes.map { try #require(ManifestObject($0)) })
  }

  static func configMap(
    _ name: String, value: String = "1", annotations: String = ""
  ) -> String {
    let annotated = annotations.isEmpty ? "" : ", annotations: {\(annotations)}"
    return """
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: \(name), namespace: NAMESPACE\(annotated)}
      data: {key: "\(value)"}
      """
  }

  static func deployment(_ name: String, replicas: Int = 2, state: String? = nil) -> String {
    """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: \(name), namespace: NAMESPACE}
    spec:
      replicas: \(replicas)
      progressDeadlineSeconds: 3
      selector: {matchLabels: {app: \(name)}}
      template:
        metadata:
          labels: {app: \(name)}
          annotations: {fake-kubelet/state: "\(state ?? "")"}
        spec:
          terminationGracePeriodSeconds: 0
          containers: [{name: main, image: "example.test/\(name):1"}]
    """
  }
}

extension DeliveryMark {
  static func test(attempt: Int = 1, epoch: Int = 1) -> DeliveryMark {
    DeliveryMark(rollout: "r1", attempt: attempt, epoch: epoch)
  }
}

extension AsyncStream<HealthReport> {
  /// The first report that meets `condition`; an issue after a minute without one.
  func report(
    _ what: Comment,
    where condition: @escaping @Sendable (HealthReport) -> Bool
  ) async throws -> HealthReport {
    try await withThrowingTaskGroup(of: HealthReport?.self) { group in
      group.addTask {
        for await report in self where condition(report) { return report }
        return nil
      }
      group.addTask {
        try await Task.sleep(for: .seconds(60))
        return nil
      }
      defer { group.cancelAll() }
      let first = try await group.next() ?? nil
      return try #require(first, what)
    }
  }
}
