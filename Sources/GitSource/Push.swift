internal import CLibgit2

/// A move of one branch on a remote, valid only while the branch is where it was seen.
struct BranchPush {
  let commit: CommitID
  /// Full name, as `refs/heads/flotilla/state`.
  let reference: String
  /// Where the branch must be; `nil` when it must not exist.
  let expected: CommitID?
  let action: String

  func conflict(_ reason: String) -> GitError {
    GitError(
      .conflict, action: action, reason: reason, advice: "fetch, look at the new state, try again")
  }

  /// A server's words for one rejected reference. Those of a lost race ask for another attempt.
  func rejection(_ words: String) -> GitError {
    let races = [
      "stale info", "fetch first", "non-fast-forward", "failed to update ref", "failed to lock",
      "cannot lock ref", "incorrect old value", "already exists", "needs force",
    ]
    if races.contains(where: { words.range(ofSeparator: $0) != nil }) {
      return conflict("the branch moved meanwhile (\(words))")
    }
    return GitError(
      .failed, action: action, reason: "the server rejected it (\(words))",
      advice: "check the server's branch protection and hooks")
  }

  /// Pushes over http. Reading the branch and moving it happen in one exchange with the server,
  /// which compares again before it writes.
  func sendOverHTTP(
    to remote: GitRemote, from repository: OpaquePointer, limits: OperationLimits
  ) throws {
    let session = try HTTPSession(remote: remote, limits: limits, action: action)
    // The callbacks know the session by its address only.
    defer { withExtendedLifetime(session) {} }
    do {
      var source = commit.object.raw
      var local: OpaquePointer?
      try check(
        git_reference_create(&local, repository, Self.source, &source, 1, "flotilla: push"))
      git_reference_free(local)
      let connection = try makeRemote(remote.programURL, in: repository)
      defer { git_remote_free(connection) }
      var options = git_push_options()
      try check(git_push_options_init(&options, UInt32(GIT_PUSH_OPTIONS_VERSION)))
      options.pb_parallelism = 1
      useTransport(session, in: &options.callbacks)
      options.callbacks.push_update_reference = { _, words, payload in
        guard let words, let payload else { return 0 }
        Unmanaged<HTTPSession>.fromOpaque(payload).takeUnretainedValue()
          .rejection = String(cString: words)
        return 0
      }
      try check(git_remote_connect(connection, GIT_DIRECTION_PUSH, &options.callbacks, nil, nil))
      let present = try advertisedReferences(connection)[reference].map { CommitID($0) }
      guard present == expected else { throw conflict(difference(from: present)) }
      try withCStrings(["+\(Self.source):\(reference)"]) { specifications in
        try check(git_remote_upload(connection, &specifications, &options))
      }
    } catch let failure as LibGit2Failure {
      throw session.failure
        ?? GitError(.failed, action: action, reason: redactedMessage(failure.message))
    }
    if let words = session.rejection { throw rejection(words) }
  }

  /// Pushes over ssh or to a path.
  func sendWithProgram(
    to remote: GitRemote, from gitDirectory: String, limits: OperationLimits
  ) throws {
    let program = try GitProgram(
      reaching: remote, from: gitDirectory, limits: limits, action: action)
    let result = try program.run(
      GitProgram.quietConfiguration + [
        "--git-dir=\(gitDirectory)", "push", "--porcelain", "--no-verify",
        "--force-with-lease=\(reference):\(expected?.hex ?? "")", remote.programURL,
        "\(commit.hex):\(reference)",
      ])
    guard result.status != 0 else { return }
    let rejected = result.output.split(separator: "\n").first { $0.hasPrefix("!") }
    if let words = rejected?.split(separator: "\t").last { throw rejection(String(words)) }
    throw programFailure(result.errors, remote: remote, action: action)
  }

  /// libgit2 pushes references only.
  private static let source = "refs/flotilla/push"

  private func difference(from present: CommitID?) -> String {
    switch (expected, present) {
    case (let old?, let new?): "the branch is at \(new.short), not at \(old.short)"
    case (nil, let new?): "the branch exists already, at \(new.short)"
    case (let old?, nil): "the branch is gone, it was at \(old.short)"
    case (nil, nil): "the branch does not exist"
    }
  }
}
