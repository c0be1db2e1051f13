internal import Manifests
internal import SourceTree
internal import Synchronization

/// A tree that remembers what it was asked. All overlays of a commit share their bases; each file
/// is read once, and while it is read only those who want the same file wait.
///
/// Every file has an identity: where the tree knows none, the digest of its content.
final class SharedTree: FileTree {
  private let tree: any FileTree
  private let entries = Mutex<[TreePath: TreeEntry?]>([:])
  private let files = Mutex(Files())
  private let listings = Mutex<[TreePath: [String]]>([:])

  private struct Files {
    var known: [TreePath: File] = [:]
    var size = 0
  }

  /// The content of one file, once it is read.
  private final class File: Sendable { let bytes = Mutex<[UInt8]?>(nil) }

  /// Bytes of file contents that are kept; those beyond are read again when they are needed again.
  private static let keptBytes = 64 << 20

  init(_ tree: any FileTree) { self.tree = tree }

  // Failures are not remembered: a disk may recover.

  func entry(at path: TreePath) throws -> TreeEntry? {
    if let known = entries.withLock({ $0[path] }) { return known }
    var entry = try tree.entry(at: path)
    if case .file(nil)? = entry {
      entry = .file(identity: Digest(hashing: try contents(of: path)).hex)
    }
    entries.withLock { $0[path] = .some(entry) }
    return entry
  }

  func contents(of path: TreePath) throws -> [UInt8] {
    let file = files.withLock { files in
      if let known = files.known[path] { return known }
      let new = File()
      files.known[path] = new
      return new
    }
    return try file.bytes.withLock { bytes in
      if let bytes { return bytes }
      let read = try tree.contents(of: path)
      bytes = read
      files.withLock { files in
        files.size += read.count
        if files.size > Self.keptBytes { files = Files() }
      }
      return read
    }
  }

  func children(of path: TreePath) throws -> [String] {
    if let known = listings.withLock({ $0[path] }) { return known }
    let names = try tree.children(of: path)
    listings.withLock { $0[path] = names }
    return names
  }

  func entries(in path: TreePath) throws -> [String: TreeEntry]? { try tree.entries(in: path) }

  func absolute(_ target: String) -> TreePath? { tree.absolute(target) }
}
