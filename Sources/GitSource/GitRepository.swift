internal import CLibgit2
internal import SourceTree

/// Read access to a repository on this machine: commits, references, trees, differences.
///
/// The calls block on disk and may come from any thread. Copies share their handles and caches.
/// Inside Swift tasks prefer ``GitMirror``, whose calls leave the cooperative pool free.
public struct GitRepository: Sendable {
  let pool: RepositoryPool
  private let directories = DirectoryCache()

  /// The directory with objects and references (`.git` or a bare repository).
  public var gitDirectory: String { pool.gitDirectory }

  init(gitDirectory: String) { pool = RepositoryPool(gitDirectory: gitDirectory) }

  /// The newest commit of `branch`, without `refs/heads/`.
  public func head(branch: String) throws -> CommitID {
    let action = "read branch \(branch) of \(gitDirectory)"
    return try reading(action) { repository in
      var reference: OpaquePointer?
      let code = git_reference_lookup(&reference, repository, "refs/heads/" + branch)
      if code == GIT_ENOTFOUND.rawValue || code == GIT_EINVALIDSPEC.rawValue {
        let names = try branchNames(repository)
        throw GitError(
          .unknownRevision, action: action, reason: "there is no such branch",
          advice: names.isEmpty
            ? "the repository has no branches yet"
            : "it has \(names.prefix(8).joined(separator: ", "))\(names.count > 8 ? ", …" : "")")
      }
      try check(code)
      defer { git_reference_free(reference) }
      return try peelToCommit(try produced(reference))
    }
  }

  /// All branches with their newest commits, in byte order of their names.
  public func branches() throws -> [(name: String, head: CommitID)] {
    try reading("list the branches of \(gitDirectory)") { repository in
      try references(repository)
        .filter { $0.key.hasPrefix("refs/heads/") }
        .map { (name: String($0.key.dropFirst("refs/heads/".count)), head: CommitID($0.value)) }
        .sorted { compareBytes($0.name, $1.name) < 0 }
    }
  }

  /// The commit that `revision` names: a branch, a tag, an id or a unique prefix of one, or
  /// anything else `git rev-parse` accepts, as `main~3`.
  public func resolve(_ revision: String) throws -> CommitID {
    let action = "find revision \(revision) in \(gitDirectory)"
    guard !revision.isEmpty, !revision.utf8.contains(0), !revision.hasPrefix("-") else {
      throw GitError(.unknownRevision, action: action, reason: "it is not a revision")
    }
    return try reading(action) { repository in
      var object: OpaquePointer?
      let code = git_revparse_single(&object, repository, revision)
      switch code {
      case GIT_ENOTFOUND.rawValue, GIT_EINVALIDSPEC.rawValue:
        throw GitError(
          .unknownRevision, action: action, reason: "no branch, tag or commit has this name",
          advice: isShallow(repository)
            ? "this clone is shallow; run 'git fetch --unshallow'" : "fetch it or check the name")
      case GIT_EAMBIGUOUS.rawValue:
        throw GitError(
          .unknownRevision, action: action, reason: "several objects start with it",
          advice: "write more digits")
      default: try check(code)
      }
      defer { git_object_free(object) }
      var commit: OpaquePointer?
      guard git_object_peel(&commit, object, GIT_OBJECT_COMMIT) == 0 else {
        throw GitError(
          .unknownRevision, action: action, reason: "it names something that is not a commit")
      }
      defer { git_object_free(commit) }
      return CommitID(ObjectID(try produced(git_object_id(commit)).pointee))
    }
  }

  /// Author, message and parents of a commit.
  public func commit(_ id: CommitID) throws -> CommitInfo {
    try reading("read commit \(id.short)") { repository in
      try withCommit(id, in: repository) { try CommitInfo(reading: $0) }
    }
  }

  /// Whether the commit is in this repository.
  public func contains(_ id: CommitID) throws -> Bool {
    try reading("look for commit \(id.short)") { repository in
      var oid = id.object.raw
      var commit: OpaquePointer?
      let code = git_commit_lookup(&commit, repository, &oid)
      git_commit_free(commit)
      if code == GIT_ENOTFOUND.rawValue { return false }
      try check(code)
      return true
    }
  }

