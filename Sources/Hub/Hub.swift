public import FleetModel
internal import Foundation
internal import GateChecks
internal import GitSource
internal import HTTPTransport
internal import HubStore
internal import Kustomize
public import Logging
public import Rendering
public import RolloutEngine
public import ServiceLifecycle

/// The hub process: follows the repository, decides with the engine, delivers to clusters, and
/// remembers everything in its database. As a `Service` it runs until its group shuts down
/// gracefully; then applies under way are finished, or done again
/// after the next start.
public final class Hub: Service, HubOperations {
  private let configuration: HubConfiguration
  private let database: HubDatabase
  private let epoch: Int
  private let startedAt: Instant
  private let clock: @Sendable () -> Instant
  private let writer: Writer
  private let events: EventReader
  private let mirror: GitMirror
  private let poller: GitPoller
  private let follower: RepositoryFollower
  private let connections: ClusterConnections
  private let deliveries: DeliveryCoordinator
  private let timers: Timers
  private let startup = StartupObservation()
  private let returning: ReturningClusters
  private let standing: StandingWatches
  private let expiring: ExpiringCertificates
  private let plannedChanges: PlannedChanges
  private let source = RepositoryView()
  private let commits: AsyncStream<Void>
  private let http: HTTPClient
  private let gates: GateInquirer
  /// For the listener that agents dial; `nil` where the configuration names none.
  public let agentGate: AgentGate?
  private let logger: Logger

