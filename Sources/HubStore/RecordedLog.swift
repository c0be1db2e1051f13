internal import Foundation
internal import GRDB
internal import Manifests

/// The log in a database file, read without a hub: of a running hub, of one that is gone, or in a
/// copy. The file is only read.
public enum RecordedLog {
  /// What the file holds at one moment; valid during ``RecordedLog/read(path:_:)``.
  public struct Contents {
    fileprivate let database: Database
  }

  /// Hands the contents of the database at `path` to `body`. Throws ``StoreError``, and what `body`
  /// throws.
  public static func read<Value>(path: String, _ body: (Contents) throws -> Value) throws -> Value {
    guard FileManager.default.fileExists(atPath: path) else {
      throw StoreError.cannotOpen(path: path, reason: "there is no such file")
    }
    do {
      let queue = try open(path)
      return try queue.read { database in
        try checkSchema(database, path)
        return try body(Contents(database: database))
      }
    } catch let error as DatabaseError {
      throw StoreError.from(error, doing: "reading the log", path: path)
    }
  }

  /// Without a write-ahead log beside it nobody has the database open, and SQLite is told so:
  /// otherwise it would make one, and fail where it may not.
  private static func open(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.label = "log"
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    if !FileManager.default.fileExists(atPath: path + "-wal"),
      let escaped = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
    {
      let name = "file:\(escaped)?immutable=1"
      // A SQLite that was built without such names does not find the file; then the plain way is left.
      if let queue = try? DatabaseQueue(path: name, configuration: configuration) { return queue }
    }
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  private static func checkSchema(_ database: Database, _ path: String) throws {
    let migrator = Migrations.all
    let applied = try migrator.appliedIdentifiers(database)
    let unknown = applied.subtracting(migrator.migrations)
    guard unknown.isEmpty else {
      throw StoreError.newerSchema(path: path, migrations: unknown.sorted())
    }
    guard applied.contains(Migrations.chain) else { throw StoreError.notChained(path: path) }
  }
}

extension RecordedLog.Contents {
  /// Walks along the chain from the first event to the last or to the first that is at fault, and
  /// hands every event of the part that holds to `visit`. `anchor` is a head that was noted earlier.
  public func verify(
    against anchor: LogHead? = nil, _ visit: (StoredEvent) throws -> Void = { _ in }
  ) throws -> LogVerification {
    var found = LogVerification(
      head: .start, chainedByUpgrade: try HubDatabase.chainedByUpgrade(database))
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT sequence, at, actor, reason, type, body, hash,
          CASE WHEN json_valid(body) THEN
            json_extract(body, '$.sequence') IS sequence AND json_extract(body, '$.at') IS at
            AND json_extract(body, '$.actor') IS actor AND json_extract(body, '$.reason') IS reason
            AND json_extract(body, '$.event.type') IS type
          ELSE FALSE END
        FROM events ORDER BY sequence
        """)
    while let row = try rows.next() {
      let event = StoredEvent(row)
      let next = found.head.following(event.body)
      guard event.sequence <= next.sequence else {
        found.fault = .missing(next.sequence...event.sequence - 1)
        return found
      }
      let hash: Data = row[6]
      guard event.sequence == next.sequence, Array(hash) == next.hash.bytes else {
        found.fault = .altered(event.sequence)
        return found
      }
      guard row[7] else {
        found.fault = .contradictory(event.sequence)
        return found
      }
      if let anchor, anchor.sequence == next.sequence, anchor.hash != next.hash {
        found.fault = .rewritten(event.sequence)
        return found
      }
      found.head = next
      let first = found.times?.lowerBound ?? event.at
      found.times = min(first, event.at)...max(found.times?.upperBound ?? event.at, event.at)
      try visit(event)
    }
    if let anchor, anchor.sequence > found.head.sequence {
      found.fault = .missing(found.head.sequence + 1...anchor.sequence)
    }
    return found
  }

  /// All projection rows, by kind and key.
  public func projections() throws -> [StoredProjection] { try HubDatabase.projections(database) }
}
