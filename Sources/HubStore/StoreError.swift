internal import GRDB

/// Why the database could not be opened, read or written, and what to do.
public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Another hub has the database open.
  case inUse(path: String, holder: String)
  case cannotOpen(path: String, reason: String)
  case diskFull(path: String)
  /// The file holds a schema that a newer version wrote.
  case newerSchema(path: String, migrations: [String])
  /// The file was written before events were chained.
  case notChained(path: String)
  /// The log has a gap or its sequence was not as expected: nothing was written.
  case sequence(expected: Int, found: Int)
  case corrupt(path: String, reason: String)
  case failed(operation: String, reason: String)

  public var description: String {
    switch self {
    case .inUse(let path, let holder):
      "\(path): in use by another hub (\(holder)); stop that one first or use another --database"
    case .cannotOpen(let path, let reason):
      "\(path): cannot be opened: \(reason); check the path, its permissions and its disk"
    case .diskFull(let path):
      "\(path): the disk is full; nothing was lost, free some space and the hub goes on"
    case .newerSchema(let path, let migrations):
      "\(path): written by a newer version (\(migrations.joined(separator: ", "))); "
        + "use that version or restore a backup"
    case .notChained(let path):
      "\(path): written by a version that did not chain events by hashes; a hub of this version chains "
        + "them when it starts on that database"
    case .sequence(let expected, let found):
      "event \(found) does not follow the log, which expects \(expected); nothing was written"
    case .corrupt(let path, let reason): "\(path): damaged: \(reason); restore a backup"
    case .failed(let operation, let reason): "database: \(operation) failed: \(reason)"
    }
  }

  /// Puts a failure of SQLite in the words above.
  static func from(_ error: any Error, doing operation: String, path: String) -> StoreError {
    if let error = error as? StoreError { return error }
    guard let database = error as? DatabaseError else {
      return .failed(operation: operation, reason: "\(error)")
    }
    let reason = database.message ?? "\(database.resultCode)"
    return switch database.resultCode {
    case .SQLITE_FULL: .diskFull(path: path)
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY:
      .cannotOpen(path: path, reason: reason)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: .corrupt(path: path, reason: reason)
    default: .failed(operation: operation, reason: reason)
    }
  }
}
