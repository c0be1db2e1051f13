internal import Delivery
internal import FleetModel
internal import KubernetesAPI
internal import Logging
internal import Manifests
internal import Rendering
internal import RolloutEngine

/// Watches one app on one cluster for drift, however often the cluster goes away.
struct DriftSession: Sendable {
  private static let firstWait = Duration.seconds(1)
  private static let longestWait = Duration.seconds(300)
  /// Who was watched for this long is looked at again at once.
  private static let goodRun = Duration.seconds(30)
  /// A cluster that hangs gives its place to the next.
  private static let longestStart = Duration.seconds(10)

  let delivery: StandingDelivery
  let writer: Writer
  let targetStates: TargetStates
  let connections: ClusterConnections
  let slots: DeliverySlots
  let clock: @Sendable () -> Instant
  let logger: Logger

  /// Runs until the task is cancelled. Calls `begun` whenever the cluster was looked at as a whole.
  func run(begun: @Sendable () async -> Void) async {
    var wait = DriftSession.firstWait
    while !Task.isCancelled {
      let started = ContinuousClock.now
      do {
        let watch = try await slots.withSlot(for: delivery.cluster) { try await begin() }
        await begun()
        try await watch.run {
          try await target()
        } report: {
          try await tell($0)
        }
      } catch {
        logger.debug(
          "not watched for drift",
          metadata: [
            "cluster": "\(delivery.cluster)", "app": "\(delivery.app)", "why": "\(error)",
          ])
      }
      if started.duration(to: .now) > DriftSession.goodRun { wait = DriftSession.firstWait }
      // Ends early only by cancellation, which the loop sees.
      try? await rest(wait * Double.random(in: 0.8...1.2))
      wait = min(wait * 2, DriftSession.longestWait)
    }
  }

  private func rest(_ wait: Duration) async throws {
    // A cluster that is not registered any more has no news; its watch ends soon.
    guard let channel = try? await connections.channel(to: delivery.cluster) else {
      return try await Task.sleep(for: wait)
    }
    try await channel.rest(wait)
  }

  private struct Hangs: Error {}

  private func begin() async throws -> any DriftWatch {
    let app = await writer.read { [delivery] in $0.configuration?.app(delivery.app) }
    let channel = try await connections.channel(to: delivery.cluster)
      .writing(as: (app?.serviceAccount).map(Impersonation.init(serviceAccount:)))
    return try await withThrowingTaskGroup(of: (any DriftWatch).self) { group in
      group.addTask {
        try await channel.driftWatch(app: delivery.app, digest: delivery.digest)
      }
      group.addTask {
        try await Task.sleep(for: DriftSession.longestStart)
        throw Hangs()
      }
      defer { group.cancelAll() }
      guard let watch = try await group.next() else { throw Hangs() }
      return watch
    }
  }

  private func target() async throws -> TargetState {
    let (commit, configuration) = await writer.read { [delivery] state in
      (state.commit(of: delivery), state.configuration?.commit)
    }
    guard let commit else {
      throw TargetStateError(
        description: "no release is known that renders to \(delivery.digest.short)")
    }
    return try await targetStates.targetState(
      of: delivery.app, on: delivery.cluster, at: commit, digest: delivery.digest,
      configurationCommit: configuration)
  }

  private func tell(_ drifts: [Drift]) async throws {
    // That nothing drifted is news only where something had.
    let isKnown = await writer.read { [delivery] state in
      state.clusters[delivery.cluster]?.deployed[delivery.app]?.drift != nil
    }
    guard isKnown || !drifts.isEmpty else { return }
    try await writer.submitPatiently(
      .drift(
        DriftReport(
          cluster: delivery.cluster, app: delivery.app, digest: delivery.digest,
          lines: drifts.map(\.line), observedAt: clock())))
  }
}
