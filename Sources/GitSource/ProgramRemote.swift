internal import Glibc

// How the `git` program is made to reach an ssh or local remote without asking anybody anything,
// and how its complaints are read.

extension GitRemote {
  /// The URL as the git program gets it.
  var programURL: String {
    switch location {
    case .http(let url, _, _, _), .ssh(let url): url
    case .local(let path): path
    }
  }
}

extension GitProgram {
  /// No background work, no questions, one pack per fetch; what is written is on disk when git ends.
  static let quietConfiguration = [
    "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "core.fsync=committed",
    "-c", "fetch.unpackLimit=1",
    "-c", "credential.helper=", "-c", "core.askPass=",
  ]

  /// A program in whose environment nothing of the machine's or the user's Git configuration counts.
  init(
    reaching remote: GitRemote, from gitDirectory: String, limits: OperationLimits, action: String
  ) throws {
    environment = [
      "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_CONFIG_GLOBAL": "/dev/null",
    ]
    self.limits = limits
    self.action = action
    switch remote.location {
    case .http: break
    case .ssh: environment["GIT_SSH_COMMAND"] = try sshCommand(remote, action: action)
    case .local(let path):
      try refuseIncompleteSource(path, action: action)
      // Naming the path is the consent that git asks for when a repository belongs to somebody
      // else. Only a configuration file carries it to git-upload-pack.
      environment["GIT_CONFIG_GLOBAL"] = gitDirectory + "/" + MirrorDirectory.consentFile
    }
  }
}

private func sshCommand(_ remote: GitRemote, action: String) throws -> String {
  func seconds(_ duration: Duration) -> Int { max(1, (duration.milliseconds + 999) / 1000) }
  var options = [
    "BatchMode=yes", "ConnectTimeout=\(seconds(remote.timeouts.connect))",
    "ServerAliveInterval=\(max(1, seconds(remote.timeouts.stall) / 3))", "ServerAliveCountMax=3",
  ]
  if case .sshKey(let file, let knownHosts) = remote.credentials {
    try refuseUnreadable(file, what: "the SSH key", action: action)
    // Nothing of ~/.ssh/config, no agent: exactly this key.
    options += [
      "IdentitiesOnly=yes", "IdentityAgent=none", "IdentityFile=\(sshQuoted(file))",
      "PreferredAuthentications=publickey", "StrictHostKeyChecking=yes",
    ]
    if let knownHosts {
      try refuseUnreadable(knownHosts, what: "the known hosts file", action: action)
      options += [
        "UserKnownHostsFile=\(sshQuoted(knownHosts))", "GlobalKnownHostsFile=/dev/null",
        "UpdateHostKeys=no",
      ]
    }
    return (["ssh", "-F", "/dev/null"] + options.flatMap { ["-o", shellQuoted($0)] })
      .joined(separator: " ")
  }
  return (["ssh"] + options.flatMap { ["-o", shellQuoted($0)] }).joined(separator: " ")
}

/// ssh splits values at spaces and expands `%`.
private func sshQuoted(_ path: String) -> String {
  "\"" + path.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%") + "\""
}

/// git hands the command to a shell.
private func shellQuoted(_ word: String) -> String {
  "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
    + "'"
}

private func refuseUnreadable(_ path: String, what: String, action: String) throws {
  guard access(path, R_OK) == 0 else {
    throw GitError(
      .configuration, action: action,
      reason: "\(what) \(path) cannot be read (\(String(cString: strerror(errno))))",
      advice: "check the path and its permissions")
  }
}

