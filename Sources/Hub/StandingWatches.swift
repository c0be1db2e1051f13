internal import Delivery
internal import FleetModel
internal import Logging
internal import Manifests
internal import RolloutEngine

/// Watches for drift what no rollout looks after: one watch per (cluster, app). They are begun some at
/// a time, follow the state, and never change a cluster.
actor StandingWatches {
  /// Watches that are being begun at the same time.
  private static let concurrency = 32
  /// The state is looked at this often at most.
  private static let pause = Duration.seconds(1)

  private let writer: Writer
  private let targetStates: TargetStates
  private let connections: ClusterConnections
  private let deliveries: DeliveryCoordinator
  private let clock: @Sendable () -> Instant
  private let logger: Logger
  private let slots = DeliverySlots(limit: StandingWatches.concurrency)
  private var watches: [Key: Watch] = [:]
  private let signals: AsyncStream<Void>
  private nonisolated let signal: AsyncStream<Void>.Continuation

  private struct Key: Hashable {
    let cluster: String
    let app: String
  }

  private struct Watch {
    let digest: Digest
    let task: Task<Void, Never>
  }

  init(
    writer: Writer, targetStates: TargetStates, connections: ClusterConnections,
    deliveries: DeliveryCoordinator, clock: @escaping @Sendable () -> Instant, logger: Logger
  ) {
    self.writer = writer
    self.targetStates = targetStates
    self.connections = connections
    self.deliveries = deliveries
    self.clock = clock
    self.logger = logger
    (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    signal.yield()
  }

  nonisolated func stateChanged() { signal.yield() }

  /// Runs until the task is cancelled; then no watch is left.
  func run() async {
    for await _ in signals {
      await follow()
      // Ends early only by cancellation, which the loop sees.
      try? await Task.sleep(for: StandingWatches.pause)
    }
    let open = Array(watches.values)
    watches = [:]
    for watch in open { watch.task.cancel() }
    for watch in open { await watch.task.value }
  }

  /// Begins what is missing and ends what is under way again or gone.
  private func follow() async {
    let standing = await writer.read(\.standing)
    guard !Task.isCancelled else { return }
    let wanted = Dictionary(
      standing.map { (Key(cluster: $0.cluster, app: $0.app), $0) }
    ) { first, _ in first }
    for (key, watch) in watches where wanted[key]?.digest != watch.digest {
      watch.task.cancel()
      watches[key] = nil
    }
    // In no order: clusters that do not answer are rarely neighbours then.
    for (key, delivery) in wanted where watches[key] == nil {
      let session = DriftSession(
        delivery: delivery, writer: writer, targetStates: targetStates, connections: connections,
        slots: slots, clock: clock, logger: logger)
      let task = Task { [deliveries] in
        await session.run { await deliveries.letGo(cluster: key.cluster, app: key.app) }
      }
      watches[key] = Watch(digest: delivery.digest, task: task)
    }
  }
}
