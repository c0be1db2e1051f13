internal import Delivery
internal import FleetModel
internal import KubernetesAPI
internal import Manifests

/// A cluster whose agent dials the hub: every method is an order to it. While there is no agent the
/// cluster is unreachable; what is under way when its stream is cut has no outcome, and is done again.
struct AgentChannel: ClusterChannel {
  let cluster: String
  let sessions: AgentSessions
  private var user: Impersonation?

  init(cluster: String, sessions: AgentSessions) {
    self.cluster = cluster
    self.sessions = sessions
  }

  var line: ClusterLine? {
    get async { await sessions.line(to: cluster) }
  }

  func writing(as user: Impersonation?) -> AgentChannel {
    var channel = self
    channel.user = user
    return channel
  }

  func apply(
    _ target: TargetState, app: String, mark: DeliveryMark, prune: PrunePolicy,
    policy: ApplyPolicy
  ) async throws -> ApplyReport {
    let order = Order.apply(
      target, app: app, mark: mark, prune: prune, policy: policy, user: user)
    return try await report(order, target, app, mark)
  }

  func prune(
    _ list: Set<ResourceIdentity>, beside target: TargetState, app: String, mark: DeliveryMark
  ) async throws -> ApplyReport {
    try await report(
      .prune(list, beside: target, app: app, mark: mark, user: user), target, app, mark)
  }

  private func report(
    _ order: Order, _ target: TargetState, _ app: String, _ mark: DeliveryMark
  ) async throws -> ApplyReport {
    guard case .done(let report, let seen, let digest) = try await ask(order, app: app),
      seen == mark, digest == target.digest
    else { throw unexpected(app) }
    return report
  }

  func readInventories() async throws -> InventoryReading {
    guard case .inventories(let held, let faults) = try await ask(.readInventories, app: "") else {
      throw unexpected("")
    }
    return InventoryReading(
      inventories: held.map(\.inventory),
      faults: faults.map { line in
        DeliveryError(
          cluster: cluster, app: "",
          reason: .agent(line: line, isTransient: false, isUnreachable: false))
      })
  }

  func readInventory(_ app: String) async throws -> Inventory? {
    guard case .inventory(let held) = try await ask(.readInventory(app: app), app: app) else {
      throw unexpected(app)
    }
    return held?.inventory
  }

  func reports(
    _ target: TargetState, app: String, mark: DeliveryMark, checks: [HealthCheck]
  ) -> AsyncStream<HealthReport> {
    AsyncStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
      let task = Task {
        while !Task.isCancelled {
          let why = await follow(target, app, mark, checks) { continuation.yield($0) }
          if Task.isCancelled { break }
          // Silence is never healthy.
          continuation.yield(
            HealthReport(
              cluster: cluster, app: app, digest: target.digest, mark: mark,
              overall: .unreachable(why), findings: []))
          // Ends early only by cancellation, which the loop sees.
          try? await rest(AgentChannel.pause)
        }
        continuation.finish()
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  /// Between looks at a cluster whose agent cannot look at it.
  private static let pause = Duration.seconds(10)

  /// Passes on what one session's agent reports of `target`; answers why that ended.
  private func follow(
    _ target: TargetState, _ app: String, _ mark: DeliveryMark, _ checks: [HealthCheck],
    _ report: (HealthReport) -> Void
  ) async -> String {
    guard let session = await sessions.session(of: cluster) else { return AgentChannel.noAgent }
    let order = Order.observe(target, app: app, mark: mark, checks: checks, user: user)
    guard let replies = await session.give(order) else { return AgentChannel.noAgent }
    for await finding in replies.findings {
      switch finding {
      case .health(let health) where health.mark == mark && health.digest == target.digest:
        report(health)
      case .failed(let failure): return failure.line
      default: return "its agent answers with something else than was asked"
      }
    }
    return await session.end ?? AgentChannel.noAgent
  }

  func driftWatch(app: String, digest: Digest) async throws -> any DriftWatch {
    guard let session = await sessions.session(of: cluster),
      let replies = await session.give(.watchDrift(app: app, digest: digest, user: user))
    else { throw away(app, AgentChannel.noAgent) }
    switch try await first(of: replies, session, app) {
    case .watching:
      return AgentDriftWatch(
        channel: self, app: app, digest: digest, session: session, replies: replies)
    case .failed(let failure): throw failure.error(cluster: cluster, app: app)
    default: throw unexpected(app)
    }
  }

  /// As long as no agent is there, its arrival is the news.
  func rest(_ wait: Duration) async throws {
    guard await sessions.session(of: cluster) == nil else {
      return try await Task.sleep(for: wait)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await Task.sleep(for: wait) }
      group.addTask { await sessions.nextArrival(of: cluster) }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  // MARK: - One order, one answer

  private static let noAgent = "no agent of it is connected to the hub"

  private func ask(_ order: Order, app: String) async throws -> OrderReply.Finding {
    guard let session = await sessions.session(of: cluster),
      let replies = await session.give(order)
    else { throw away(app, AgentChannel.noAgent) }
    let finding = try await first(of: replies, session, app)
    if case .failed(let failure) = finding { throw failure.error(cluster: cluster, app: app) }
    return finding
  }

  private func first(
    of replies: AgentSession.Replies, _ session: AgentSession, _ app: String
  ) async throws -> OrderReply.Finding {
    for await finding in replies.findings { return finding }
    try Task.checkCancellation()
    throw away(app, await session.end ?? AgentChannel.noAgent)
  }

  func away(_ app: String, _ why: String) -> DeliveryError {
    DeliveryError(
      cluster: cluster, app: app,
      reason: .agent(line: "cluster \(cluster): \(why)", isTransient: true, isUnreachable: true))
  }

  /// An agent that mixes answers up is believed nothing.
  func unexpected(_ app: String) -> DeliveryError {
    DeliveryError(
      cluster: cluster, app: app,
      reason: .agent(
        line: "cluster \(cluster): its agent answers with something else than was asked",
        isTransient: true, isUnreachable: false))
  }
}

/// A watch for drift that an agent keeps.
private struct AgentDriftWatch: DriftWatch {
  let channel: AgentChannel
  let app: String
  let digest: Digest
  let session: AgentSession
  let replies: AgentSession.Replies

  func run(
    target: @escaping @Sendable () async throws -> TargetState,
    report: @escaping @Sendable ([Drift]) async throws -> Void
  ) async throws {
    for await finding in replies.findings {
      switch finding {
      case .drift(let drifts, let seen) where seen == digest: try await report(drifts)
      case .needsTarget: await session.say(.target(try await target()), number: replies.number)
      case .failed(let failure): throw failure.error(cluster: channel.cluster, app: app)
      default: throw channel.unexpected(app)
      }
    }
    try Task.checkCancellation()
    throw channel.away(app, await session.end ?? "its agent is gone")
  }
}
