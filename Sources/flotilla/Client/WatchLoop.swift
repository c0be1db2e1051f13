internal import Foundation
internal import HubAPI

/// Runs a watching command: the event stream, a clock and signals wake it, nothing polls.
struct WatchLoop: Sendable {
  let client: HubClient
  /// Whether to wake every second, for ages and countdowns.
  var ticks: Bool

  /// Calls `look` for each batch of news after `sequence` until it returns a value.
  func run<Answer: Sendable>(
    after sequence: Int, _ look: (WatchMailbox.Batch) async throws -> Answer?
  ) async throws -> Answer {
    let mailbox = WatchMailbox()
    let follower = Task {
      do {
        try await EventFollower(client: client).follow(after: sequence) { signal in
          switch signal {
          case .event(let event):
            await mailbox.put {
              $0.events.append(event)
              $0.interruption = nil
            }
          case .connected:
            await mailbox.put {
              $0.interruption = nil
              $0.isRedrawDue = true
            }
          case .interrupted(let why): await mailbox.put { $0.interruption = why }
          }
          return true
        }
      } catch {
        await mailbox.put { $0.failure = error }
      }
    }
    let clock = Task {
      while ticks, !Task.isCancelled {
        // Only cancellation ends the sleep early, and the loop looks for that.
        try? await Task.sleep(for: .seconds(1))
        await mailbox.put { $0.isRedrawDue = true }
      }
    }
    let signals = [SIGINT, SIGTERM, SIGWINCH].map { number in
      SignalWatch(number) {
        Task {
          await mailbox.put { batch in
            if number == SIGWINCH { batch.isRedrawDue = true } else { batch.isStopped = true }
          }
        }
      }
    }
    defer {
      follower.cancel()
      clock.cancel()
      for signal in signals { signal.cancel() }
    }
    while true {
      let batch = await mailbox.next()
      if batch.isStopped { throw CancellationError() }
      if let failure = batch.failure, !(failure is CancellationError) { throw failure }
      if let answer = try await look(batch) { return answer }
    }
  }
}

/// Calls a handler instead of a signal's default action, for as long as it lives.
private struct SignalWatch {
  private let number: Int32
  private let source: any DispatchSourceSignal

  init(_ number: Int32, _ handler: @escaping @Sendable () -> Void) {
    self.number = number
    signal(number, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: number)
    source.setEventHandler(handler: handler)
    source.resume()
  }

  func cancel() {
    source.cancel()
    signal(number, SIG_DFL)
  }
}
