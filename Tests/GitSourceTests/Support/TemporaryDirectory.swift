import Foundation
import Synchronization

/// A directory that is removed with its last reference.
final class TemporaryDirectory: Sendable {
  let path: String
  private let kept = Mutex<[any AnyObject & Sendable]>([])

  init() throws {
    var template = Array((NSTemporaryDirectory() + "/flotilla-git-XXXXXX").utf8CString)
    guard let made = mkdtemp(&template) else { throw CocoaError(.fileWriteUnknown) }
    // Tests compare with what git prints, which is free of links.
    path = URL(fileURLWithPath: String(cString: made)).resolvingSymlinksInPath().path
  }

  // What is left of a test's files harms no other test.
  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Lets a server live as long as the directory, that is, as long as its test.
  func keep(_ server: any AnyObject & Sendable) { kept.withLock { $0.append(server) } }

  func file(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
    let file = path + "/" + name
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    return file
  }
}
