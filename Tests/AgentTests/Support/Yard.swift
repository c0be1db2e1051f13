import Agent
import Certificates
import ClusterSimulator
import Delivery
import FleetModel
import Foundation
import HTTPTransport
import HubAPI
import HubStore
import Logging
import Manifests
import RolloutEngine
import Synchronization
import Testing

@testable import Hub

/// A hub that lets agents in, behind its real listener, and one simulated cluster; all in this
/// process, all over real TLS.
final class Yard: Sendable {
  static let cluster = "edge-1"
  let folder: String
  let database: HubDatabase
  let writer: Writer
  let gate: AgentGate
  let clusters: SimulatedClusters
  let hub: String
  private let listener: Task<Void, any Error>

  static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// Runs `body` with a hub and a cluster, and ends both.
  static func with(
    lifetime: Duration = .seconds(3600), signsOfLife: Duration = .seconds(5),
    _ body: (Yard) async throws -> Void
  ) async throws {
    let yard = try await Yard(lifetime, signsOfLife)
    do { try await body(yard) } catch {
      await yard.close()
      throw error
    }
    await yard.close()
  }

  private init(_ lifetime: Duration, _ signsOfLife: Duration) async throws {
    folder =
      FileManager.default.temporaryDirectory.appendingPathComponent("agents-\(UUID().uuidString)")
      .path
    let time = Yard.clock()
    database = try HubDatabase(path: folder + "/hub/hub.sqlite")
    writer = try Writer(
      database: database, clock: { time }, logger: Yard.quiet, onCommit: {})
    var simulated = SimulatorConfiguration(clusters: [Yard.cluster])
    simulated.readyDelay = .milliseconds(50)
    simulated.stateDirectory = folder + "/clusters"
    clusters = try await SimulatedClusters.start(simulated)
    let offset = Offset()
    gate = try AgentGate(
      HubConfiguration.Agents(
        names: ["127.0.0.1"], certificateLifetime: lifetime, signsOfLife: signsOfLife),
      database: database, writer: writer, clock: { Yard.clock() + offset.span },
      logger: Yard.quiet)
    self.offset = offset
    let (ports, found) = AsyncStream.makeStream(of: Int.self)
    let listening = AgentListener(gate: gate, host: "127.0.0.1", port: 0, logger: Yard.quiet) {
      found.yield($0)
      found.finish()
    }
    listener = Task {
      defer { found.finish() }
      try await listening.run()
    }
    var port = 0
    for await found in ports { port = found }
    hub = "https://127.0.0.1:\(port)"
    _ = try await writer.submit(
      .configuration(
        commit: "f0",
        FleetConfiguration(
          clusters: [Cluster(name: Yard.cluster, delivery: .agent)],
          apps: [App(name: "web", path: "overlays/web")], environments: [])))
  }

  private let offset: Offset

  /// Time of the hub, as it goes on.
  private static func clock() -> Instant {
    Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
  }

  private final class Offset: Sendable {
    private let value = Mutex(TimeSpan.seconds(0))
    var span: TimeSpan {
      get { value.withLock { $0 } }
      set { value.withLock { $0 = newValue } }
    }
  }

  /// The hub's clock jumps ahead.
  func pass(_ span: TimeSpan) { offset.span = span }

  var simulated: SimulatedCluster {
    get throws { try #require(clusters[Yard.cluster]) }
  }

  private func close() async {
    listener.cancel()
    _ = await listener.result
    await clusters.stop()
    // A folder that stays behind, or a database that does, is no failure of the test.
    try? database.close()
    try? FileManager.default.removeItem(atPath: folder)
  }

  // MARK: - What people do

  func invite() async throws -> String {
    try await gate.issueToken(for: Yard.cluster, until: Yard.clock() + .minutes(30))
  }

  func accept() async throws {
    let request = try #require(try await gate.request(for: Yard.cluster))
    _ = try await writer.submit(
      .command(
        Command(
          .acceptAgent(AgentIdentity(id: request.id, key: request.key), cluster: Yard.cluster),
          actor: "anna", reason: "seen")))
  }

  func revoke() async throws {
    _ = try await writer.submit(
      .command(Command(.revokeAgent(cluster: Yard.cluster), actor: "anna", reason: "stolen")))
    try await gate.shutOut(Yard.cluster)
  }

  // MARK: - Agents

  func state(_ name: String) -> String { folder + "/" + name }

  /// Starts an agent that keeps its identity in the folder `name`.
  func agent(_ name: String = "agent", token: String? = nil) throws -> Task<Void, any Error> {
    var file: String?
    if let token {
      let path = state(name) + ".token"
      try Data(token.utf8).write(to: URL(fileURLWithPath: path))
      file = path
    }
    let agent = try Agent(
      AgentConfiguration(
        hub: hub, tokenFile: file,
        cluster: .kubeconfig(
          path: try #require(clusters.kubeconfigPath), context: Yard.cluster),
        stateDirectory: state(name), version: HubVersion.current), logger: Yard.quiet)
    return Task { try await agent.run() }
  }

  /// An agent that has joined and is connected.
  func joinedAgent(_ name: String = "agent") async throws -> Task<Void, any Error> {
    let agent = try agent(name, token: try await invite())
    try await eventually("somebody asks") { try await self.gate.request(for: Yard.cluster) != nil }
    try await accept()
    try await eventually("the agent is connected") { await self.session != nil }
    return agent
  }

  var session: AgentSession? { get async { await gate.sessions.session(of: Yard.cluster) } }

  var channel: AgentChannel { AgentChannel(cluster: Yard.cluster, sessions: gate.sessions) }

  /// What the agent of that folder shows the hub.
  func connection(_ name: String = "agent") throws -> ConnectionSettings {
    struct Stored: Decodable { let authority, key, certificate: String }
    let stored = try JSONDecoder().decode(
      Stored.self, from: Data(contentsOf: URL(fileURLWithPath: state(name) + "/identity.json")))
    return ConnectionSettings(
      trust: .authorities(pem: Array(stored.authority.utf8)),
      clientIdentity: .init(
        certificate: Array(stored.certificate.utf8), key: Secret(stored.key)), proxy: .none)
  }
}

struct NeverHappened: Error { let what: String }

/// Waits for a condition.
func eventually(
  _ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while ContinuousClock.now < deadline {
    if try await condition() { return }
    try await Task.sleep(for: .milliseconds(20))
  }
  throw NeverHappened(what: what)
}

/// Ends an agent as SIGTERM does, less the signal.
func stop(_ agent: Task<Void, any Error>) async {
  agent.cancel()
  _ = await agent.result
}

/// A namespace and ConfigMaps in it.
func target(_ values: [String: String]) throws -> TargetState {
  let namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: web}}"
  let maps = values.sorted { $0.key < $1.key }.map { name, value in
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: \(name), namespace: web}, "
      + "data: {key: \"\(value)\"}}"
  }
  let nodes = try ([namespace] + maps).flatMap { try YAML.parse(Array($0.utf8)) }
  return TargetState(try nodes.map { try #require(ManifestObject($0)) })
}

func mark(_ attempt: Int) -> DeliveryMark {
  DeliveryMark(rollout: "web-edge-1", attempt: attempt, epoch: 1)
}
