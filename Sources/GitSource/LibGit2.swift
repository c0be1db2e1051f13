internal import CLibgit2
internal import CShims
internal import Glibc

/// Start-up of libgit2 and the one place where its return codes become errors.
enum LibGit2 {
  /// Every entry into the library calls this first; the work is done once in a process.
  static func start() { _ = started }

  private static let started: Bool = {
    // A peer that closes its connection early must become an error, never the end of the process.
    signal(SIGPIPE, SIG_IGN)
    guard git_libgit2_init() > 0 else { return false }
    // The machine's and the user's Git configuration must not change what the hub reads.
    for level in [
      GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG,
      GIT_CONFIG_LEVEL_GLOBAL,
    ] {
      _ = cgit_opt_set_search_path(level.rawValue, "")
    }
    // Only objects and references are read: no hook and no configured command ever runs, so
    // that the owner of the directory is of no concern.
    _ = cgit_opt_set_owner_validation(0)
    // Trees above 4 KB are not cached by default, which makes look-ups by path five times slower.
    _ = cgit_opt_set_cache_object_limit(GIT_OBJECT_TREE, 1 << 20)
    _ = cgit_opt_set_cache_max(64 << 20)
    _ = cgit_opt_fsync_gitdir(1)
    // These extensions change nothing for a reader; a partial clone is recognised separately.
    _ = cgit_opt_set_reader_extensions()
    return true
  }()
}

/// What libgit2 said about a failed call. Becomes a ``GitError`` where the purpose is known.
struct LibGit2Failure: Error {
  let code: Int32
  let message: String
}

/// Throws libgit2's own message for negative return codes. The message is per thread and lives
/// until the next call, so this must wrap the call itself.
func check(_ code: Int32) throws(LibGit2Failure) {
  guard code < 0 else { return }
  let message = git_error_last().flatMap { $0.pointee.message.map { String(cString: $0) } }
  throw LibGit2Failure(code: code, message: message ?? "libgit2 gave no reason (code \(code))")
}

/// The pointer that a successful libgit2 call must have set.
func produced<Pointer>(_ pointer: Pointer?) throws(LibGit2Failure) -> Pointer {
  guard let pointer else {
    throw LibGit2Failure(code: -1, message: "libgit2 succeeded without a result")
  }
  return pointer
}

/// Runs `body` with a C array of C strings.
func withCStrings<R>(_ strings: [String], _ body: (inout git_strarray) throws -> R) rethrows -> R {
  var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
  defer { for pointer in pointers { free(pointer) } }
  return try pointers.withUnsafeMutableBufferPointer { buffer in
    var array = git_strarray(strings: buffer.baseAddress, count: buffer.count)
    return try body(&array)
  }
}
