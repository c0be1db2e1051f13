internal import Delivery
internal import FleetModel
internal import Logging
internal import RolloutEngine

/// Looks after clusters that a rollout left behind: asks each what is on it until it answers. What it
/// says goes to the engine, which then lets it catch up.
struct ReturningClusters: Sendable {
  private static let firstWait = Duration.seconds(10)
  private static let longestWait = Duration.seconds(300)
  private static let concurrency = 16

  let writer: Writer
  let connections: ClusterConnections
  let clock: @Sendable () -> Instant
  let logger: Logger

  /// Runs until the task is cancelled.
  func run() async {
    var wait = ReturningClusters.firstWait
    while !Task.isCancelled {
      // Ends early only by cancellation, which the loop sees.
      try? await Task.sleep(for: wait)
      let indebted = await writer.read { state in
        Set(state.pins.values.flatMap(\.debt.keys)).sorted()
      }
      let answered = await ask(indebted)
      // Nobody came back: ask less often. Somebody did, or there is somebody new: at once again.
      wait =
        indebted.isEmpty || answered > 0
        ? ReturningClusters.firstWait : min(wait * 2, ReturningClusters.longestWait)
    }
  }

  /// Asks `clusters`, some at a time; answers how many told what they have.
  private func ask(_ clusters: [String]) async -> Int {
    await withTaskGroup(of: Bool.self) { group in
      var waiting = clusters[...]
      var answered = 0
      for cluster in waiting.prefix(ReturningClusters.concurrency) {
        group.addTask { await report(cluster) }
      }
      waiting = waiting.dropFirst(ReturningClusters.concurrency)
      for await isAnswer in group {
        if isAnswer { answered += 1 }
        if let next = waiting.popFirst() { group.addTask { await report(next) } }
      }
      return answered
    }
  }

  /// A cluster has just said that it is there.
  func greet(_ cluster: String) async {
    guard await writer.read({ $0.pins.values.contains { $0.debt[cluster] != nil } }) else { return }
    _ = await report(cluster)
  }

  /// A read that is not complete is no report: silence is never "empty".
  private func report(_ cluster: String) async -> Bool {
    do {
      let observedAt = clock()
      let reading = try await connections.channel(to: cluster).readInventories()
      guard reading.faults.isEmpty else {
        logger.warning(
          "inventory not readable",
          metadata: ["cluster": "\(cluster)", "faults": "\(reading.faults)"])
        return false
      }
      let applied = reading.inventories.filter { $0.phase == .applied }
      _ = try await writer.submit(
        .inventory(
          InventoryReport(
            cluster: cluster,
            digests: Dictionary(applied.map { ($0.app, $0.digest) }) { first, _ in first },
            observedAt: observedAt)))
      return true
    } catch {
      logger.debug(
        "cluster still away", metadata: ["cluster": "\(cluster)", "why": "\(error)"])
      return false
    }
  }
}
