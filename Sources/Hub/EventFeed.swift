internal import RolloutEngine

/// Hands committed events to everybody who listens, in order. A listener that does not keep up is
/// let go rather than waited for: it comes back with the last sequence number that it saw.
struct EventFeed {
  private static let bufferedEvents = 4096

  private var listeners: [Int: AsyncThrowingStream<RecordedEvent, any Error>.Continuation] = [:]
  private var nextListener = 0
  private var isFinished = false

  /// A stream of all events from now on. `onEnd` is told the listener's number when it goes.
  mutating func subscribe(
    onEnd: @escaping @Sendable (Int) -> Void
  ) -> AsyncThrowingStream<RecordedEvent, any Error> {
    let (stream, continuation) = AsyncThrowingStream.makeStream(
      of: RecordedEvent.self, throwing: (any Error).self,
      bufferingPolicy: .bufferingOldest(EventFeed.bufferedEvents))
    if isFinished {
      continuation.finish()
      return stream
    }
    let number = nextListener
    nextListener += 1
    listeners[number] = continuation
    continuation.onTermination = { _ in onEnd(number) }
    return stream
  }

  mutating func remove(_ listener: Int) { listeners[listener] = nil }

  mutating func publish(_ events: [RecordedEvent]) {
    for (number, listener) in listeners {
      for event in events {
        if case .dropped = listener.yield(event) {
          listener.finish()
          listeners[number] = nil
          break
        }
      }
    }
  }

  mutating func finish() {
    isFinished = true
    for listener in listeners.values { listener.finish() }
    listeners = [:]
  }
}
