internal import CLibgit2
internal import Glibc

/// The bare repository that mirrors a remote, and the lock that keeps it to one process.
final class MirrorDirectory: Sendable {
  let path: String
  private let lock: Int32

  /// Holds git's `safe.directory` for sources that belong to another user.
  static let consentFile = "flotilla-source-consent"
  private static let lockFile = "flotilla-mirror-lock"

  /// Opens the mirror of `remote` at `path`, or creates an empty one. One process at a time.
  init(_ path: String, of remote: GitRemote) throws {
    LibGit2.start()
    let action = "open the mirror of \(remote.url) at \(path)"
    self.path = path
    try Self.createDirectory(path, action: action)
    let lockPath = path + "/" + Self.lockFile
    lock = Glibc.open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else {
      throw Self.refuse(action, "\(lockPath) cannot be written", errno)
    }
    guard Self.take(lock) else {
      throw GitError(
        .conflict, action: action, reason: "another process uses it",
        advice: "stop that one or choose another directory")
    }
    do {
      try Self.prepare(path, remote: remote, action: action)
    } catch let failure as LibGit2Failure {
      throw GitError(
        .damaged, action: action, reason: failure.message,
        advice: "it is only a copy: delete the directory and it will be fetched again")
    }
  }

  deinit { close(lock) }

  /// Waits a second at most: a predecessor that is just ending lets go in an instant.
  private static func take(_ lock: Int32) -> Bool {
    for _ in 0..<100 {
      if flock(lock, LOCK_EX | LOCK_NB) == 0 { return true }
      usleep(10_000)
    }
    return false
  }

  /// Whether there are more than `packLimit` pack files, or some 5,000 loose objects, which git
  /// estimates by one of their 256 directories too.
  func isScattered(packLimit: Int) -> Bool {
    let packs = Self.filesBelow(path + "/objects/pack").count { $0.hasSuffix(".pack") }
    return packs > packLimit || Self.filesBelow(path + "/objects/17").count > 20
  }

  private static func prepare(_ path: String, remote: GitRemote, action: String) throws {
    var opened: OpaquePointer?
    let code = git_repository_open_ext(
      &opened, path, GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue | GIT_REPOSITORY_OPEN_BARE.rawValue, nil
    )
    if code == GIT_ENOTFOUND.rawValue {
      var options = git_repository_init_options()
      try check(
        git_repository_init_options_init(
          &options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION)))
      options.flags = GIT_REPOSITORY_INIT_BARE.rawValue
      try check(git_repository_init_ext(&opened, path, &options))
    } else {
      try check(code)
    }
    defer { git_repository_free(opened) }
    try claim(opened, for: remote, action: action)
    try removeLeftovers(below: path, action: action)
    try write("[safe]\n\tdirectory = *\n", to: path + "/" + consentFile, action: action)
  }

  /// Refuses a directory that holds something else, whose branches a fetch would overwrite.
  private static func claim(
    _ repository: OpaquePointer?, for remote: GitRemote, action: String
  ) throws {
    var config: OpaquePointer?
    try check(git_repository_config(&config, repository))
    defer { git_config_free(config) }
    var value = git_buf()
    defer { git_buf_dispose(&value) }
    let code = git_config_get_string_buf(&value, config, "flotilla.source")
    if code == 0, let text = value.ptr {
      let source = String(cString: text)
      guard source == remote.url else {
        throw GitError(
          .configuration, action: action, reason: "it is the mirror of \(source)",
          advice: "choose another directory, or delete this one")
      }
      return
    }
    guard git_repository_is_empty(repository) == 1 else {
      throw GitError(
        .configuration, action: action,
        reason: "there is a repository that flotilla did not make",
        advice: "choose an empty directory; a mirror's branches are overwritten")
    }
    try check(git_config_set_string(config, "flotilla.source", remote.url))
    // git would stop at the packs and loose objects that libgit2 leaves behind otherwise.
    try check(git_config_set_string(config, "gc.auto", "0"))
  }

  /// A process that was killed leaves locks and half-written packs; this process holds the mirror
  /// alone.
  private static func removeLeftovers(below path: String, action: String) throws {
    var leftovers = [path + "/packed-refs.lock", path + "/config.lock", path + "/HEAD.lock"]
    leftovers += filesBelow(path + "/refs").filter { $0.hasSuffix(".lock") }
    let packs = path + "/objects/pack/"
    leftovers += filesBelow(path + "/objects/pack").filter { file in
      // A `.keep` would exclude its pack from being joined with others for ever.
      file.hasSuffix(".keep")
        || ["tmp_", ".tmp-", "pack_git2_"].contains { file.hasPrefix(packs + $0) }
    }
    for file in leftovers where unlink(file) != 0 && errno != ENOENT {
      throw refuse(action, "the left-over \(file) cannot be removed", errno)
    }
  }

  private static func filesBelow(_ directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var files: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name != ".", name != ".." else { continue }
      let path = directory + "/" + name
      if Int32(entry.pointee.d_type) == Int32(DT_DIR) {
        files += filesBelow(path)
      } else {
        files.append(path)
      }
    }
    return files
  }

  private static func createDirectory(_ path: String, action: String) throws {
    var prefix = path.hasPrefix("/") ? "" : "."
    for component in path.split(separator: "/") {
      prefix += "/" + component
      guard mkdir(prefix, 0o700) != 0, errno != EEXIST else { continue }
      throw refuse(action, "\(prefix) cannot be created", errno)
    }
  }

  private static func write(_ text: String, to path: String, action: String) throws {
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw refuse(action, "\(path) cannot be written", errno) }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw refuse(action, "\(path) cannot be written", errno)
    }
  }

  private static func refuse(_ action: String, _ what: String, _ code: Int32) -> GitError {
    GitError(
      .configuration, action: action, reason: "\(what) (\(String(cString: strerror(code))))",
      advice: "check the permissions and the free space of the directory")
  }
}
