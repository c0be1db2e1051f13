internal import Foundation

/// Keeps a second hub away from a database: an exclusive lock on a file beside it, which the
/// kernel releases when the process ends, however it ends.
final class DatabaseLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock or throws ``StoreError/inUse(path:holder:)`` naming who holds it.
  init(for databasePath: String) throws(StoreError) {
    let path = databasePath + ".lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .cannotOpen(path: databasePath, reason: String(cString: strerror(errno)))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let holder = DatabaseLock.readHolder(descriptor)
      close(descriptor)
      throw .inUse(path: databasePath, holder: holder)
    }
    let note = Array("process \(getpid())".utf8)
    // The note only serves the message above; the lock holds without it.
    _ = ftruncate(descriptor, 0)
    _ = pwrite(descriptor, note, note.count, 0)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  private static func readHolder(_ descriptor: Int32) -> String {
    var note = [UInt8](repeating: 0, count: 64)
    let count = pread(descriptor, &note, note.count, 0)
    return count > 0 ? String(decoding: note.prefix(count), as: UTF8.self) : "unknown process"
  }
}
