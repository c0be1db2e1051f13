internal import Synchronization

/// When a network operation has to end: at its deadline, or when its task is cancelled.
final class OperationLimits: Sendable {
  let deadline: ContinuousClock.Instant
  let timeouts: GitTimeouts
  private let cancelled = Mutex(false)

  init(_ timeouts: GitTimeouts) {
    self.timeouts = timeouts
    deadline = .now + timeouts.total
  }

  func cancel() { cancelled.withLock { $0 = true } }

  /// Why the operation must stop now, if it must.
  func violation(_ action: String) -> GitError? {
    if cancelled.withLock({ $0 }) {
      return GitError(.cancelled, action: action, reason: "the operation was cancelled")
    }
    guard ContinuousClock.now >= deadline else { return nil }
    return GitError(
      .timedOut, action: action, reason: "not finished after \(timeouts.total)",
      advice: "check the server and the network, or raise the total time-out")
  }
}

extension Duration {
  /// Whole milliseconds, at least one, for C interfaces.
  var milliseconds: Int {
    let (seconds, attoseconds) = components
    return max(1, Int(clamping: seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
  }
}
