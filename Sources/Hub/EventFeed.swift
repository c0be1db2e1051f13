internal import GitSource
internal import HubStore
internal import RolloutEngine

/// Tells everybody who listens that the log has grown. A listener that is busy gets one signal for
/// any number of transactions: the events themselves are read from the log, at the listener's own
/// pace.
struct EventFeed {
  private var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
  private var nextListener = 0
  private var isFinished = false

  /// A stream of signals from now on. `onEnd` is told the listener's number when it goes.
  mutating func subscribe(onEnd: @escaping @Sendable (Int) -> Void) -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
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

  func signal() { for listener in listeners.values { listener.yield() } }

  /// Ends every stream, now and in future.
  mutating func finish() {
    isFinished = true
    for listener in listeners.values { listener.finish() }
    listeners = [:]
  }
}

/// Reads the log on a thread of its own, so that readers hold up neither the writer nor each other's
/// tasks.
actor EventReader {
  private static let pageSize = 256

  private let executor = QueueExecutor("flotilla.events")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private let database: HubDatabase

  init(database: HubDatabase) { self.database = database }

  /// The events after `sequence`, some at a time; empty at the end of the log.
  func page(after sequence: Int) throws -> [RecordedEvent] {
    try database.events(after: sequence, limit: EventReader.pageSize).map { stored in
      try RecordedEvent(json: Array(stored.body.utf8))
    }
  }

  func log(of scope: RolloutLog.Scope) throws -> [String] {
    try database.events(
      mentioning: scope.mention, or: scope.context, without: RolloutLog.Scope.otherRollout
    ).map(\.body)
  }

  func log(ofTypes types: Set<String>) throws -> [RecordedEvent] {
    try database.events(ofTypes: types.sorted()).map { stored in
      try RecordedEvent(json: Array(stored.body.utf8))
    }
  }
}

/// One listener's place in the log.
actor EventCursor {
  private let reader: EventReader
  private var signals: AsyncStream<Void>.Iterator
  private var page: ArraySlice<RecordedEvent> = []
  private var seen: Int

  init(after sequence: Int, reader: EventReader, signals: AsyncStream<Void>) {
    seen = sequence
    self.reader = reader
    self.signals = signals.makeAsyncIterator()
  }

  /// The next event; waits at the end of the log. `nil` when the hub stops or the task is cancelled.
  func next() async throws -> RecordedEvent? {
    while page.isEmpty {
      page = try await reader.page(after: seen)[...]
      if page.isEmpty {
        var signals = signals
        let signal: Void? = await signals.next(isolation: self)
        self.signals = signals
        if signal == nil { return nil }
      }
    }
    let event = page.removeFirst()
    seen = event.sequence
    return event
  }
}
