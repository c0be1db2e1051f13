internal import Delivery
internal import FleetModel
internal import KubernetesAPI
internal import Manifests

/// What changes apps on the cluster: at most one at a time per app, across streams of orders. An
/// order that comes again after its stream was cut finds what it began, and waits for that.
actor AppTurns {
  /// What makes an order the same as another.
  struct Work: Sendable, Hashable {
    let mark: DeliveryMark
    let digest: Digest
    let user: Impersonation?
    let prune: PrunePolicy?
    let policy: ApplyPolicy?
    let list: Set<ResourceIdentity>
  }

  private var running: [String: (work: Work, task: Task<ApplyReport, any Error>)] = [:]

  /// Runs `body`, or waits for what runs for the same `work`. Another that runs is ended first.
  /// Cancelling the caller cancels the work; letting go of the caller does not.
  func run(
    _ work: Work, app: String, _ body: @escaping @Sendable () async throws -> ApplyReport
  ) async throws -> ApplyReport {
    while let present = running[app], present.work != work {
      present.task.cancel()
      _ = await present.task.result
      if running[app]?.work == present.work { running[app] = nil }
    }
    let task: Task<ApplyReport, any Error>
    if let present = running[app] {
      task = present.task
    } else {
      task = Task { try await body() }
      running[app] = (work, task)
    }
    defer { if running[app]?.task == task { running[app] = nil } }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// Returns when nothing runs, or cancels what runs after `limit`.
  func finish(within limit: Duration) async {
    let tasks = running.values.map(\.task)
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        // Cut short when all have ended.
        try? await Task.sleep(for: limit)
        for task in tasks { task.cancel() }
      }
      group.addTask { for task in tasks { _ = await task.result } }
      await group.next()
      group.cancelAll()
    }
  }
}
