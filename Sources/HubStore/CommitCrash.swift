internal import Foundation
internal import Synchronization

/// Ends the process as `kill -9` does once some transactions are durable, so that tests see what a hub
/// leaves behind at every boundary between two of them. Asked for by an environment variable that is
/// there for nothing else.
final class CommitCrash: Sendable {
  static let variable = "FLOTILLA_TEST_KILL_AFTER_COMMITS"

  private let left: Mutex<Int>

  /// `nil` unless the variable is a number from 1.
  init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
    guard let count = environment[CommitCrash.variable].flatMap({ Int($0) }), count > 0 else {
      return nil
    }
    left = Mutex(count)
  }

  /// Says that one more transaction is durable. Does not return from the last one.
  func committed() {
    let isOver = left.withLock { left in
      left -= 1
      return left == 0
    }
    if isOver { kill(getpid(), SIGKILL) }
  }
}