  /// The files of a commit.
  public func tree(at id: CommitID) throws -> GitTree {
    try reading("read commit \(id.short)") { repository in
      GitTree(commit: id, root: try treeID(of: id, in: repository), repository: self)
    }
  }

  /// The files that differ between two commits, in byte order per directory; all files of `new`
  /// when `old` is `nil`.
  public func changedPaths(from old: CommitID?, to new: CommitID) throws -> [ChangedPath] {
    try reading("compare commits \(old?.short ?? "(none)") and \(new.short)") { repository in
      let before = try old.map { try treeID(of: $0, in: repository) }
      let after = try treeID(of: new, in: repository)
      guard before != after else { return [] }
      var comparison = TreeComparison(load: directory)
      try comparison.compare(before, after, below: .root)
      return comparison.changes
    }
  }

  /// The commits that `new` has and `old` has not (`git log old..new`), children before parents;
  /// at most `limit`.
  public func history(from old: CommitID?, to new: CommitID, limit: Int) throws -> [CommitInfo] {
    try reading("list the commits from \(old?.short ?? "the beginning") to \(new.short)") {
      repository in
      var walk: OpaquePointer?
      try check(git_revwalk_new(&walk, repository))
      defer { git_revwalk_free(walk) }
      try check(
        git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL.rawValue | GIT_SORT_TIME.rawValue))
      var start = new.object.raw
      try check(git_revwalk_push(walk, &start))
      if let old {
        var end = old.object.raw
        try check(git_revwalk_hide(walk, &end))
      }
      var commits: [CommitInfo] = []
      var next = git_oid()
      while commits.count < limit {
        let code = git_revwalk_next(&next, walk)
        if code == GIT_ITEROVER.rawValue { break }
        try check(code)
        commits.append(
          try withCommit(CommitID(ObjectID(next)), in: repository) { try CommitInfo(reading: $0) })
      }
      return commits
    }
  }

  /// Whether `ancestor` is `commit` or one of the commits that it grew from.
  public func isAncestor(_ ancestor: CommitID, of commit: CommitID) throws -> Bool {
    try reading("compare commits \(ancestor.short) and \(commit.short)") { repository in
      try isDescendant(commit.object, of: ancestor.object, in: repository)
    }
  }

  /// The newest commit that both have grown from.
  public func mergeBase(of a: CommitID, and b: CommitID) throws -> CommitID {
    let action = "find where \(a.short) and \(b.short) parted"
    return try reading(action) { repository in
      var (one, two, base) = (a.object.raw, b.object.raw, git_oid())
      let code = git_merge_base(&base, repository, &one, &two)
      if code == GIT_ENOTFOUND.rawValue {
        throw GitError(
          .unknownRevision, action: action, reason: "they have no commit in common",
          advice: isShallow(repository)
            ? "this clone is shallow; run 'git fetch --unshallow'" : "compare them as A..B")
      }
      try check(code)
      return CommitID(ObjectID(base))
    }
  }

  // MARK: What the other mechanisms of this module build on

  func directory(_ id: ObjectID) throws -> TreeDirectory {
    try directories.directory(id, in: pool)
  }

  func blob(_ id: ObjectID, limit: Int) throws -> [UInt8] {
    try pool.withRepository { repository in
      var oid = id.raw
      var found: OpaquePointer?
      try check(git_blob_lookup(&found, repository, &oid))
      defer { git_blob_free(found) }
      let size = git_blob_rawsize(found)
      guard size <= limit else {
        throw LibGit2Failure(
          code: -1, message: "it has \(size) bytes, the limit is \(limit); keep it elsewhere")
      }
      return Array(UnsafeRawBufferPointer(start: git_blob_rawcontent(found), count: Int(size)))
    }
  }

  /// libgit2's reason, or that of a clone which leaves objects out on purpose.
  func explainMissing(_ failure: LibGit2Failure) -> String {
    guard failure.code == GIT_ENOTFOUND.rawValue else { return failure.message }
    // Only the explanation is at stake here: the failure itself is reported either way.
    let kind = try? pool.withRepository { (isShallow($0), isPartial($0)) }
    switch kind {
    case (_, true)?:
      return "this clone is partial and does not hold it; clone without --filter"
    case (true, _)?:
      return "this clone is shallow and does not hold it; run 'git fetch --unshallow'"
    default: return "the object is missing from \(gitDirectory); run 'git fsck' there"
    }
  }

  /// Runs `body` with a handle and turns libgit2's failures into errors that name the purpose.
  func reading<R>(_ action: String, _ body: (OpaquePointer) throws -> R) throws -> R {
    do {
      return try pool.withRepository(body)
    } catch let failure as LibGit2Failure {
      switch failure.code {
      case GIT_ENOTFOUND.rawValue:
        throw GitError(.unknownRevision, action: action, reason: explainMissing(failure))
      case GIT_ELOCKED.rawValue, GIT_EMODIFIED.rawValue:
        throw GitError(.conflict, action: action, reason: failure.message)
      default:
        throw GitError(.failed, action: action, reason: failure.message)
      }
    }
  }
}