  /// Opens database and mirror and loads the state. Throws `StoreError` or `GitError` when that is
  /// not possible; nothing runs yet.
  public init(_ configuration: HubConfiguration, logger: Logger) throws {
    self.configuration = configuration
    self.logger = logger
    let clock: @Sendable () -> Instant = {
      Instant(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }
    self.clock = clock
    startedAt = clock()
    database = try HubDatabase(path: configuration.databasePath)
    epoch = try database.nextEpoch()
    // One signal stands for any number of transactions: whoever wakes takes all there is.
    let (commits, signal) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    self.commits = commits
    writer = try Writer(database: database, clock: clock, logger: logger) { signal.yield() }
    events = EventReader(database: database)
    mirror = try GitMirror(remote: configuration.remote, path: configuration.mirrorPath)
    poller = GitPoller(
      mirror: mirror, branch: configuration.branch,
      schedule: PollSchedule(interval: configuration.pollInterval))
    // Every cluster is a connection or more; the usual limit is 1,024.
    DescriptorLimit.raise()
    http = try HTTPClient()
    let memory = RenderMemory()
    let cache = RenderCache(memory: memory, database: database, clock: clock, logger: logger)
    cache.restore()
    let services = BuildServices.programs(
      credentialsDirectory: configuration.credentialsDirectory)
    let targetStates = TargetStates(
      mirror: mirror, memory: memory, services: services,
      limit: configuration.limits.cachedTargetStates)
    plannedChanges = PlannedChanges(
      targetStates: TargetStates(mirror: mirror, memory: memory, services: services, limit: 0))
    follower = RepositoryFollower(
      mirror: mirror, writer: writer, targetStates: targetStates, memory: memory,
      services: services, cache: cache,
      logger: logger)
    agentGate = try configuration.agents.map { [database, writer] agents in
      try AgentGate(agents, database: database, writer: writer, clock: clock, logger: logger)
    }
    connections = ClusterConnections(
      writer: writer, http: http, credentialsDirectory: configuration.credentialsDirectory,
      exportDirectory: configuration.exportDirectory,
      agents: agentGate?.sessions ?? AgentSessions(logger: logger),
      allowsInsecureTLS: configuration.allowsInsecureTLS, logger: logger)
    deliveries = DeliveryCoordinator(
      writer: writer, targetStates: targetStates, connections: connections, startup: startup,
      epoch: epoch, limits: configuration.limits, clock: clock, logger: logger)
    returning = ReturningClusters(
      writer: writer, connections: connections, clock: clock, logger: logger)
    standing = StandingWatches(
      writer: writer, targetStates: targetStates, connections: connections,
      deliveries: deliveries, clock: clock, logger: logger)
    expiring = ExpiringCertificates(
      writer: writer, connections: connections, clock: clock, logger: logger)
    gates = GateInquirer(http: http, clock: clock)
    timers = Timers(writer: writer, clock: clock, logger: logger)
    signal.yield()
  }

  // MARK: - Service

  public func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await self.carryOutEffects() }
        group.addTask {
          await self.startup.finish()
          await self.timers.run()
        }
        group.addTask { await self.standing.run() }
        group.addTask { await self.returning.run() }
        group.addTask { await self.greetAgents() }
        group.addTask { await self.expiring.run() }
        group.addTask { await self.followRepository() }
        await group.waitForAll()
      }
    }
    logger.info("stopping: applies under way may finish")
    await deliveries.stop()
    await writer.endFeed()
    await http.shutdown()
    try database.close()
    logger.info("stopped")
  }

  /// Runs `body` until it ends or a graceful shutdown cancels it.
  private func cancelWhenGracefulShutdown(
    _ body: @escaping @Sendable () async -> Void
  ) async {
    let work = Task { await body() }
    await withTaskCancellationHandler {
      await withGracefulShutdownHandler {
        await work.value
      } onGracefulShutdown: {
        work.cancel()
      }
    } onCancel: {
      work.cancel()
    }
  }

  private func carryOutEffects() async {
    await withDiscardingTaskGroup { group in
      for await _ in commits {
        timers.stateChanged()
        standing.stateChanged()
        let effects = await writer.takeEffects()
        // Only the first of these counts: what was under way when the hub started.
        await startup.expect(Set(effects.filter(\.isObserved).map(\.key)))
        for effect in effects {
          switch effect.kind {
          case .render(let request):
            group.addTask { await self.render(request) }
          case .check(let check): group.addTask { await self.ask(check) }
          case .deliver, .prune, .observe, .withdraw: await deliveries.take(effect)
          }
        }
      }
    }
  }

  /// Asks clusters that a rollout left behind as soon as their agent is back.
  private func greetAgents() async {
    guard let agentGate else { return }
    for await cluster in agentGate.sessions.arrivals { await returning.greet(cluster) }
  }

  private func render(_ request: RenderRequest) async {
    var wait = Duration.seconds(1)
    while !Task.isCancelled {
      do {
        try await follower.render(request)
        return
      } catch {
        logger.warning(
          "release not rendered for new clusters, tried again",
          metadata: ["release": "\(request.release)", "why": "\(error)"])
      }
      // Ends early only by cancellation, which the loop sees.
      try? await Task.sleep(for: wait)
      wait = min(wait * 2, .seconds(60))
    }
  }

  private func ask(_ check: GateCheck) async {
    await gates.run(check) {
      await self.writer.read { $0.awaits(check) }
    } report: { report in
      _ = try await self.writer.submit(.gate(report))
    }
  }

  private func followRepository() async {
    let known = await writer.read { $0.configuration?.commit }.flatMap(CommitID.init)
    await poller.run(from: SourceStatus(head: known)) { status in
      await self.take(status)
    }
  }

  /// Takes the head of the branch, however often that needs to be tried, unless a newer one comes.
  private func take(_ status: SourceStatus) async {
    var status = status
    var wait = Duration.seconds(1)
    while !Task.isCancelled {
      source.update(status)
      logger.log(
        level: status.state.isHealthy ? .info : .warning, "repository",
        metadata: ["state": "\(status.state)", "head": "\(status.head?.short ?? "none")"])
      guard status.state.isHealthy, let head = status.head else { return }
      do {
        try await follower.take(head)
        source.setTrouble(nil)
        await deliveries.configurationChanged()
        return
      } catch {
        guard !Task.isCancelled else { return }
        source.setTrouble("commit \(head.short) could not be taken: \(error)")
        logger.error(
          "commit not taken, tried again",
          metadata: ["commit": "\(head.short)", "why": "\(error)"])
      }
      // Ends early only by cancellation, which the loop sees.
      try? await Task.sleep(for: wait)
      wait = min(wait * 2, .seconds(60))
      status = await poller.poll(after: status)
    }
  }

  // MARK: - HubOperations

  public func read<Value: Sendable>(
    _ body: @Sendable (State) throws -> Value
  ) async rethrows -> Value { try await writer.read(body) }

  public func execute(_ command: Command) async throws -> [RecordedEvent] {
    try await writer.submit(.command(command))
  }

  public func events(
    after sequence: Int
  ) async -> AsyncThrowingStream<RecordedEvent, any Error> {
    let cursor = EventCursor(
      after: sequence, reader: events, signals: await writer.signals())
    return AsyncThrowingStream { try await cursor.next() }
  }

  public func difference(of targets: [PlannedTarget]) async -> FleetDifference {
    await plannedChanges.difference(
      of: targets, configuration: await writer.read { $0.configuration?.commit })
  }

  public func log(of scope: RolloutLog.Scope) async throws -> [String] {
    try await events.log(of: scope)
  }

  public func log(ofTypes types: Set<String>) async throws -> [RecordedEvent] {
    try await events.log(ofTypes: types)
  }

  public func connections(to clusters: Set<String>?) async -> [String: ClusterConnection] {
    let lines = await connections.lines(to: clusters)
    let now = clock()
    return lines.mapValues { ClusterConnection($0, at: now) }
  }

  public func now() -> Instant { clock() }

  public var agents: (any AgentAdministration)? { agentGate }

  public func status() async -> HubStatus {
    HubStatus(
      version: HubVersion.current, epoch: epoch, startedAt: startedAt,
      repository: HubStatus.Repository(
        url: configuration.remote.url, branch: configuration.branch,
        head: source.status.head?.hex, state: source.line, isHealthy: source.isHealthy),
      database: configuration.databasePath, sequence: await writer.read(\.sequence),
      openEffects: await deliveries.count, trouble: await writer.trouble)
  }

  /// Makes the next poll of the repository start now.
  public func pollNow() { poller.poke() }
}

extension Effect {
  /// Whether reports about a target follow from it.
  fileprivate var isObserved: Bool {
    switch kind {
    case .deliver, .prune, .observe: true
    case .withdraw, .render, .check: false
    }
  }
}
