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

  /// Hands evidence to the engine. While the hub cannot write, it is kept and tried again, until the
  /// task is cancelled.
  nonisolated func submitPatiently(_ input: Input) async throws {
    var wait = Duration.milliseconds(500)
    while true {
      try Task.checkCancellation()
      do {
        _ = try await submit(input)
        return
      } catch is HubUnavailable {
        try await Task.sleep(for: wait)
        wait = min(wait * 2, .seconds(30))
      }
    }
  }

  /// Writes what waits, one transaction after the other. Between two of them readers get their turn.
  private func writeAll() async {
    while let batch = queue.take(batchSize.limit) {
      let started = ContinuousClock.now
      let sync = write(batch)
      batchSize.learn(batch.count, took: started.duration(to: .now) - sync)
      await Task.yield()
    }
  }

  /// Answers how long the disk's sync took.
  private func write(_ submissions: [Submission]) -> Duration {
    var transaction = StoreBatch()
    var caused: [Effect] = []
    var touched = Set<ProjectionKey>()
    var answers = Answers()
    for submission in submissions {
      do {
        let events = try engine.handle(submission.input, at: clock())
        for event in events {
          transaction.events.append(StoredEvent(event))
          caused += engine.state.effects(of: event)
          touched.formUnion(engine.state.touched(by: event))
        }
        answers.add(.success(events), to: submission)
      } catch { answers.add(.failure(error), to: submission) }
    }
    guard !transaction.events.isEmpty else {
      answers.send()
      return .zero
    }
    transaction.projections = touched.sorted().map { key in
      StoredProjectionChange(
        kind: key.kind.rawValue, key: key.id,
        body: engine.state.row(key).map { String(decoding: $0.json, as: UTF8.self) })
    }
    do {
      let sync = try database.commit(transaction)
      trouble = nil
      effects += caused
      feed.signal()
      onCommit()
      answers.send()
      return sync
    } catch {
      recover(from: error)
      answers.fail(HubUnavailable(reason: "\(error)"))
      return .zero
    }
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

/// What is answered once a transaction is durable.
private struct Answers {
  private var commands: [(InputQueue.Submission, Result<[RecordedEvent], any Error>)] = []
  private var others: [(InputQueue.Submission, Result<[RecordedEvent], any Error>)] = []

  mutating func add(
    _ result: Result<[RecordedEvent], any Error>, to submission: InputQueue.Submission
  ) {
    if case .command = submission.input {
      commands.append((submission, result))
    } else {
      others.append((submission, result))
    }
  }

  /// Commands first. Waking many takes its time, which the next transaction need not wait for.
  func send() {
    for (submission, result) in commands { submission.answer.resume(with: result) }
    guard !others.isEmpty else { return }
    Task { for (submission, result) in others { submission.answer.resume(with: result) } }
  }

  func fail(_ error: HubUnavailable) {
    for (submission, _) in commands + others { submission.answer.resume(throwing: error) }
  }
}

extension StoredEvent {
  fileprivate init(_ event: RecordedEvent) {
    self.init(
      sequence: event.sequence, at: event.at.milliseconds, actor: event.actor,
      reason: event.reason, type: event.event.type,
      body: String(decoding: event.json, as: UTF8.self))
  }
}
