internal import CLibgit2
public import SourceTree

/// One file to write or remove in a new commit.
public struct FileChange: Sendable, Equatable {
  public let path: TreePath
  /// `nil` removes the file, or the whole directory of that name.
  public let contents: [UInt8]?

  public init(path: TreePath, contents: [UInt8]?) {
    self.path = path
    self.contents = contents
  }
}

extension GitRepository {
  /// Writes a commit without index or working tree. No branch names it yet; ``GitMirror/push(_:to:expecting:)``
  /// makes one do so.
  ///
  /// - Parameters:
  ///   - parent: `nil` makes the first commit of a history.
  ///   - changes: against the files of `parent`; for a path that occurs twice the last one counts.
  public func writeCommit(
    onto parent: CommitID?, changes: [FileChange], message: String, author: CommitSignature
  ) throws -> CommitID {
    let action = "write a commit onto \(parent?.short ?? "nothing")"
    return try reading(action) { repository in
      var base: ObjectID?
      var parents: [OpaquePointer?] = []
      defer { for commit in parents { git_commit_free(commit) } }
      if let parent {
        var oid = parent.object.raw
        var commit: OpaquePointer?
        try check(git_commit_lookup(&commit, repository, &oid))
        parents.append(commit)
        base = ObjectID(try produced(git_commit_tree_id(commit)).pointee)
      }
      let pending = changes.map {
        PendingChange(rest: $0.path.components[...], contents: $0.contents)
      }
      let root =
        try updatedTree(base, pending, in: repository) ?? writeTree(nil, in: repository) { _ in }
      var treeID = root.raw
      var tree: OpaquePointer?
      try check(git_tree_lookup(&tree, repository, &treeID))
      defer { git_tree_free(tree) }
      var signature: UnsafeMutablePointer<git_signature>?
      try check(
        git_signature_new(&signature, author.name, author.email, author.time, Int32(author.offset)))
      defer { git_signature_free(signature) }
      var created = git_oid()
      try check(
        git_commit_create(
          &created, repository, nil, signature, signature, nil, message, tree, parents.count,
          &parents))
      return CommitID(ObjectID(created))
    }
  }

  /// The tree `base` with `changes`; `nil` when no file is left, because git knows no empty
  /// directories.
  private func updatedTree(
    _ base: ObjectID?, _ changes: [PendingChange], in repository: OpaquePointer
  ) throws -> ObjectID? {
    let known = try base.map { try directory($0) } ?? .empty
    var isEmpty = false
    let id = try writeTree(base, in: repository) { builder in
      for (name, group) in Dictionary(grouping: changes, by: { $0.rest.first ?? "" }) {
        // What a change says about this name itself comes before what others say about paths below.
        let start = group.lastIndex { $0.rest.count < 2 }.map { $0 + 1 } ?? 0
        let below = group[start...].map {
          PendingChange(rest: $0.rest.dropFirst(), contents: $0.contents)
        }
        var entry = known.entry(named: name).map { ($0.id, $0.kind.mode) }
        if start > 0 {
          entry = try group[start - 1].contents.map {
            (
              try writeBlob($0, in: repository),
              entry?.1 == GIT_FILEMODE_BLOB_EXECUTABLE
                ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB
            )
          }
        }
        if !below.isEmpty {
          let directory = entry.flatMap { $0.1 == GIT_FILEMODE_TREE ? $0.0 : nil }
          if let updated = try updatedTree(directory, below, in: repository) {
            entry = (updated, GIT_FILEMODE_TREE)
          } else if directory != nil {
            entry = nil
          }
        }
        if let (id, mode) = entry {
          var oid = id.raw
          try check(git_treebuilder_insert(nil, builder, name, &oid, mode))
        } else if known.entry(named: name) != nil {
          try check(git_treebuilder_remove(builder, name))
        }
      }
      isEmpty = git_treebuilder_entrycount(builder) == 0
    }
    return isEmpty ? nil : id
  }
}

private struct PendingChange {
  /// What is left of the path below the directory at hand.
  let rest: ArraySlice<String>
  let contents: [UInt8]?
}

private func writeBlob(_ bytes: [UInt8], in repository: OpaquePointer) throws -> ObjectID {
  var oid = git_oid()
  try check(git_blob_create_from_buffer(&oid, repository, bytes, bytes.count))
  return ObjectID(oid)
}

/// Writes a tree that begins as `base`.
private func writeTree(
  _ base: ObjectID?, in repository: OpaquePointer, _ change: (OpaquePointer) throws -> Void
) throws -> ObjectID {
  var tree: OpaquePointer?
  if let base {
    var oid = base.raw
    try check(git_tree_lookup(&tree, repository, &oid))
  }
  defer { git_tree_free(tree) }
  var builder: OpaquePointer?
  try check(git_treebuilder_new(&builder, repository, tree))
  defer { git_treebuilder_free(builder) }
  try change(try produced(builder))
  var written = git_oid()
  try check(git_treebuilder_write(&written, builder))
  return ObjectID(written)
}

extension TreeDirectory.Kind {
  fileprivate var mode: git_filemode_t {
    switch self {
    case .file: GIT_FILEMODE_BLOB
    case .executable: GIT_FILEMODE_BLOB_EXECUTABLE
    case .symbolicLink: GIT_FILEMODE_LINK
    case .directory: GIT_FILEMODE_TREE
    case .submodule: GIT_FILEMODE_COMMIT
    }
  }
}
