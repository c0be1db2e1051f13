internal import CLibgit2

/// A bare copy of a remote repository on this machine, with all its branches and tags.
///
/// Reading never waits for a fetch. Nothing blocks Swift's cooperative thread pool. A failed or
/// interrupted fetch leaves the mirror as it was, and commits that were once fetched stay readable
/// after a force push or the deletion of their branch.
public actor GitMirror {
  public nonisolated let remote: GitRemote
  /// The same data for synchronous callers that may block, as threads that render.
  public nonisolated let repository: GitRepository

  private let fetcher: MirrorFetcher
  private let executor = QueueExecutor("flotilla.git.reader")

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Opens the mirror at `path`, or creates an empty one, which the first ``fetch()`` fills.
  ///
  /// Throws ``GitError`` when another process uses it or it belongs to another repository.
  public init(remote: GitRemote, path: String) throws {
    self.remote = remote
    let directory = try MirrorDirectory(path, of: remote)
    repository = GitRepository(gitDirectory: path)
    fetcher = MirrorFetcher(remote: remote, directory: directory, repository: repository)
  }

  /// Brings all branches and tags in line with the remote, force pushes and deletions included.
  ///
  /// Ends within the total time-out, and soon after its task is cancelled. Throws ``GitError``;
  /// the mirror then keeps its last good state.
  public func fetch() async throws -> FetchResult {
    let limits = OperationLimits(remote.timeouts)
    return try await withTaskCancellationHandler {
      try await fetcher.fetch(limits)
    } onCancel: {
      limits.cancel()
    }
  }

  /// The newest commit of `branch`, as of the last fetch.
  public func head(branch: String) throws -> CommitID { try repository.head(branch: branch) }

  /// All branches with their newest commits, in byte order of their names.
  public func branches() throws -> [(name: String, head: CommitID)] { try repository.branches() }

  /// See ``GitRepository/resolve(_:)``.
  public func resolve(_ revision: String) throws -> CommitID { try repository.resolve(revision) }

  /// Author, message and parents of a commit.
  public func commit(_ id: CommitID) throws -> CommitInfo { try repository.commit(id) }

  /// Whether the commit is in this mirror.
  public func contains(_ id: CommitID) throws -> Bool { try repository.contains(id) }

  /// The files of a commit.
  public func tree(at id: CommitID) throws -> GitTree { try repository.tree(at: id) }

  /// See ``GitRepository/changedPaths(from:to:)``.
  public func changedPaths(from old: CommitID?, to new: CommitID) throws -> [ChangedPath] {
    try repository.changedPaths(from: old, to: new)
  }

  /// See ``GitRepository/history(from:to:limit:)``.
  public func history(from old: CommitID?, to new: CommitID, limit: Int) throws -> [CommitInfo] {
    try repository.history(from: old, to: new, limit: limit)
  }

  /// Whether `ancestor` is `commit` or one of the commits that it grew from.
  public func isAncestor(_ ancestor: CommitID, of commit: CommitID) throws -> Bool {
    try repository.isAncestor(ancestor, of: commit)
  }
}

extension GitMirror {
  /// See ``GitRepository/writeCommit(onto:changes:message:author:)``.
  public func writeCommit(
    onto parent: CommitID?, changes: [FileChange], message: String, author: CommitSignature
  ) throws -> CommitID {
    try repository.writeCommit(onto: parent, changes: changes, message: message, author: author)
  }

  /// Moves `branch` of the remote, and of the mirror, to `commit`, provided that the remote still
  /// has it at `old` (`nil`: does not have it yet). Throws ``GitError`` of kind
  /// ``GitError/Kind/conflict`` when it has moved; then nothing was changed.
  public func push(_ commit: CommitID, to branch: String, expecting old: CommitID?) async throws {
    let push = BranchPush(
      commit: commit, reference: "refs/heads/" + branch, expected: old,
      action: "push \(commit.short) to branch \(branch) of \(remote.url)")
    let limits = OperationLimits(remote.timeouts)
    try await withTaskCancellationHandler {
      try await fetcher.push(push, limits)
    } onCancel: {
      limits.cancel()
    }
  }

  /// Joins the pack files that fetches leave behind, one each, when there are more than `limit`,
  /// and the loose objects of written commits.
  /// No object is dropped, named or not. Needs the git program. Answers whether there was work.
  @discardableResult
  public func compact(whenPacksExceed limit: Int = 50) async throws -> Bool {
    let limits = OperationLimits(remote.timeouts)
    return try await withTaskCancellationHandler {
      try await fetcher.compact(limit, limits)
    } onCancel: {
      limits.cancel()
    }
  }
}

/// The only one that changes a mirror: one fetch at a time, on a thread of its own.
actor MirrorFetcher {
  private let remote: GitRemote
  private let directory: MirrorDirectory
  private let repository: GitRepository
  private let executor = QueueExecutor("flotilla.git.fetcher")

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(remote: GitRemote, directory: MirrorDirectory, repository: GitRepository) {
    self.remote = remote
    self.directory = directory
    self.repository = repository
  }

  func fetch(_ limits: OperationLimits) throws -> FetchResult {
    try Self.fetch(remote, into: directory, repository: repository, limits)
  }

  /// The same for callers that may block and hold the mirror alone.
  @discardableResult
  static func fetch(
    _ remote: GitRemote, into directory: MirrorDirectory, repository: GitRepository,
    _ limits: OperationLimits
  ) throws -> FetchResult {
    let action = "fetch \(remote.url)"
    if let violation = limits.violation(action) { throw violation }
    return try repository.reading(action) { handle in
      let before = try references(handle)
      switch remote.location {
      case .http: try fetchOverHTTP(remote, into: handle, limits: limits, action: action)
      case .ssh, .local:
        try fetchWithProgram(remote, into: directory.path, limits: limits, action: action)
      }
      return try FetchResult(from: before, to: references(handle), in: handle)
    }
  }

  func push(_ push: BranchPush, _ limits: OperationLimits) throws {
    if let violation = limits.violation(push.action) { throw violation }
    try repository.reading(push.action) { handle in
      var isValid: Int32 = 0
      // libgit2 lets the control character DEL pass, git does not.
      guard git_reference_name_is_valid(&isValid, push.reference) == 0, isValid == 1,
        !push.reference.utf8.contains(127)
      else {
        throw GitError(
          .configuration, action: push.action, reason: "this is not a valid name of a branch")
      }
      switch remote.location {
      case .http: try push.sendOverHTTP(to: remote, from: handle, limits: limits)
      case .ssh, .local:
        try push.sendWithProgram(to: remote, from: directory.path, limits: limits)
      }
      var oid = push.commit.object.raw
      var created: OpaquePointer?
      try check(
        git_reference_create(&created, handle, push.reference, &oid, 1, "flotilla: push"))
      git_reference_free(created)
    }
  }

  func compact(_ limit: Int, _ limits: OperationLimits) throws -> Bool {
    guard directory.isScattered(packLimit: limit) else { return false }
    let action = "compact the mirror \(directory.path)"
    let program = GitProgram(
      environment: ["LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"],
      limits: limits, action: action)
    let result = try program.run(
      GitProgram.quietConfiguration + [
        "--git-dir=\(directory.path)", "repack", "-a", "-d", "--keep-unreachable", "--quiet",
      ])
    repository.pool.reopen()
    guard result.status == 0 else {
      throw programFailure(result.errors, remote: remote, action: action)
    }
    return true
  }
}
