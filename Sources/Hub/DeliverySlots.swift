/// Who may apply at the moment: at most one at a time per cluster, and so many over all. Waiting
/// costs nothing but the wait, and a cluster that hangs holds one slot only.
actor DeliverySlots {
  private let limit: Int
  private var busyClusters = Set<String>()
  private var waiting: [Waiter] = []
  private var nextTicket = 0

  private struct Waiter {
    let ticket: Int
    let cluster: String
    let answer: CheckedContinuation<Bool, Never>
  }

  init(limit: Int) { self.limit = limit }

  /// Runs `body` while holding the slot of `cluster`. Throws `CancellationError` when the task is
  /// cancelled while it waits.
  func withSlot<Value: Sendable>(
    for cluster: String, _ body: @Sendable () async throws -> Value
  ) async throws -> Value {
    let ticket = nextTicket
    nextTicket += 1
    let isGranted = await withTaskCancellationHandler {
      await acquire(cluster, ticket: ticket)
    } onCancel: {
      Task { await self.giveUp(ticket) }
    }
    guard isGranted else { throw CancellationError() }
    defer { release(cluster) }
    try Task.checkCancellation()
    return try await body()
  }

  private func acquire(_ cluster: String, ticket: Int) async -> Bool {
    if Task.isCancelled { return false }
    if busyClusters.count < limit, !busyClusters.contains(cluster) {
      busyClusters.insert(cluster)
      return true
    }
    return await withCheckedContinuation { answer in
      waiting.append(Waiter(ticket: ticket, cluster: cluster, answer: answer))
    }
  }

  private func giveUp(_ ticket: Int) {
    guard let index = waiting.firstIndex(where: { $0.ticket == ticket }) else { return }
    waiting.remove(at: index).answer.resume(returning: false)
  }

  private func release(_ cluster: String) {
    busyClusters.remove(cluster)
    while busyClusters.count < limit,
      let index = waiting.firstIndex(where: { !busyClusters.contains($0.cluster) })
    {
      let next = waiting.remove(at: index)
      busyClusters.insert(next.cluster)
      next.answer.resume(returning: true)
    }
  }
}
