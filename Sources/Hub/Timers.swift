internal import FleetModel
internal import Logging
internal import RolloutEngine

/// Sends a tick when the next stored instant comes. Timers are data in the state: a tick that comes
/// late, or after a restart, causes the same events.
struct Timers: Sendable {
  /// Longest wait, so that a system clock that was set is noticed.
  private static let longestWait = TimeSpan.seconds(30)
  /// Shortest wait after a tick that changed nothing.
  private static let pause = TimeSpan.seconds(1)

  let writer: Writer
  let clock: @Sendable () -> Instant
  let logger: Logger
  private let wakeups: AsyncStream<Void>
  private let wakeup: AsyncStream<Void>.Continuation

  init(writer: Writer, clock: @escaping @Sendable () -> Instant, logger: Logger) {
    self.writer = writer
    self.clock = clock
    self.logger = logger
    (wakeups, wakeup) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Says that the state changed, so that a nearer timer is seen.
  func stateChanged() { wakeup.yield() }

  /// Runs until the task is cancelled.
  func run() async {
    stateChanged()
    var sleeper: Task<Void, Never>?
    for await _ in wakeups {
      sleeper?.cancel()
      await sleeper?.value
      let span = await tickIfDue()
      let wakeup = wakeup
      sleeper = Task {
        // Cancelled when something else wakes the loop first: then that counts.
        guard (try? await Task.sleep(for: .milliseconds(span.milliseconds))) != nil else { return }
        wakeup.yield()
      }
    }
    sleeper?.cancel()
    await sleeper?.value
  }

  /// Ticks when a timer is due; answers how long to wait.
  private func tickIfDue() async -> TimeSpan {
    let now = clock()
    guard let next = await writer.nextTimer else { return Timers.longestWait }
    guard next <= now else { return min(next - now, Timers.longestWait) }
    do {
      return try await writer.submit(.tick).isEmpty ? Timers.pause : .zero
    } catch {
      logger.warning("tick not written, tried again", metadata: ["why": "\(error)"])
      return Timers.pause
    }
  }
}
