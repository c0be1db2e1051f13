/// After a start nothing is decided by the clock until every target that was under way has been
/// looked at again: a deadline that passed while the hub was down must not fail a healthy cluster.
/// A cluster that does not answer holds this up for a minute at most.
actor StartupObservation {
  static let longestWait = Duration.seconds(60)

  /// Keys of effects that have not reported; `nil` before they are known.
  private var awaited: Set<String>?
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var isOver = false

  /// Says which effects were under way when the hub started.
  func expect(_ keys: Set<String>) {
    guard awaited == nil else { return }
    awaited = keys
    endIfComplete()
  }

  /// The effect has reported once, or has ended.
  func reported(_ key: String) {
    awaited?.remove(key)
    endIfComplete()
  }

  /// Returns when all have reported, when a minute is over, or when the task is cancelled.
  func finish() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.wait() }
      group.addTask {
        // Ends early only by cancellation, which is an end of the wait as well.
        try? await Task.sleep(for: StartupObservation.longestWait)
        await self.end()
      }
      await group.next()
      group.cancelAll()
      end()
    }
  }

  private func wait() async {
    if isOver { return }
    await withCheckedContinuation { waiting.append($0) }
  }

  private func endIfComplete() { if awaited?.isEmpty == true { end() } }

  private func end() {
    isOver = true
    for waiter in waiting { waiter.resume() }
    waiting = []
  }
}