/// All branches and tags with the commits that they (at last) name.
func references(_ repository: OpaquePointer) throws -> [String: ObjectID] {
  var found: [String: ObjectID] = [:]
  var opened: OpaquePointer?
  try check(git_reference_iterator_new(&opened, repository))
  defer { git_reference_iterator_free(opened) }
  while true {
    var reference: OpaquePointer?
    let code = git_reference_next(&reference, opened)
    if code == GIT_ITEROVER.rawValue { return found }
    try check(code)
    defer { git_reference_free(reference) }
    let name = String(cString: try produced(git_reference_name(reference)))
    guard name.hasPrefix("refs/heads/") || name.hasPrefix("refs/tags/") else { continue }
    // A tag may name a file or a tree; only what leads to a commit matters here.
    if let commit = try? peelToCommit(try produced(reference)) { found[name] = commit.object }
  }
}

func isDescendant(
  _ commit: ObjectID, of ancestor: ObjectID, in repository: OpaquePointer
) throws -> Bool {
  if commit == ancestor { return true }
  var new = commit.raw
  var old = ancestor.raw
  let answer = git_graph_descendant_of(repository, &new, &old)
  try check(answer)
  return answer == 1
}

func isShallow(_ repository: OpaquePointer) -> Bool { git_repository_is_shallow(repository) == 1 }

/// Whether some remote has promised objects that are not here (`git clone --filter`).
func isPartial(_ repository: OpaquePointer) -> Bool {
  var config: OpaquePointer?
  guard git_repository_config_snapshot(&config, repository) == 0 else { return false }
  defer { git_config_free(config) }
  var iterator: OpaquePointer?
  guard git_config_iterator_new(&iterator, config) == 0 else { return false }
  defer { git_config_iterator_free(iterator) }
  var entry: UnsafeMutablePointer<git_config_entry>?
  // Not by libgit2's patterns: 1.5 leaks memory for each name that does not match.
  while git_config_next(&entry, iterator) == 0 {
    guard let name = entry?.pointee.name.map({ String(cString: $0) }) else { continue }
    if name == "extensions.partialclone" { return true }
    if name.hasPrefix("remote."), name.hasSuffix(".promisor") { return true }
  }
  return false
}

private func branchNames(_ repository: OpaquePointer) throws -> [String] {
  try references(repository).keys.filter { $0.hasPrefix("refs/heads/") }
    .map { String($0.dropFirst("refs/heads/".count)) }.sorted()
}

private func peelToCommit(_ reference: OpaquePointer) throws -> CommitID {
  var object: OpaquePointer?
  try check(git_reference_peel(&object, reference, GIT_OBJECT_COMMIT))
  defer { git_object_free(object) }
  return CommitID(ObjectID(try produced(git_object_id(object)).pointee))
}

private func withCommit<R>(
  _ id: CommitID, in repository: OpaquePointer, _ body: (OpaquePointer) throws -> R
) throws -> R {
  var oid = id.object.raw
  var commit: OpaquePointer?
  try check(git_commit_lookup(&commit, repository, &oid))
  defer { git_commit_free(commit) }
  return try body(try produced(commit))
}

private func treeID(of id: CommitID, in repository: OpaquePointer) throws -> ObjectID {
  try withCommit(id, in: repository) {
    ObjectID(try produced(git_commit_tree_id($0)).pointee)
  }
}