/// Refuses clones that leave commits or files out, before git says so in other words or not at all.
private func refuseIncompleteSource(_ path: String, action: String) throws {
  guard access(path, F_OK) == 0 else {
    throw GitError(
      .repositoryMissing, action: action, reason: "there is no \(path)",
      advice: "check the path; does the volume hang where it should?")
  }
  let source: GitRepository
  do throws(GitError) {
    source = try LocalRepository.open(path).repository
  } catch {
    if error.kind == .unsupported { throw sha256Unsupported(action) }
    throw GitError(
      .repositoryMissing, action: action, reason: error.reason, advice: "check the path")
  }
  let (shallow, partial) = try source.reading(action) { (isShallow($0), isPartial($0)) }
  if shallow { throw shallowUnsupported(action) }
  if partial {
    throw GitError(
      .unsupported, action: action, reason: "the repository is a partial clone itself",
      advice: "use the complete repository, or clone without --filter")
  }
}

/// Reads the reason out of what git and ssh wrote (in the C locale).
func programFailure(_ errors: String, remote: GitRemote, action: String) -> GitError {
  func has(_ words: String...) -> Bool {
    words.contains { errors.range(ofSeparator: $0) != nil }
  }
  let said = tellingLine(errors)
  func error(_ kind: GitError.Kind, _ reason: String, _ advice: String) -> GitError {
    GitError(
      kind, action: action, reason: reason + (said.isEmpty ? "" : " (\(said))"), advice: advice)
  }
  let key =
    if case .sshKey(let file, _) = remote.credentials { file } else { "of the user that runs this" }
  let knownHosts =
    if case .sshKey(_, let file?) = remote.credentials { file } else { "~/.ssh/known_hosts" }
  if has("UNPROTECTED PRIVATE KEY FILE") {
    return error(
      .configuration, "ssh does not use the key \(key), because others may read it",
      "run 'chmod 600' on it; for a mounted Kubernetes secret set defaultMode: 0400")
  }
  if has("REMOTE HOST IDENTIFICATION HAS CHANGED") {
    return error(
      .serverNotTrusted, "the server's host key is not the one in \(knownHosts)",
      "find out why it changed before you replace the old key")
  }
  if has("Host key verification failed") {
    return error(
      .serverNotTrusted, "the server's host key is not in \(knownHosts)",
      "add it after checking its fingerprint ('ssh-keyscan HOST')")
  }
  if has("Permission denied (", "Too many authentication failures", "invalid format") {
    return error(
      .authenticationRefused, "the server refused the SSH key \(key)",
      "check that its public half may read the repository")
  }
  if has("mismatched algorithms", "object format", "unknown repository extension") {
    return sha256Unsupported(action)
  }
  if has("shallow") { return shallowUnsupported(action) }
  if has("Connection timed out", "Operation timed out", "timed out") {
    return error(.timedOut, "the server does not answer", "check the server and the network")
  }
  if has(
    "does not appear to be a git repository", "epository not found", "does not exist",
    "not a git repository", "could not be found")
  {
    return error(
      .repositoryMissing, "there is no such repository",
      "check the URL and what the credentials may see")
  }
  if has("No space left on device") {
    return error(.failed, "the disk of the mirror is full", "free some space")
  }
  if has(
    "Could not resolve hostname", "Connection refused", "No route to host",
    "Network is unreachable",
    "Connection closed", "Connection reset", "kex_exchange", "hung up", "early EOF")
  {
    return error(.unreachable, "no connection", "check the URL, the server and the network")
  }
  return GitError(.failed, action: action, reason: said.isEmpty ? "git failed silently" : said)
}

/// The line that says most: ssh's before git's, and no banner.
private func tellingLine(_ errors: String) -> String {
  let lines = errors.split(whereSeparator: \.isNewline).map { String($0) }
  let telling =
    lines.first { $0.hasPrefix("ssh: ") || $0.range(ofSeparator: "Permission denied") != nil }
    ?? lines.first { $0.hasPrefix("fatal: ") || $0.hasPrefix("error: ") } ?? lines.last ?? ""
  var text = telling
  for prefix in ["fatal: ", "error: "] where text.hasPrefix(prefix) {
    text.removeFirst(prefix.count)
  }
  return redactedMessage(text.filter { $0 != "\r" })
}
