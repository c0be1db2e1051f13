package import FleetModel
internal import GitSource
package import HubStore
package import Logging
package import RolloutEngine

/// The one place where state changes. An input becomes one transaction: its events, what they
/// change, what they cause. Nothing leaves before that transaction is durable, and a transaction
/// that fails leaves everything as it was.
///
/// Inputs that wait are written together, for as long as ``BatchSize`` allows; commands of people go
/// before observations.
package actor Writer {
  private let executor = QueueExecutor("flotilla.writer")
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  private let database: HubDatabase
  private let clock: @Sendable () -> Instant
  private let logger: Logger
  private var engine: Engine
  private var feed = EventFeed()
  private nonisolated let queue = InputQueue()
  private var batchSize = BatchSize()
  /// Why the last transaction failed; `nil` when it did not.
  private(set) var trouble: String?

  private typealias Submission = InputQueue.Submission

  /// Effects of durable transactions that nobody has taken yet, oldest first.
  private var effects: [Effect] = []
  /// Told after each transaction.
  private let onCommit: @Sendable () -> Void

  /// Loads the state from `database`.
  package init(
    database: HubDatabase, clock: @escaping @Sendable () -> Instant, logger: Logger,
    onCommit: @escaping @Sendable () -> Void
  ) throws {
    self.database = database
    self.clock = clock
    self.logger = logger
    self.onCommit = onCommit
    engine = Engine(try Writer.load(database))
    effects = engine.state.openEffects
  }

  private static func load(_ database: HubDatabase) throws -> State {
    let rows = try database.projections().map { stored in
      guard let kind = ProjectionKey.Kind(rawValue: stored.kind) else {
        throw StoreError.corrupt(
          path: database.path, reason: "unknown kind of projection '\(stored.kind)'")
      }
      return ProjectionRow(key: ProjectionKey(kind, stored.key), json: Array(stored.body.utf8))
    }
    return try State(rows: rows, sequence: database.lastSequence())
  }

  // MARK: - Inputs

  /// Hands `input` to the engine and answers its events when they are durable. Throws
  /// `RolloutEngine.Refusal` for a command, or ``HubUnavailable``.
  package nonisolated func submit(_ input: Input) async throws -> [RecordedEvent] {
    try await withCheckedThrowingContinuation { answer in
      switch queue.add(InputQueue.Submission(input: input, answer: answer)) {
      case .waits: break
      case .wakes: Task { await self.writeAll() }
      case .full:
        answer.resume(throwing: HubUnavailable(reason: "too many observations wait to be written"))
      }
    }
  }

  /// Writes what waits, one transaction after the other. Between two of them readers get their turn.
  private func writeAll() async {
    while let batch = queue.take(batchSize.limit) {
      let started = ContinuousClock.now
      write(batch)
      batchSize.learn(batch.count, took: started.duration(to: .now))
      await Task.yield()
    }
  }

  private func write(_ submissions: [Submission]) {
    var transaction = StoreBatch()
    var written: [RecordedEvent] = []
    var caused: [Effect] = []
    var touched = Set<ProjectionKey>()
    var answers: [(Submission, Result<[RecordedEvent], any Error>)] = []
    for submission in submissions {
      do {
        let events = try engine.handle(submission.input, at: clock())
        for event in events {
          written.append(event)
          caused += engine.state.effects(of: event)
          touched.formUnion(engine.state.touched(by: event))
        }
        answers.append((submission, .success(events)))
      } catch { answers.append((submission, .failure(error))) }
    }
    if !written.isEmpty {
      transaction.events = written.map(StoredEvent.init)
      transaction.projections = touched.sorted().map { key in
        StoredProjectionChange(
          kind: key.kind.rawValue, key: key.id,
          body: engine.state.row(key).map { String(decoding: $0.json, as: UTF8.self) })
      }
      do {
        try database.commit(transaction)
        trouble = nil
      } catch {
        recover(from: error)
        for (submission, _) in answers {
          submission.answer.resume(throwing: HubUnavailable(reason: "\(error)"))
        }
        return
      }
    }
    if !written.isEmpty {
      effects += caused
      feed.signal()
      onCommit()
    }
    for (submission, result) in answers { submission.answer.resume(with: result) }
  }

  /// The engine is ahead of what is durable: takes it back to the last transaction.
  private func recover(from error: any Error) {
    trouble = "\(error)"
    logger.error("transaction failed; nothing of it counts", metadata: ["why": "\(error)"])
    do { engine = Engine(try Writer.load(database)) } catch {
      logger.critical("the state cannot be read back", metadata: ["why": "\(error)"])
    }
  }

  // MARK: - Reading

  package func read<Value: Sendable>(
    _ body: @Sendable (State) throws -> Value
  ) rethrows -> Value { try body(engine.state) }

  /// Hands over the effects that wait; each is handed over once in the life of this process.
  package func takeEffects() -> [Effect] {
    defer { effects = [] }
    return effects
  }

  var nextTimer: Instant? { engine.state.nextTimer }

  /// One signal whenever the log has grown.
  func signals() -> AsyncStream<Void> {
    feed.subscribe { number in Task { await self.forget(number) } }
  }

  private func forget(_ listener: Int) { feed.remove(listener) }

  /// Ends all event streams. Inputs are still written.
  func endFeed() { feed.finish() }
}

extension StoredEvent {
  fileprivate init(_ event: RecordedEvent) {
    self.init(
      sequence: event.sequence, at: event.at.milliseconds, actor: event.actor,
      reason: event.reason, type: event.event.type,
      body: String(decoding: event.json, as: UTF8.self))
  }
}
