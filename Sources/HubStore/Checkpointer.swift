internal import Dispatch
internal import GRDB
internal import Synchronization

/// Moves what is durable in the write-ahead log into the database file, on a connection and a thread of
/// its own, so that no commit waits while thousands of pages are written and synced. It keeps nobody
/// waiting, so under load it never reaches the log's end; SQLite does that itself, in a commit, when
/// the log has grown to ``Checkpointer/longestLog``, and then little is left to move.
final class Checkpointer: Sendable {
  /// Pages of 4 KB.
  static let longestLog = 16_000
  /// How many rows are written between two rounds.
  private static let interval = 16_000

  private struct Progress {
    var rows = 0
    var isUnderWay = false
  }

  private let connection: DatabaseQueue
  private let queue = DispatchQueue(label: "flotilla.checkpoint")
  private let progress = Mutex(Progress())

  init(path: String) throws {
    var configuration = Configuration()
    configuration.label = "checkpoint"
    connection = try DatabaseQueue(path: path, configuration: configuration)
  }

  /// Takes note of a commit of so many rows and begins a round when one is due.
  func committed(rows: Int) {
    let isDue = progress.withLock { progress in
      progress.rows += rows
      guard progress.rows >= Checkpointer.interval, !progress.isUnderWay else { return false }
      progress = Progress(rows: 0, isUnderWay: true)
      return true
    }
    guard isDue else { return }
    queue.async {
      // What fails here is tried again in a commit, which says why.
      try? self.connection.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)")
      }
      self.progress.withLock { $0.isUnderWay = false }
    }
  }

  /// After the round under way.
  func close() throws { try queue.sync { try connection.close() } }
}
