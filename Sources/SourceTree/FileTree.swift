/// A read-only tree of files: a folder on disk, the tree of a Git commit, or files in memory.
///
/// Paths are ``TreePath`` values relative to the root of the tree. Implementations do not follow
/// symbolic links: ``FileTree/resolve(_:)`` does, in one place and within bounds, so that no link
/// leads out of the tree.
public protocol FileTree: Sendable {
  /// What stands at exactly `path`, or `nil` when nothing does. The root is a directory.
  ///
  /// Parents of `path` are taken literally: a path below a symbolic link does not exist.
  func entry(at path: TreePath) throws -> TreeEntry?

  /// The bytes of the regular file at `path`; throws ``FileTreeError`` for anything else.
  func contents(of path: TreePath) throws -> [UInt8]

  /// Names in the directory at `path`, in byte order; throws ``FileTreeError`` for anything else.
  func children(of path: TreePath) throws -> [String]

  /// What the directory at `path` holds, by name, where that is known at once; `nil` elsewhere,
  /// which is the default.
  func entries(in path: TreePath) throws -> [String: TreeEntry]?

  /// Where the absolute link target `target` lies in this tree; `nil` where it lies outside,
  /// which is the default.
  func absolute(_ target: String) -> TreePath?

  /// Follows symbolic links in every component of `path` and answers the path of the entry that
  /// it really names, together with that entry. Links stay inside the tree or throw
  /// ``FileTreeError/outsideTree(path:)``. The default is ``followLinks(_:)``; trees that remember
  /// what they were asked may answer faster.
  func resolve(_ path: TreePath) throws -> (path: TreePath, entry: TreeEntry)
}

/// What a tree holds at one path.
public enum TreeEntry: Sendable, Equatable {
  /// A regular file. `identity` names its content where the tree knows it without reading (a Git
  /// object id); two files with equal identities have equal bytes.
  case file(identity: String?)
  /// A directory. `identity` names the whole subtree where the tree knows it (a Git tree id).
  case directory(identity: String?)
  /// A symbolic link with its target as written, which may lead anywhere.
  case symbolicLink(target: String)
  /// A Git submodule: its content is not part of this tree.
  case submodule
}

/// Why a tree could not be read. Messages name the path and what to do about it.
public enum FileTreeError: Error, Sendable, Equatable, CustomStringConvertible {
  case notFound(TreePath)
  case notAFile(TreePath)
  case notADirectory(TreePath)
  /// The path leads out of the tree, by `..` or by a symbolic link.
  case outsideTree(path: String)
  case tooManyLinks(TreePath)
  case submodule(TreePath)
  case unreadable(TreePath, reason: String)

  public var description: String {
    switch self {
    case .notFound(let path): "\(path): no such file or directory"
    case .notAFile(let path): "\(path): not a regular file"
    case .notADirectory(let path): "\(path): not a directory"
    case .outsideTree(let path): "\(path): leads out of the repository"
    case .tooManyLinks(let path): "\(path): too many levels of symbolic links"
    case .submodule(let path):
      "\(path): is a Git submodule, whose files are not part of this repository; copy them in"
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    }
  }
}

extension FileTree {
  public func resolve(_ path: TreePath) throws -> (path: TreePath, entry: TreeEntry) {
    try followLinks(path)
  }

  /// Resolves `path` by asking for the entry of each component, those below `directory` where that
  /// is known to be a directory and `path` lies below it.
  public func followLinks(
    _ path: TreePath, below directory: TreePath = .root
  ) throws -> (path: TreePath, entry: TreeEntry) {
    var links = 0
    var pending = path.components(below: directory)
    var resolved = directory
    var current = TreeEntry.directory(identity: nil)
    while let name = pending.popFirst() {
      let next = resolved.appending(component: name)
      switch try entry(at: next) {
      case nil: throw FileTreeError.notFound(path)
      case .symbolicLink(let target)?:
        links += 1
        guard links <= 40 else { throw FileTreeError.tooManyLinks(path) }
        guard let redirected = target.hasPrefix("/") ? absolute(target) : resolved.joined(target)
        else { throw FileTreeError.outsideTree(path: path.description) }
        pending = (redirected.components + Array(pending))[...]
        resolved = .root
        current = .directory(identity: nil)
      case .submodule?: throw FileTreeError.submodule(next)
      case let found?:
        if case .file = found, !pending.isEmpty { throw FileTreeError.notADirectory(next) }
        resolved = next
        current = found
      }
    }
    if resolved == .root, let root = try entry(at: .root) { current = root }
    return (resolved, current)
  }

  public func absolute(_ target: String) -> TreePath? { nil }

  public func entries(in path: TreePath) throws -> [String: TreeEntry]? { nil }
}
