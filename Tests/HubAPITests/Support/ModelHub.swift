import FleetModel
import Foundation
import Hub
import Manifests
import Rendering
import RolloutEngine
import SourceTree
import Synchronization

/// A hub in memory: the real engine, a clock and clusters that tests move by hand.
actor ModelHub: HubOperations {
  private var engine = Engine()
  private(set) var log: [RecordedEvent] = []
  private var listeners: [Int: AsyncThrowingStream<RecordedEvent, any Error>.Continuation] = [:]
  private var nextListener = 0
  private let clock = ManualClock()
  /// By commit.
  private var renderers: [String: Renderer] = [:]
  var trouble: String?
  private var lines: [String: ClusterConnection] = [:]

  // MARK: HubOperations

  func read<Value: Sendable>(_ body: @Sendable (State) throws -> Value) async rethrows -> Value {
    try body(engine.state)
  }

  func execute(_ command: Command) async throws -> [RecordedEvent] {
    try handle(.command(command))
  }

  func events(after sequence: Int) async -> AsyncThrowingStream<RecordedEvent, any Error> {
    let (stream, continuation) = AsyncThrowingStream.makeStream(
      of: RecordedEvent.self, throwing: (any Error).self)
    for event in log where event.sequence > sequence { continuation.yield(event) }
    listeners[nextListener] = continuation
    nextListener += 1
    return stream
  }

  func log(of scope: RolloutLog.Scope) async throws -> [String] {
    log.map { String(decoding: $0.json, as: UTF8.self) }.filter(scope.admits)
  }

  func log(ofTypes types: Set<String>) async throws -> [RecordedEvent] {
    log.filter { types.contains($0.event.type) }
  }

  func status() async -> HubStatus {
    let json = """
      {"version": "\(HubVersion.current)", "epoch": 1, "startedAt": \(ModelHub.start.milliseconds),
       "repository": {"url": "https://git.example.org/fleet.git", "branch": "main",
         "head": "\(ModelHub.commit(1))", "state": "up to date", "isHealthy": true},
       "database": "/var/lib/flotilla/hub.sqlite", "sequence": \(engine.state.sequence),
       "openEffects": 0\(trouble.map { ", \"trouble\": \"\($0)\"" } ?? "")}
      """
    do {
      return try JSONDecoder().decode(HubStatus.self, from: Data(json.utf8))
    } catch {
      preconditionFailure("the status of the model is malformed: \(error)")
    }
  }

  func connections(to clusters: Set<String>?) async -> [String: ClusterConnection] {
    lines.filter { clusters?.contains($0.key) ?? true }
  }

  nonisolated func now() -> Instant { clock.now }

  nonisolated let agents: (any AgentAdministration)? = nil

  func difference(of targets: [PlannedTarget]) async -> FleetDifference {
    await FleetDifference.of(
      targets.map { target in
        let before: PlannedState.Side =
          switch target.base {
          case .nothing: .nothing
          case .state(let commit, let digest): side(commit, digest)
          case .unknown(let reason): .unknown(reason)
          }
        return PlannedState(
          app: target.app, cluster: target.cluster, before: before,
          after: side(target.commit, target.digest))
      })
  }

  private func side(_ commit: String, _ digest: Digest) -> PlannedState.Side {
    renderers[commit].map { .rendered([$0], digest) } ?? .unknown("\(commit) is no commit")
  }

  // MARK: What tests do

  /// 2026-05-01T09:00:00Z
  static let start = Instant(milliseconds: 1_777_626_000_000)

  /// A commit id whose digits tell its number.
  static func commit(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return digits + String(repeating: "a", count: 40 - digits.count)
  }

  func pass(_ span: TimeSpan) throws {
    clock.advance(span)
    try handle(.tick)
  }

  /// Waits until somebody follows the events.
  func waitForListener() async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while nextListener == 0 {
      guard ContinuousClock.now < deadline else { throw NobodyListens() }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  struct NobodyListens: Error {}

  func connect(_ cluster: String, _ connection: ClusterConnection) { lines[cluster] = connection }

  func setTrouble(_ trouble: String?) { self.trouble = trouble }

  /// Drops every event stream, as a hub that restarts or cannot wait for a slow reader does.
  func dropStreams() {
    for listener in listeners.values { listener.finish() }
    listeners = [:]
  }

  @discardableResult
  func handle(_ input: Input) throws -> [RecordedEvent] {
    let events = try engine.handle(input, at: clock.now)
    log += events
    for event in events { for listener in listeners.values { listener.yield(event) } }
    return events
  }

  /// Eight clusters: one in dev that follows the branch, seven in prod in the waves canary, eu, us.
  /// Promotions to prod need `approvals`, for which `access` gives roles.
  func configure(approvals: Approvals? = nil, access: [RoleBinding] = []) throws {
    func cluster(_ name: String, _ environment: String, _ region: String, _ tier: String) -> Cluster
    {
      Cluster(
        name: name, labels: ["environment": environment, "region": region, "tier": tier],
        server: "https://\(name).example.org", failureDomain: region)
    }
    let prod =
      [cluster("prod-eu-0", "prod", "eu", "canary")]
      + (1...3).map { cluster("prod-eu-\($0)", "prod", "eu", "main") }
      + (1...3).map { cluster("prod-us-\($0)", "prod", "us", "main") }
    func selector(_ text: String) throws -> LabelSelector { try LabelSelector(parsing: text) }
    let strategy = Strategy(waves: [
      WaveSpec(
        name: "canary", membership: .selector(try selector("tier=canary")), soak: .minutes(5)),
      WaveSpec(
        name: "eu", membership: .selector(try selector("region=eu")), maxConcurrent: .count(2),
        maxFailures: .count(1)),
      WaveSpec(name: "us"),
    ])
    try handle(
      .configuration(
        commit: ModelHub.commit(1),
        FleetConfiguration(
          fleet: Fleet(name: "shop"), clusters: prod + [cluster("dev-1", "dev", "eu", "main")],
          apps: [App(name: "web", path: "overlays/web", namespace: "web")],
          environments: [
            Environment(name: "dev", clusters: try selector("environment=dev")),
            Environment(
              name: "prod", clusters: try selector("environment=prod"), after: ["dev"],
              promotion: Promotion(approvals: approvals), strategy: strategy),
          ], access: access)))
    for name in engine.state.clusters.keys.sorted() {
      try handle(
        .inventory(InventoryReport(cluster: name, digests: [:], observedAt: clock.now)))
    }
  }

  /// A commit that changes the app everywhere.
  func release(_ number: Int, subject: String) throws {
    let commit = CommitSummary(
      commit: ModelHub.commit(number), author: "Anna <anna@example.org>", subject: subject,
      committedAt: clock.now)
    if number > 1, let configuration = engine.state.configuration {
      try handle(
        .configuration(
          commit: commit.commit,
          FleetConfiguration(
            fleet: configuration.fleet, clusters: engine.state.clusters.values.map(\.record),
            apps: configuration.apps, environments: configuration.environments)))
    }
    guard let configuration = engine.state.configuration else { return }
    let renderer = Renderer(
      tree: try ModelHub.files(of: number),
      configuration: FleetConfiguration(
        fleet: configuration.fleet, clusters: engine.state.clusters.values.map(\.record),
        apps: configuration.apps, environments: configuration.environments),
      commit: commit.commit)
    renderers[commit.commit] = renderer
    var digests: [String: Digest] = [:]
    for name in engine.state.clusters.keys {
      digests[name] = try renderer.render(app: "web", cluster: name).digest
    }
    try handle(
      .candidate(
        Candidate(
          app: "web", commit: commit, rendererVersion: "1", digests: digests, commits: [commit])))
  }

  /// A commit's overlays: the image changes with each, and prod-us-3 gets a ConfigMap with the second.
  private static func files(of number: Int) throws -> MemoryTree {
    let web = """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, namespace: web}
      spec:
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec: {containers: [{name: web, image: "registry.example.org/web:\(number)"}]}

      """
    let settings = "{apiVersion: v1, kind: ConfigMap, metadata: {name: us, namespace: web}}\n"
    return try MemoryTree([
      "overlays/web/base/kustomization.yaml": "resources: [web.yaml]\n",
      "overlays/web/base/web.yaml": web,
      "overlays/web/clusters/prod-us-3/kustomization.yaml":
        "resources: [../../base\(number > 1 ? ", settings.yaml" : "")]\n",
      "overlays/web/clusters/prod-us-3/settings.yaml": settings,
    ])
  }

  /// What clusters say about everything that is in flight there, the next of it included, until
  /// nothing is.
  func settle(only clusters: Set<String>? = nil, _ finding: Observation.Finding = .healthy) throws {
    var wasMoved = true
    while wasMoved {
      wasMoved = false
      for rollout in engine.state.rollouts.values.sorted(by: { $0.id.rawValue < $1.id.rawValue }) {
        for target in rollout.targets where target.phase.isInFlight {
          guard clusters?.contains(target.cluster) ?? true else { continue }
          try observe(rollout.id, target, finding)
          wasMoved = true
        }
      }
    }
  }

  private func observe(
    _ rollout: RolloutID, _ target: Target, _ finding: Observation.Finding
  ) throws {
    try handle(
      .observation(
        Observation(
          rollout: rollout, cluster: target.cluster, attempt: target.attempt,
          digest: target.digest, observedAt: clock.now, finding: finding)))
  }

  /// What somebody changed of what a cluster has.
  func drift(_ cluster: String, _ lines: [String]) throws {
    guard let digest = engine.state.clusters[cluster]?.deployed["web"]?.digest else { return }
    try handle(
      .drift(
        DriftReport(
          cluster: cluster, app: "web", digest: digest, lines: lines, observedAt: clock.now)))
  }

  /// Dev has the first release and a promotion to prod has just begun.
  static func promoting(
    approvals: Approvals? = nil, access: [RoleBinding] = []
  ) async throws -> ModelHub {
    let hub = ModelHub()
    try await hub.prepare(approvals, access)
    return hub
  }

  /// Prod has the first release everywhere; the second is stable in dev.
  static func withSecondRelease() async throws -> ModelHub {
    let hub = try await promoting()
    try await hub.settle()
    try await hub.pass(.minutes(6))
    try await hub.settle()
    try await hub.release(2, subject: "Another image")
    try await hub.settle()
    return hub
  }

  private func prepare(_ approvals: Approvals?, _ access: [RoleBinding]) throws {
    try configure(approvals: approvals, access: access)
    try release(1, subject: "Raise replicas of the checkout")
    try pass(.seconds(20))
    try settle()
    try pass(.minutes(3))
    try handle(
      .command(
        Command(
          .promote(change: String(ModelHub.commit(1).prefix(12)), environment: "prod"),
          actor: "anna", reason: "release 12")))
  }
}

/// Time that passes when a test says so.
final class ManualClock: Sendable {
  private let time = Mutex(ModelHub.start)
  var now: Instant { time.withLock { $0 } }
  func advance(_ span: TimeSpan) { time.withLock { $0 = $0 + span } }
}
