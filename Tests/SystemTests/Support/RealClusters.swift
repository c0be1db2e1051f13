import Foundation

/// Real API servers that `scripts/test-clusters` started for a test, one for each name.
final class RealClusters {
  let names: [String]
  private let folder: String
  private static let script = Sandbox.checkout + "/scripts/test-clusters"

  static var areAvailable: Bool {
    ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"] != nil
  }

  /// What `clusters.json` says of one server.
  private struct Server: Decodable {
    let server: String
    let kubeconfig: String
    let directory: String
    let token: String
    let pid: Int32
  }

  init(_ names: [String], folder: String) throws {
    self.names = names
    self.folder = folder
    try control(
      "up", "\(names.count)", "--workloads", "--owner",
      "\(ProcessInfo.processInfo.processIdentifier)")
  }

  private func control(_ command: String...) throws {
    let result = try runProgram(RealClusters.script, command + ["--dir", folder])
    guard result.status == 0 else {
      throw SandboxError(
        "scripts/test-clusters \(command.joined(separator: " ")): \(result.errors)")
    }
  }

  func stop() {
    // Also ended with this process, which owns them.
    try? control("down")
  }

  /// The API server of `cluster` dies at once.
  func kill(_ cluster: String) throws {
    Foundation.kill(try server(of: cluster).pid, SIGKILL)
  }

  /// What was killed is there again, at the same address with the same data.
  func startAgain() throws { try control("start") }

  private func server(of cluster: String) throws -> Server {
    struct Group: Decodable { let clusters: [Server] }
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/clusters.json"))
    let servers = try JSONDecoder().decode(Group.self, from: data).clusters
    guard let index = names.firstIndex(of: cluster), servers.indices.contains(index) else {
      throw SandboxError("no real cluster \(cluster)")
    }
    return servers[index]
  }

  /// A kubeconfig with a context for each cluster, named like it.
  func kubeconfig() throws -> Data {
    let servers = try names.map { ($0, try server(of: $0)) }
    let kubeconfig: [String: Any] = [
      "apiVersion": "v1", "kind": "Config",
      "clusters": servers.map { name, server in
        [
          "name": name,
          "cluster": [
            "server": server.server, "certificate-authority": server.directory + "/ca.crt",
          ],
        ]
      },
      "users": servers.map { name, server in ["name": name, "user": ["token": server.token]] },
      "contexts": names.map { ["name": $0, "context": ["cluster": $0, "user": $0]] },
    ]
    return try JSONSerialization.data(withJSONObject: kubeconfig)
  }

  @discardableResult
  func kubectl(_ cluster: String, _ arguments: String...) throws -> String {
    let assets = ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"] ?? ""
    let result = try runProgram(
      assets + "/kubectl",
      ["--kubeconfig", try server(of: cluster).kubeconfig] + arguments)
    guard result.status == 0 else {
      throw SandboxError("kubectl \(arguments.joined(separator: " ")): \(result.errors)")
    }
    return result.output
  }

  /// `kind/name` of the objects of `kinds` in a namespace.
  func names(_ kinds: String, in cluster: String, namespace: String) throws -> [String] {
    try kubectl(cluster, "get", kinds, "-n", namespace, "-o", "name")
      .split(separator: "\n").map(String.init)
  }

  /// The digest that the cluster says it holds of an app; `nil` while it is not applied completely.
  func deliveredDigest(of app: String, in cluster: String) throws -> String? {
    let said = try kubectl(
      cluster, "get", "configmap", "flotilla-\(app)", "-n", "flotilla-system", "-o",
      #"jsonpath={.metadata.annotations.flotilla\.dev/phase} {.metadata.annotations.flotilla\.dev/target-digest}"#
    ).split(separator: " ").map(String.init)
    return said.first == "applied" ? said.last : nil
  }
}

extension Sandbox {
  /// The sample fleet, but of its clusters only those that are real.
  func useRealClusters(_ clusters: RealClusters) throws {
    let directory = repository + "/fleet/clusters"
    for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
      let path = "fleet/clusters/" + name
      let documents = try file(path).components(separatedBy: "\n---\n").filter { document in
        clusters.names.contains { document.contains("\n  name: \($0)\n") }
      }
      try write(documents.joined(separator: "\n---\n"), to: path)
    }
    try clusters.kubeconfig().write(
      to: URL(fileURLWithPath: folder + "/credentials/clusters.kubeconfig"))
  }

  /// Waits until both apps have nothing open in `environment` and the shop is stable on `commit`.
  func waitUntilStable(
    _ commit: String, in environment: String, within limit: Duration = .seconds(180)
  ) async throws {
    let release = "webshop@" + commit.prefix(12)
    try await wait(for: "\(release) in \(environment)", within: limit) {
      let pins =
        try get("environments").first { $0["name"] as? String == environment }?["pins"]
        as? [[String: Any]] ?? []
      return pins.count == 2
        && pins.allSatisfy { pin in
          pin["rollout"] == nil && pin["stable"] != nil
            && (pin["app"] as? String != "webshop" || pin["stable"] as? String == release)
        }
    }
  }

  /// The lines of what has drifted on a cluster.
  func drift(on cluster: String) throws -> [String] {
    try get("drift").filter { $0["cluster"] as? String == cluster }
      .flatMap { $0["lines"] as? [String] ?? [] }
  }
}
