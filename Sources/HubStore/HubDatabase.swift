internal import Foundation
internal import GRDB
internal import Synchronization

/// The hub's memory: one SQLite database with the event log, what the log folds to, and the
/// outbox. What ``commit(_:)`` returned from is durable.
///
/// One process at a time may open a database, and one caller at a time may commit. Calls block:
/// make them on a thread of their own, never in Swift's cooperative pool.
public final class HubDatabase: Sendable {
  public let path: String
  private let pool: DatabasePool
  private let lock: Mutex<DatabaseLock?>

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
      try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
      let migrator = Migrations.all
      if try pool.read({ try migrator.hasBeenSuperseded($0) }) {
        let known = Set(migrator.migrations)
        let applied = try pool.read { try migrator.appliedIdentifiers($0) }
        throw StoreError.newerSchema(path: path, migrations: applied.subtracting(known).sorted())
      }
      try migrator.migrate(pool)
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
    do { try pool.close() } catch {
      throw StoreError.from(error, doing: "closing", path: path)
    }
    lock.withLock { $0 = nil }
  }

  /// Writes all of `batch` or nothing. Events must follow the log without a gap.
  public func commit(_ batch: StoreBatch) throws {
    try write("writing events") { database in
      if !batch.events.isEmpty {
        var next = try HubDatabase.lastSequence(database) + 1
        let insert = try database.cachedStatement(
          sql: """
            INSERT INTO events (sequence, at, actor, reason, type, body)
            VALUES (?, ?, ?, ?, ?, ?)
            """)
        for event in batch.events {
          guard event.sequence == next else {
            throw StoreError.sequence(expected: next, found: event.sequence)
          }
          try insert.execute(arguments: [
            event.sequence, event.at, event.actor, event.reason, event.type, event.body,
          ])
          next += 1
        }
      }
      for change in batch.projections { try HubDatabase.write(change, database) }
      let sequence = try HubDatabase.lastSequence(database)
      for effect in batch.effects {
        try database.cachedStatement(
          sql: "INSERT OR IGNORE INTO outbox (key, sequence, body) VALUES (?, ?, ?)"
        ).execute(arguments: [effect.key, sequence, effect.body])
      }
      for key in batch.completedEffects {
        try database.cachedStatement(sql: "DELETE FROM outbox WHERE key = ?")
          .execute(arguments: [key])
      }
    }
  }

  private static func write(_ change: StoredProjectionChange, _ database: Database) throws {
    guard let body = change.body else {
      try database.cachedStatement(sql: "DELETE FROM projections WHERE kind = ? AND key = ?")
        .execute(arguments: [change.kind, change.key])
      return
    }
    try database.cachedStatement(
      sql: """
        INSERT INTO projections (kind, key, body) VALUES (?, ?, ?)
        ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body
        """
    ).execute(arguments: [change.kind, change.key, body])
  }

  private static func lastSequence(_ database: Database) throws -> Int {
    try Int.fetchOne(database, sql: "SELECT max(sequence) FROM events") ?? 0
  }

  /// The sequence of the newest event; 0 in an empty log.
  public func lastSequence() throws -> Int {
    try read("reading the log") { try HubDatabase.lastSequence($0) }
  }

  /// Events after `sequence` in order, at most `limit`.
  public func events(after sequence: Int, limit: Int) throws -> [StoredEvent] {
    try read("reading the log") { database in
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT sequence, at, actor, reason, type, body FROM events
          WHERE sequence > ? ORDER BY sequence LIMIT ?
          """, arguments: [sequence, limit])
      var events: [StoredEvent] = []
      while let row = try rows.next() {
        events.append(
          StoredEvent(
            sequence: row[0], at: row[1], actor: row[2], reason: row[3], type: row[4],
            body: row[5]))
      }
      return events
    }
  }

  /// All projection rows, by kind and key.
  public func projections() throws -> [StoredProjection] {
    try read("reading the state") { database in
      let rows = try Row.fetchCursor(
        database, sql: "SELECT kind, key, body FROM projections ORDER BY kind, key")
      var projections: [StoredProjection] = []
      while let row = try rows.next() {
        projections.append(StoredProjection(kind: row[0], key: row[1], body: row[2]))
      }
      return projections
    }
  }

  /// Effects that are not known to be carried out, oldest first.
  public func outbox() throws -> [OutboxEntry] {
    try read("reading the outbox") { database in
      try Row.fetchAll(database, sql: "SELECT key, body FROM outbox ORDER BY sequence, key")
        .map { OutboxEntry(key: $0[0], body: $0[1]) }
    }
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
