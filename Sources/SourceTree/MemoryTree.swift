/// Files held in memory, for tests and for generated trees.
public struct MemoryTree: FileTree {
  private var entries: [TreePath: Stored] = [.root: .directory]

  private enum Stored: Sendable {
    case file([UInt8])
    case directory
    case symbolicLink(String)
  }

  public init() {}

  /// A tree of text files by path. Paths that leave the tree are ignored by ``TreePath``'s rules
  /// and therefore refused here.
  public init(_ files: [String: String]) throws {
    for (path, text) in files { try write(Array(text.utf8), to: path) }
  }

  /// Adds or replaces a regular file and the directories above it.
  public mutating func write(_ bytes: [UInt8], to path: String) throws {
    entries[try place(path)] = .file(bytes)
  }

  /// Adds or replaces a symbolic link and the directories above it.
  public mutating func link(_ path: String, to target: String) throws {
    entries[try place(path)] = .symbolicLink(target)
  }

  private mutating func place(_ path: String) throws -> TreePath {
    guard let place = TreePath(path), !place.isRoot else {
      throw FileTreeError.outsideTree(path: path)
    }
    var above = place.parent
    while !above.isRoot {
      entries[above] = .directory
      above = above.parent
    }
    return place
  }

  public func entry(at path: TreePath) throws -> TreeEntry? {
    switch entries[path] {
    case nil: nil
    case .file?: .file(identity: nil)
    case .directory?: .directory(identity: nil)
    case .symbolicLink(let target)?: .symbolicLink(target: target)
    }
  }

  public func contents(of path: TreePath) throws -> [UInt8] {
    switch entries[path] {
    case nil: throw FileTreeError.notFound(path)
    case .file(let bytes)?: return bytes
    default: throw FileTreeError.notAFile(path)
    }
  }

  public func children(of path: TreePath) throws -> [String] {
    guard case .directory? = entries[path] else { throw FileTreeError.notADirectory(path) }
    return entries.keys.filter { !$0.isRoot && $0.parent == path }.map(\.name).sorted()
  }
}
