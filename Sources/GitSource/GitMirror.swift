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

/// The only writer of a mirror: one fetch at a time, on a thread of its own.
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
}
