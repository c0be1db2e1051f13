internal import Glibc
public import SourceTree
internal import Synchronization

/// Commits of other repositories that overlays are built from, fetched when they are first needed.
///
/// Each repository has a mirror in one directory; a commit that a mirror holds needs no network.
/// Calls block: make them outside of Swift's cooperative pool.
public final class RemoteRepositories: RemoteTrees {
  /// Most mirrors in the directory.
  public static let limit = 64

  private let directory: String
  private let timeouts: GitTimeouts
  private let trees = Mutex<[Key: GitTree]>([:])
  /// One fetch at a time: builds that need the same repository share it.
  private let fetching = Mutex(())

  private struct Key: Hashable {
    let url: String
    let commit: String
  }

  /// - Parameter directory: where the mirrors are, of its owner alone; created when needed.
  public init(
    directory: String, timeouts: GitTimeouts = GitTimeouts(total: .seconds(120))
  ) {
    self.directory = directory
    self.timeouts = timeouts
  }

  public func tree(of url: String, at commit: String) throws -> any FileTree {
    let key = Key(url: url, commit: commit)
    if let known = trees.withLock({ $0[key] }) { return known }
    let tree = try fetching.withLock { _ in
      if let known = trees.withLock({ $0[key] }) { return known }
      return try read(url, commit)
    }
    trees.withLock { trees in
      if trees.count >= 4 * Self.limit { trees.removeAll() }
      trees[key] = tree
    }
    return tree
  }

  private func read(_ url: String, _ commit: String) throws -> GitTree {
    let remote = try GitRemote(url: url, timeouts: timeouts)
    let action = "read commit \(commit.prefix(12)) of \(remote.url)"
    guard let id = CommitID(commit) else {
      throw GitError(.unknownRevision, action: action, reason: "it is no full commit id")
    }
    let name = MountedTree.encoded(remote.url)
    guard name.utf8.count <= 200 else {
      throw GitError(.configuration, action: action, reason: "the URL is too long")
    }
    let path = "\(directory)/\(name).git"
    try checkRoom(for: path, action)
    // Held while it may be written; other processes wait for the lock and then find the commit.
    let mirror = try MirrorDirectory(path, of: remote)
    let repository = GitRepository(gitDirectory: mirror.path)
    if try !repository.contains(id) {
      try MirrorFetcher.fetch(
        remote, into: mirror, repository: repository, OperationLimits(timeouts))
      repository.pool.reopen()
    }
    guard try repository.contains(id) else {
      throw GitError(
        .unknownRevision, action: action, reason: "no branch or tag there holds this commit",
        advice: "check the id, or push a tag that keeps it")
    }
    return try repository.tree(at: id)
  }

  private func checkRoom(for path: String, _ action: String) throws {
    guard access(path, F_OK) != 0, let stream = opendir(directory) else { return }
    defer { closedir(stream) }
    var count = 0
    while readdir(stream) != nil { count += 1 }
    // The directory lists itself and the one above, too.
    guard count < Self.limit + 2 else {
      throw GitError(
        .configuration, action: action,
        reason: "\(directory) holds \(Self.limit) repositories already",
        advice: "remove those from it that are not used any more")
    }
  }
}
