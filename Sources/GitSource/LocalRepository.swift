internal import CLibgit2

/// A repository that a person works in: found from any directory inside it, bare or not.
public struct LocalRepository: Sendable {
  public let repository: GitRepository
  /// The top of the working tree, without a trailing slash; `nil` for a bare repository.
  public let workTree: String?

  /// Looks for a repository in `path` and the directories above it.
  public static func open(_ path: String) throws(GitError) -> LocalRepository {
    LibGit2.start()
    let action = "open the Git repository of \(path)"
    var opened: OpaquePointer?
    let code = git_repository_open_ext(
      &opened, path, GIT_REPOSITORY_OPEN_CROSS_FS.rawValue, nil)
    if code == GIT_ENOTFOUND.rawValue {
      throw GitError(
        .repositoryMissing, action: action,
        reason: "neither this directory nor one above it is a Git repository",
        advice: "run the command inside a clone")
    }
    do throws(LibGit2Failure) {
      try check(code)
      let handle = try produced(opened)
      defer { git_repository_free(handle) }
      let directory = String(cString: try produced(git_repository_path(handle)))
      let workTree = git_repository_workdir(handle).map { String(cString: $0) }
      return LocalRepository(
        repository: GitRepository(gitDirectory: directory),
        workTree: workTree.map { $0.count > 1 && $0.hasSuffix("/") ? String($0.dropLast()) : $0 })
    } catch let failure {
      if failure.message.contains("objectformat") { throw sha256Unsupported(action) }
      throw GitError(.failed, action: action, reason: failure.message)
    }
  }
}

/// libgit2 1.5 knows SHA-1 only.
func sha256Unsupported(_ action: String) -> GitError {
  GitError(
    .unsupported, action: action, reason: "its object format is SHA-256, which is not supported",
    advice: "use a repository with the object format SHA-1, git's default")
}
