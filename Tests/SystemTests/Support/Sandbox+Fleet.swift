import Foundation

extension Sandbox {
  /// Makes the sample fleet quick: every environment promotes by itself, soaks are short.
  func hurry() throws {
    try replace("mode: manual", by: "mode: auto", in: "fleet/environments/prod.yaml")
    try shortenSoaks()
  }

  func shortenSoaks() throws {
    for folder in ["fleet/environments", "fleet/strategies"] {
      for name in try FileManager.default.contentsOfDirectory(
        atPath: repository + "/" + folder)
      {
        let path = folder + "/" + name
        let text = try file(path).replacingOccurrences(
          of: #"(?m)^( *)soak: .*$"#, with: "$1soak: 200ms", options: .regularExpression)
        try write(text, to: path)
      }
    }
  }

  /// Starts clusters and hub; `first` is everywhere, `second` in staging, and a person promotes it to
  /// prod.
  func startWithAReleaseForProd() async throws -> (first: String, second: String) {
    try hurry()
    try await startClusters(readyDelay: "100ms")
    let first = try commit("first")
    try await startHub()
    try await waitUntilEverywhere(first)
    try replace("mode: auto", by: "mode: manual", in: "fleet/environments/prod.yaml")
    try changeShop(1)
    let second = try commit("second")
    try await waitUntilStable(second, in: "staging")
    return (first, second)
  }

  /// A change of the web shop on every cluster.
  func changeShop(_ number: Int, tag: String? = nil) throws {
    let path = "overlays/webshop/base/kustomization.yaml"
    let text = try file(path).replacingOccurrences(
      of: #"newTag: .*"#, with: "newTag: \(tag ?? "2.0.\(number)")", options: .regularExpression)
    try write(text, to: path)
  }

  /// Waits until every app is stable on its newest release in every environment, the web shop on
  /// `commit`, and nothing is open.
  func waitUntilEverywhere(_ commit: String, within limit: Duration = .seconds(120)) async throws {
    let release = "webshop@" + commit.prefix(12)
    try await wait(for: "\(release) everywhere", within: limit) {
      let environments = try get("environments")
      let pins = environments.flatMap { $0["pins"] as? [[String: Any]] ?? [] }
      return pins.count == 6
        && pins.allSatisfy { pin in
          let stable = pin["stable"] as? String
          return pin["rollout"] == nil && stable != nil && stable == pin["release"] as? String
            && (pin["app"] as? String != "webshop" || stable == release)
        }
    }
  }

  struct AuditEntry {
    let verb: String
    let path: String
    let digest: String
    /// The hub's own record of what it delivered and the namespace that it makes for it, which no
    /// plan names.
    var isInventory: Bool {
      path.contains("/namespaces/flotilla-system")
        || (verb == "create" && path == "/api/v1/namespaces")
    }
  }

  /// Every object that the simulated cluster was sent and accepted.
  func audit(of cluster: String) throws -> [AuditEntry] {
    let state = folder + "/clusters"
    let token = try String(contentsOfFile: state + "/control.token", encoding: .utf8)
    let kubeconfig = try String(contentsOfFile: state + "/kubeconfig", encoding: .utf8)
    guard
      let server = kubeconfig.firstMatch(of: /server: "?(https:\/\/[^\/]+)\//).map({ $0.output.1 })
    else { throw SandboxError("the simulator's kubeconfig names no server") }
    let answer = try runProgram(
      "curl",
      [
        "-sf", "--cacert", state + "/ca.crt", "-H",
        "Authorization: Bearer \(token.trimmingCharacters(in: .whitespacesAndNewlines))",
        "\(server)/control/clusters/\(cluster)/audit",
      ])
    let json = try JSONSerialization.jsonObject(with: Data(answer.output.utf8))
    guard let records = (json as? [String: Any])?["records"] as? [[String: Any]] else {
      throw SandboxError("no audit log of \(cluster): \(answer.output.prefix(500))")
    }
    return records.compactMap { record in
      guard let path = record["path"] as? String, let digest = record["digest"] as? String,
        let verb = record["verb"] as? String, verb != "delete"
      else { return nil }
      return AuditEntry(verb: verb, path: path, digest: digest)
    }
  }

  /// Somebody who works on a cluster past Flotilla, with a tool that calls itself `manager`.
  @discardableResult
  func send(
    _ method: String, _ path: String, to cluster: String, body: String? = nil,
    manager: String = "kubectl-edit"
  ) throws -> String {
    let state = folder + "/clusters"
    let kubeconfig = try String(contentsOfFile: state + "/kubeconfig", encoding: .utf8)
    let lines = kubeconfig.split(separator: "\n").map {
      $0.trimmingCharacters(in: .whitespaces.union(["\""]))
    }
    guard let server = lines.first(where: { $0.hasSuffix("/clusters/\(cluster)") }),
      let user = lines.lastIndex(of: "- name: \(cluster)").map({ lines[..<$0] }),
      let place = user.lastIndex(of: "- name: \(cluster)"),
      let token = lines[place...].first(where: { $0.hasPrefix("token: ") })
    else { throw SandboxError("the simulator's kubeconfig does not name \(cluster)") }
    let answer = try runProgram(
      "curl",
      [
        "-sf", "-X", method, "--cacert", state + "/ca.crt", "-H",
        "Authorization: \(token.replacingOccurrences(of: "token: ", with: "Bearer "))",
        "-H", "Content-Type: application/merge-patch+json",
        server.replacingOccurrences(of: "server: ", with: "")
          .trimmingCharacters(in: ["\""]) + path + "?fieldManager=\(manager)",
      ] + (body.map { ["-d", $0] } ?? []))
    guard answer.status == 0 else {
      throw SandboxError("\(method) \(path) on \(cluster): \(answer.errors)\(answer.output)")
    }
    return answer.output
  }
}
