import Foundation
import RolloutEngine
import Testing

private let cluster = "staging-eu-1"

extension Sandbox {
  /// Lets an agent deliver to `cluster`.
  fileprivate func usePullMode(for cluster: String, in path: String) throws {
    let credentials = """
      spec:
        credentials:
          kubeconfig:
            file: clusters.kubeconfig
            context: \(cluster)
      """
    try replace(credentials, by: "spec:\n  delivery: agent", in: path)
  }

  fileprivate func startHubForAgents(port: Int = 0) async throws -> Int {
    try await startHub(["--agent-listen", "127.0.0.1:\(port)"])
    try await hub?.waitForOutput("listening for agents")
    guard let output = hub?.output,
      let found = output.firstMatch(of: /listening for agents.*127\.0\.0\.1:(\d+)/),
      let port = Int(found.output.1)
    else { throw SandboxError("the hub did not say where it listens for agents") }
    return port
  }

  fileprivate func startAgent(
    _ name: String = "agent", hub port: Int, token: String? = nil
  ) throws -> ChildProcess {
    try ChildProcess(
      name, program: Sandbox.programs + "/flotilla",
      arguments: [
        "agent", "--hub", "https://127.0.0.1:\(port)", "--kubeconfig",
        folder + "/clusters/kubeconfig", "--context", cluster, "--state-dir", folder + "/" + name,
      ] + (token.map { ["--token-file", $0] } ?? []), outputPath: folder + "/\(name).log")
  }

  /// An agent that was invited, compared and accepted.
  fileprivate func joinedAgent(hub port: Int) async throws -> ChildProcess {
    // Until the hub has read the repository, it knows no such cluster.
    var invitation = try flotilla("cluster", "join", cluster, "--reason", "a new site")
    try await wait(for: "an invitation") {
      if invitation.status == 0 { return true }
      invitation = try flotilla("cluster", "join", cluster, "--reason", "a new site")
      return false
    }
    let token = folder + "/token"
    try Data(invitation.output.utf8).write(to: URL(fileURLWithPath: token))
    let agent = try startAgent(hub: port, token: token)
    try await agent.waitForOutput("waiting to be accepted")
    let asking = try flotilla("cluster", "accept", cluster)
    #expect(asking.status == 2, "\(asking.errors)")
    guard let key = asking.output.firstMatch(of: /SHA256:[A-Za-z0-9+\/]{43}/)?.output else {
      throw SandboxError("nobody asks: \(asking.output)")
    }
    #expect(agent.output.contains(key), "the agent says the same key")
    #expect(try audit(of: cluster).isEmpty, "nothing is delivered before")
    let accepted = try flotilla(
      "cluster", "accept", cluster, "--key", String(key), "--reason", "compared")
    #expect(accepted.status == 0, "\(accepted.errors)")
    try await agent.waitForOutput("connected")
    return agent
  }
}

/// One cluster of the sample fleet is pulled for, the others are pushed to. Nothing about a rollout
/// shows which is which.
@Test(.timeLimit(.minutes(10)))
func aClusterThatNobodyCanDialTakesPartInRolloutsLikeAnyOther() async throws {
  let sandbox = try Sandbox()
  defer { sandbox.close() }
  try sandbox.hurry()
  try sandbox.usePullMode(for: cluster, in: "fleet/clusters/staging.yaml")
  try await sandbox.startClusters(readyDelay: "300ms")
  let first = try sandbox.commit("first")
  var port = try await sandbox.startHubForAgents()
  var agent = try await sandbox.joinedAgent(hub: port)
  defer { agent.kill() }
  try await sandbox.waitUntilEverywhere(first)
  #expect(try sandbox.audit(of: cluster).contains { $0.path.contains("/namespaces/webshop/") })

  // The token was used up.
  let second = try sandbox.startAgent("second", hub: port, token: sandbox.folder + "/token")
  defer { second.kill() }
  try await sandbox.wait(for: "the end of the second agent") { !second.isRunning }
  #expect(second.exitStatus == 1)
  #expect(second.output.contains("used before"))

  // Drift, and its correction.
  let deployment = "/apis/apps/v1/namespaces/webshop/deployments/checkout"
  try sandbox.send("PATCH", deployment, to: cluster, body: #"{"spec": {"replicas": 5}}"#)
  try await sandbox.wait(for: "the drift") {
    try sandbox.get("drift").contains { $0["cluster"] as? String == cluster }
  }
  let correction = try sandbox.flotilla(
    "drift", "correct", cluster, "--app", "webshop", "--reason", "by mistake")
  #expect(correction.status == 0, "\(correction.errors)")
  try await sandbox.wait(for: "the correction") {
    try !sandbox.get("drift").contains { $0["cluster"] as? String == cluster }
  }

  // Killed in the middle of a rollout, at once and again after a while; the hub as well.
  for round in 1...2 {
    let before = try sandbox.audit(of: cluster).count
    try sandbox.changeShop(round)
    let commit = try sandbox.commit("change \(round)")
    try await sandbox.wait(for: "the agent's turn") {
      try sandbox.audit(of: cluster).count > before
    }
    agent.kill()
    if round == 2 {
      sandbox.killHub()
      port = try await sandbox.startHubForAgents(port: port)
    }
    agent = try sandbox.startAgent(hub: port)
    try await sandbox.waitUntilEverywhere(commit)
  }

  // Revoked: it is cut off, and what comes next does not reach the cluster.
  let revocation = try sandbox.flotilla("cluster", "revoke", cluster, "--reason", "stolen")
  #expect(revocation.status == 0, "\(revocation.errors)")
  try await sandbox.wait(for: "the end of the agent") { !agent.isRunning }
  #expect(agent.exitStatus == 1)
  #expect(agent.output.contains("revoked"))
  let last = try sandbox.audit(of: cluster).count
  try sandbox.changeShop(9)
  _ = try sandbox.commit("after the revocation")
  try await sandbox.wait(for: "the hub's word that nobody is there") {
    try sandbox.flotilla("explain").output.contains(
      "no agent of it is connected to the hub")
  }
  #expect(try sandbox.audit(of: cluster).count == last)
  try await sandbox.stopHub()
  let final = try FinalState(databasePath: sandbox.folder + "/hub.sqlite")
  #expect(final.rows == final.foldedRows)
  #expect(
    final.events.map(\.event.type).filter { $0.hasPrefix("agent") }
      == ["agentInvited", "agentAccepted", "agentRevoked"])

  // What is secret is in no log and no database.
  let token = try String(contentsOfFile: sandbox.folder + "/token", encoding: .utf8)
  let secret = try #require(token.split(separator: ".").dropFirst(2).first)
  for name in try FileManager.default.contentsOfDirectory(atPath: sandbox.folder)
  where name.hasSuffix(".log") || name.hasPrefix("hub.sqlite") {
    let bytes = FileManager.default.contents(atPath: sandbox.folder + "/" + name) ?? Data()
    #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name)")
    #expect(bytes.range(of: Data("PRIVATE KEY".utf8)) == nil, "\(name)")
  }
  #expect(
    try FileManager.default.contentsOfDirectory(atPath: sandbox.folder + "/agent")
      == ["identity.json"])
}
