internal import CLibgit2
internal import Glibc
internal import Synchronization

/// One directory of a commit, decoded. Directories are shared by object id between commits.
final class TreeDirectory: Sendable {
  enum Kind: Sendable, Equatable { case file, executable, symbolicLink, directory, submodule }

  struct Entry: Sendable {
    let name: String
    let kind: Kind
    let id: ObjectID
  }

  /// In byte order of their names.
  let entries: [Entry]

  static let empty = TreeDirectory(entries: [])

  private init(entries: [Entry]) { self.entries = entries }

  /// Reads the tree object `id`.
  static func read(_ id: ObjectID, from repository: OpaquePointer) throws -> TreeDirectory {
    var oid = id.raw
    var loaded: OpaquePointer?
    try check(git_tree_lookup(&loaded, repository, &oid))
    let tree = try produced(loaded)
    defer { git_tree_free(tree) }
    let count = git_tree_entrycount(tree)
    var entries: [Entry] = []
    entries.reserveCapacity(count)
    for index in 0..<count {
      let entry = try produced(git_tree_entry_byindex(tree, index))
      let name = String(cString: try produced(git_tree_entry_name(entry)))
      // git itself never writes such names, and no checkout would accept them.
      guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/")) else {
        throw LibGit2Failure(
          code: GIT_EINVALID.rawValue,
          message: "a directory of the commit holds an entry with the forbidden name '\(name)'")
      }
      let oid = try produced(git_tree_entry_id(entry)).pointee
      entries.append(
        Entry(name: name, kind: Kind(mode: git_tree_entry_filemode(entry)), id: ObjectID(oid)))
    }
    // git sorts directories as if their names ended in a slash, which seldom makes a difference.
    let isSorted = zip(entries, entries.dropFirst()).allSatisfy {
      compareBytes($0.name, $1.name) < 0
    }
    if !isSorted { entries.sort { compareBytes($0.name, $1.name) < 0 } }
    return TreeDirectory(entries: entries)
  }

  func entry(named name: String) -> Entry? {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      let order = compareBytes(entries[middle].name, name)
      if order == 0 { return entries[middle] }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return nil
  }
}

extension TreeDirectory.Kind {
  init(mode: git_filemode_t) {
    switch mode {
    case GIT_FILEMODE_TREE: self = .directory
    case GIT_FILEMODE_LINK: self = .symbolicLink
    case GIT_FILEMODE_COMMIT: self = .submodule
    case GIT_FILEMODE_BLOB_EXECUTABLE: self = .executable
    default: self = .file
    }
  }
}

/// Byte order, which unlike `String`'s own tells composed and decomposed letters apart, as git does.
func compareBytes(_ a: String, _ b: String) -> Int {
  let order = a.utf8.withContiguousStorageIfAvailable { first in
    b.utf8.withContiguousStorageIfAvailable { second -> Int in
      if let left = first.baseAddress, let right = second.baseAddress {
        let order = memcmp(left, right, min(first.count, second.count))
        if order != 0 { return Int(order) }
      }
      return first.count - second.count
    }
  }
  if let order = order ?? nil { return order }
  if a.utf8.elementsEqual(b.utf8) { return 0 }
  return a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
}

/// Decoded directories by object id. Consecutive commits share all but a few of them, so that a
/// new commit costs only the directories that it changed.
final class DirectoryCache: Sendable {
  private let directories = Mutex<[ObjectID: TreeDirectory]>([:])

  /// About 100 MB of directories with ten entries each; then the cache starts over.
  private static let limit = 200_000

  func directory(_ id: ObjectID, in pool: RepositoryPool) throws -> TreeDirectory {
    if let known = directories.withLock({ $0[id] }) { return known }
    let read = try pool.withRepository { try TreeDirectory.read(id, from: $0) }
    directories.withLock {
      if $0.count >= Self.limit { $0.removeAll() }
      $0[id] = read
    }
    return read
  }
}
