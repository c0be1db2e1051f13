internal import CLibgit2
public import SourceTree

/// The files of one commit, read straight from the object store without a checkout.
///
/// Cheap to make and to copy; use it from as many threads as you like. Symbolic links are reported
/// and not followed, submodules are reported and never entered. Identities are Git object ids.
public struct GitTree: FileTree {
  public let commit: CommitID
  private let root: ObjectID
  private let repository: GitRepository

  /// Larger files are refused: nothing that describes a cluster comes near.
  public static let largestFile = 64 << 20

  init(commit: CommitID, root: ObjectID, repository: GitRepository) {
    self.commit = commit
    self.root = root
    self.repository = repository
  }

  /// The object id of the whole tree: equal for two commits with equal files.
  public var identity: String { root.hex }

  public func entry(at path: TreePath) throws -> TreeEntry? {
    if path.isRoot { return .directory(identity: root.hex) }
    guard let entry = try find(path) else { return nil }
    return try self.entry(entry, at: path)
  }

  private func entry(_ entry: TreeDirectory.Entry, at path: TreePath) throws -> TreeEntry {
    switch entry.kind {
    case .file, .executable: return .file(identity: entry.id.hex)
    case .directory: return .directory(identity: entry.id.hex)
    case .submodule: return .submodule
    case .symbolicLink:
      let target = try read(entry.id, at: path)
      return .symbolicLink(target: String(decoding: target, as: UTF8.self))
    }
  }

  /// As one answer for directories whose names are ASCII: a dictionary would take composed and
  /// decomposed letters for the same.
  public func entries(in path: TreePath) throws -> [String: TreeEntry]? {
    guard let directory = try directory(path) else { return nil }
    var entries: [String: TreeEntry] = Dictionary(minimumCapacity: directory.entries.count)
    for entry in directory.entries {
      guard entry.name.utf8.allSatisfy({ $0 < 128 }) else { return nil }
      entries[entry.name] = try self.entry(entry, at: path.appending(component: entry.name))
    }
    return entries
  }

  public func contents(of path: TreePath) throws -> [UInt8] {
    guard !path.isRoot else { throw FileTreeError.notAFile(path) }
    guard let entry = try find(path) else { throw FileTreeError.notFound(path) }
    switch entry.kind {
    case .file, .executable: break
    case .submodule: throw FileTreeError.submodule(path)
    case .directory, .symbolicLink: throw FileTreeError.notAFile(path)
    }
    let bytes = try read(entry.id, at: path)
    if isLFSPointer(bytes) {
      throw FileTreeError.unreadable(
        path,
        reason: "it is kept in Git LFS and only a pointer to it is in the repository;"
          + " commit the file itself ('git lfs migrate export --include=\(path)')")
    }
    return bytes
  }

  public func children(of path: TreePath) throws -> [String] {
    guard let directory = try directory(path) else { throw FileTreeError.notADirectory(path) }
    return directory.entries.map(\.name)
  }

  private func find(_ path: TreePath) throws -> TreeDirectory.Entry? {
    try directory(path.parent)?.entry(named: path.name)
  }

  private func directory(_ path: TreePath) throws -> TreeDirectory? {
    do {
      var current = try repository.directory(root)
      for name in path.components {
        guard let entry = current.entry(named: name), entry.kind == .directory else { return nil }
        current = try repository.directory(entry.id)
      }
      return current
    } catch let failure as LibGit2Failure {
      throw FileTreeError.unreadable(path, reason: repository.explainMissing(failure))
    }
  }

  private func read(_ id: ObjectID, at path: TreePath) throws -> [UInt8] {
    do {
      return try repository.blob(id, limit: Self.largestFile)
    } catch let failure as LibGit2Failure {
      throw FileTreeError.unreadable(path, reason: repository.explainMissing(failure))
    }
  }
}

/// The first line that https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md demands.
private func isLFSPointer(_ bytes: [UInt8]) -> Bool {
  bytes.count < 1024
    && (bytes.starts(with: "version https://git-lfs.github.com/spec/".utf8)
      || bytes.starts(with: "version https://hawser.github.com/spec/".utf8))
}
