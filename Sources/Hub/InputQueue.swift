internal import RolloutEngine
internal import Synchronization

/// Inputs on their way to the writer. Anybody may add, at any moment, without waiting for the
/// transaction that is under way: that is what lets a command overtake the observations that were
/// there before it. What arrives by the same way keeps its order.
final class InputQueue: Sendable {
  struct Submission: Sendable {
    let input: Input
    let answer: CheckedContinuation<[RecordedEvent], any Error>
  }

  private struct Lanes {
    var commands = Lane()
    /// Observations, and everything else that is no command.
    var others = Lane()
    /// Whether the writer is at work or about to be.
    var isServed = false
  }

  /// First in, first out.
  private struct Lane {
    private var waiting: [Submission] = []
    private var taken = 0

    var count: Int { waiting.count - taken }

    mutating func add(_ submission: Submission) { waiting.append(submission) }

    mutating func take(_ limit: Int) -> ArraySlice<Submission> {
      let end = taken + min(limit, count)
      let slice = waiting[taken..<end]
      taken = end
      // Taken ones are dropped some thousands at a time, so that each is moved once at most.
      if taken == waiting.count {
        waiting = []
        taken = 0
      } else if taken > 4096, taken > waiting.count / 2 {
        waiting.removeFirst(taken)
        taken = 0
      }
      return slice
    }
  }

  private let lanes = Mutex(Lanes())
  private let limit: Int

  /// Holds at most `limit` observations; commands and what Git says are always taken.
  init(limit: Int = 65_536) { self.limit = limit }

  enum Addition: Sendable {
    /// The writer is at work and will come to it.
    case waits
    /// Nobody is at work: the caller sees to it.
    case wakes
    case full
  }

  func add(_ submission: Submission) -> Addition {
    lanes.withLock { lanes -> Addition in
      switch submission.input {
      case .command: lanes.commands.add(submission)
      case .observation where lanes.others.count >= limit: return .full
      default: lanes.others.add(submission)
      }
      defer { lanes.isServed = true }
      return lanes.isServed ? .waits : .wakes
    }
  }

  /// What goes into the next transaction: all commands that wait, then others, `limit` in all, and
  /// beside a command a quarter of that: nobody waits for a person's answer but for what else is in
  /// its transaction. `nil` when nothing waits, and then the next addition wakes the writer again.
  func take(_ limit: Int) -> [Submission]? {
    lanes.withLock { lanes -> [Submission]? in
      let commands = lanes.commands.take(limit)
      let rest = limit - commands.count
      let others = lanes.others.take(commands.isEmpty ? rest : rest / 4)
      guard !commands.isEmpty || !others.isEmpty else {
        lanes.isServed = false
        return nil
      }
      return Array(commands + others)
    }
  }
}
