internal import SourceTree
internal import Synchronization

/// A tree that remembers what it was asked. All overlays of a commit share their bases; each file
/// is read once.
final class SharedTree: FileTree {
  private let tree: any FileTree
  private let known = Mutex(Known())

  private struct Known {
    var entries: [TreePath: TreeEntry?] = [:]
    var contents: [TreePath: [UInt8]] = [:]
    var children: [TreePath: [String]] = [:]
  }

  init(_ tree: any FileTree) { self.tree = tree }

  /// Failures are not remembered: a disk may recover. The lock is held while reading, so that two
  /// tasks never read the same file.
  private func recall<Value: Sendable>(
    _ path: TreePath, in list: WritableKeyPath<Known, [TreePath: Value]>,
    _ read: () throws -> Value
  ) throws -> Value {
    try known.withLock { known in
      if let value = known[keyPath: list][path] { return value }
      let value = try read()
      known[keyPath: list][path] = value
      return value
    }
  }

  func entry(at path: TreePath) throws -> TreeEntry? {
    try recall(path, in: \.entries) { try tree.entry(at: path) }
  }

  func contents(of path: TreePath) throws -> [UInt8] {
    try recall(path, in: \.contents) { try tree.contents(of: path) }
  }

  func children(of path: TreePath) throws -> [String] {
    try recall(path, in: \.children) { try tree.children(of: path) }
  }

  func absolute(_ target: String) -> TreePath? { tree.absolute(target) }
}
