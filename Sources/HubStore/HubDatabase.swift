internal import Foundation
internal import GRDB
internal import Manifests
internal import Synchronization

/// The hub's memory: one SQLite database with the event log, chained by hashes, and what the log
/// folds to. What ``commit(_:)`` returned from is durable.
///
/// One process at a time may open a database, and one caller at a time may commit. Calls block:
/// make them on a thread of their own, never in Swift's cooperative pool.
public final class HubDatabase: Sendable {
  public let path: String
  private let pool: DatabasePool
  private let checkpointer: Checkpointer
  private let lock: Mutex<DatabaseLock?>
  private let crash = CommitCrash()

  /// Opens or creates the database at `path`, with the folders above it, and brings its schema up
  /// to date. Throws ``StoreError``.
  public init(path: String) throws {
    self.path = path
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw StoreError.cannotOpen(path: path, reason: error.localizedDescription)
    }
    let held = try DatabaseLock(for: path)
    lock = Mutex(held)
    try HubDatabase.makePrivate(path)
    do {
      var configuration = Configuration()
      configuration.label = "hub"
      configuration.busyMode = .timeout(5)
      pool = try DatabasePool(path: path, configuration: configuration)
      // GRDB relaxes this while it sets up WAL mode, so it is set afterwards, on the one writer
      // connection: without FULL a power cut may take back what was promised.
      // The rows of a large fleet in flight stay in memory.
      try pool.writeWithoutTransaction {
        try $0.execute(
          sql: """
            PRAGMA synchronous = FULL;
            PRAGMA cache_size = -65536;
            PRAGMA wal_autocheckpoint = \(Checkpointer.longestLog);
            """)
      }
      let migrator = Migrations.all
      if try pool.read({ try migrator.hasBeenSuperseded($0) }) {
        let known = Set(migrator.migrations)
        let applied = try pool.read { try migrator.appliedIdentifiers($0) }
        throw StoreError.newerSchema(path: path, migrations: applied.subtracting(known).sorted())
      }
      try migrator.migrate(pool)
      checkpointer = try Checkpointer(path: path)
    } catch { throw StoreError.from(error, doing: "opening", path: path) }
  }

  /// Only its owner reads a hub's memory. SQLite gives the files beside it the same permissions.
  private static func makePrivate(_ path: String) throws(StoreError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
    }
    defer { Foundation.close(descriptor) }
    guard fchmod(descriptor, 0o600) == 0 else {
      throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
    }
  }

  /// Closes the connections and lets another hub in. Nothing may be called afterwards.
  public func close() throws {
    do {
      try checkpointer.close()
      try pool.close()
    } catch {
      throw StoreError.from(error, doing: "closing", path: path)
    }
    lock.withLock { $0 = nil }
  }

  /// Writes all of `batch` or nothing. Events must follow the log without a gap. Answers how long it
  /// took to make them durable once they were written.
  @discardableResult public func commit(_ batch: StoreBatch) throws -> Duration {
    let written = try write("writing events") { database in
      if !batch.events.isEmpty {
        var head = try HubDatabase.head(database)
        let insert = try database.cachedStatement(
          sql: """
            INSERT INTO events (sequence, at, actor, reason, type, body, hash)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """)
        for event in batch.events {
          guard event.sequence == head.sequence + 1 else {
            throw StoreError.sequence(expected: head.sequence + 1, found: event.sequence)
          }
          head = head.following(event.body)
          try insert.execute(arguments: [
            event.sequence, event.at, event.actor, event.reason, event.type, event.body,
            Data(head.hash.bytes),
          ])
        }
      }
      try HubDatabase.write(batch.projections, database)
      return ContinuousClock.now
    }
    let sync = written.duration(to: .now)
    crash?.committed()
    checkpointer.committed(rows: batch.events.count + batch.projections.count)
    return sync
  }

  private static func write(_ changes: [StoredProjectionChange], _ database: Database) throws {
    guard !changes.isEmpty else { return }
    let remove = try database.cachedStatement(
      sql: "DELETE FROM projections WHERE kind = ? AND key = ?")
    let put = try database.cachedStatement(
      sql: """
        INSERT INTO projections (kind, key, body) VALUES (?, ?, ?)
        ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body
        """)
    for change in changes {
      if let body = change.body {
        try put.execute(arguments: [change.kind, change.key, body])
      } else {
        try remove.execute(arguments: [change.kind, change.key])
      }
    }
  }

  private static func lastSequence(_ database: Database) throws -> Int {
    try Int.fetchOne(database, sql: "SELECT max(sequence) FROM events") ?? 0
  }

  static func head(_ database: Database) throws -> LogHead {
    let newest = try Row.fetchOne(
      database, sql: "SELECT sequence, hash FROM events ORDER BY sequence DESC LIMIT 1")
    guard let newest else { return .start }
    let hash: Data = newest[1]
    guard let hash = Digest(bytes: Array(hash)) else {
      throw StoreError.corrupt(path: "events", reason: "event \(newest[0] as Int) has no hash")
    }
    return LogHead(sequence: newest[0], hash: hash)
  }

  /// The last event that an upgrade chained; 0 where every event was chained as it was written.
  static func chainedByUpgrade(_ database: Database) throws -> Int {
    try Int.fetchOne(
      database, sql: "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'chainedByUpgrade'") ?? 0
  }

  /// The newest event and the hash of the whole log.
  public func head() throws -> LogHead { try read("reading the log") { try HubDatabase.head($0) } }

  /// The sequence of the newest event; 0 in an empty log.
  public func lastSequence() throws -> Int {
    try read("reading the log") { try HubDatabase.lastSequence($0) }
  }

  /// Events after `sequence` in order, at most `limit`.
  public func events(after sequence: Int, limit: Int) throws -> [StoredEvent] {
    try events(where: "sequence > ? ORDER BY sequence LIMIT ?", [sequence, limit])
  }

  /// Events in order whose body holds `text`, or `other` and not `exclusion`.
  public func events(
    mentioning text: String, or other: String, without exclusion: String
  ) throws -> [StoredEvent] {
    try events(
      where: """
        instr(body, ?) > 0 OR (instr(body, ?) > 0 AND instr(body, ?) = 0) ORDER BY sequence
        """, [text, other, exclusion])
  }

  /// Events in order that have one of these types.
  public func events(ofTypes types: [String]) throws -> [StoredEvent] {
    let places = types.map { _ in "?" }.joined(separator: ", ")
    return try events(
      where: "type IN (\(places)) ORDER BY sequence", StatementArguments(types))
  }

  private func events(
    where condition: String, _ arguments: StatementArguments
  ) throws -> [StoredEvent] {
    try read("reading the log") { database in
      let rows = try Row.fetchCursor(
        database,
        sql: "SELECT sequence, at, actor, reason, type, body FROM events WHERE \(condition)",
        arguments: arguments)
      var events: [StoredEvent] = []
      while let row = try rows.next() { events.append(StoredEvent(row)) }
      return events
    }
  }

  /// All projection rows, by kind and key.
  public func projections() throws -> [StoredProjection] {
    try read("reading the state") { try HubDatabase.projections($0) }
  }

  static func projections(_ database: Database) throws -> [StoredProjection] {
    let rows = try Row.fetchCursor(
      database, sql: "SELECT kind, key, body FROM projections ORDER BY kind, key")
    var projections: [StoredProjection] = []
    while let row = try rows.next() {
      projections.append(StoredProjection(kind: row[0], key: row[1], body: row[2]))
    }
    return projections
  }

  /// Increases the hub epoch and answers the new one. Clusters refuse work of a lower epoch, so
  /// a hub that was replaced without knowing it does no harm.
  public func nextEpoch() throws -> Int {
    try write("increasing the epoch") { database in
      let epoch =
        (try Int.fetchOne(
          database, sql: "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'epoch'") ?? 0) + 1
      try database.execute(
        sql: """
          INSERT INTO meta (key, value) VALUES ('epoch', ?)
          ON CONFLICT (key) DO UPDATE SET value = excluded.value
          """, arguments: [String(epoch)])
      return epoch
    }
  }

  /// Caps the file at `pages` pages. For tests: a full disk without a disk.
  func limitSize(pages: Int) throws {
    try pool.writeWithoutTransaction {
      try $0.execute(sql: "PRAGMA max_page_count = \(pages)")
    }
  }

  /// SQLite's durability level: 2 is FULL.
  func synchronousMode() throws -> Int? {
    try pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
  }

  func read<Value>(
    _ operation: String, _ body: (Database) throws -> Value
  ) throws -> Value {
    do { return try pool.read(body) } catch {
      throw StoreError.from(error, doing: operation, path: path)
    }
  }

  func write<Value>(
    _ operation: String, _ body: (Database) throws -> Value
  ) throws -> Value {
    do { return try pool.write(body) } catch {
      throw StoreError.from(error, doing: operation, path: path)
    }
  }
}

extension StoredEvent {
  /// Reads the columns sequence, at, actor, reason, type, body.
  init(_ row: Row) {
    self.init(
      sequence: row[0], at: row[1], actor: row[2], reason: row[3], type: row[4], body: row[5])
  }
}
