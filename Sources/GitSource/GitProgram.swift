internal import CShims
internal import Glibc

/// Runs the `git` program as a child process that never outlives its limits.
struct GitProgram {
  struct Result {
    /// Exit status; 128 and the signal's number when a signal ended it.
    let status: Int32
    let output: String
    let errors: String
  }

  var environment: [String: String] = [:]
  let limits: OperationLimits
  let action: String

  /// Output beyond this is dropped.
  private static let largestOutput = 1 << 20

  func run(_ arguments: [String]) throws -> Result {
    var output = try Pipe(action: action)
    var errors = try Pipe(action: action)
    defer {
      output.close()
      errors.close()
    }
    let child = try spawn(["git"] + arguments, output: output, errors: errors)
    output.closeWriteEnd()
    errors.closeWriteEnd()
    do {
      while output.isOpen || errors.isOpen {
        try stopIfDue()
        var descriptors = [
          pollfd(fd: output.isOpen ? output.read : -1, events: Int16(POLLIN), revents: 0),
          pollfd(fd: errors.isOpen ? errors.read : -1, events: Int16(POLLIN), revents: 0),
        ]
        poll(&descriptors, 2, 100)
        if descriptors[0].revents != 0 { output.receive(limit: Self.largestOutput) }
        if descriptors[1].revents != 0 { errors.receive(limit: Self.largestOutput) }
      }
      var status: Int32 = 0
      while waitpid(child, &status, WNOHANG) == 0 {
        try stopIfDue()
        usleep(2000)
      }
      let signal = status & 0x7f
      return Result(
        status: signal == 0 ? (status >> 8) & 0xff : 128 + signal,
        output: String(decoding: output.received, as: UTF8.self),
        errors: String(decoding: errors.received, as: UTF8.self))
    } catch {
      end(child)
      throw error
    }
  }

  private func stopIfDue() throws {
    if let violation = limits.violation(action) { throw violation }
  }

  /// Ends the whole process group: git has started ssh or git-upload-pack itself.
  private func end(_ child: pid_t) {
    kill(-child, SIGTERM)
    var status: Int32 = 0
    for _ in 0..<100 {
      if waitpid(child, &status, WNOHANG) != 0 {
        kill(-child, SIGKILL)
        return
      }
      usleep(10_000)
    }
    kill(-child, SIGKILL)
    waitpid(child, &status, 0)
  }

  private func spawn(_ arguments: [String], output: Pipe, errors: Pipe) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output.write, 1)
    posix_spawn_file_actions_adddup2(&actions, errors.write, 2)
    _ = cspawn_close_from(&actions, 3)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Ignored signals stay ignored in children, and git relies on SIGPIPE.
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    var unblocked = sigset_t()
    sigemptyset(&unblocked)
    posix_spawnattr_setsigmask(&attributes, &unblocked)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    var child = pid_t()
    let code = withCStringArray(arguments) { argv in
      withCStringArray(environmentOfChild()) { environment in
        posix_spawnp(&child, "git", &actions, &attributes, argv, environment)
      }
    }
    guard code == 0 else {
      throw GitError(
        .configuration, action: action,
        reason: "the program git cannot be started (\(String(cString: strerror(code))))",
        advice: "install git; https repositories work without it")
    }
    return child
  }

  /// Only what git and ssh need: a hub started from a hook or an editor must not work on that
  /// repository, and its own secrets are nobody's business.
  private func environmentOfChild() -> [String] {
    var variables = environment
    for name in ["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "SSH_AUTH_SOCK", "LD_LIBRARY_PATH"] {
      if variables[name] == nil, let value = getenv(name) {
        variables[name] = String(cString: value)
      }
    }
    return variables.map { "\($0)=\($1)" }
  }
}

/// One output of a child process.
private struct Pipe {
  private(set) var read: Int32
  private(set) var write: Int32
  private(set) var received: [UInt8] = []

  init(action: String) throws {
    var descriptors: [Int32] = [-1, -1]
    guard cpipe_cloexec(&descriptors) == 0 else {
      throw GitError(
        .failed, action: action,
        reason: "no pipe to the git program (\(String(cString: strerror(errno))))")
    }
    read = descriptors[0]
    write = descriptors[1]
  }

  var isOpen: Bool { read >= 0 }

  mutating func receive(limit: Int) {
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    let count = buffer.withUnsafeMutableBytes { Glibc.read(read, $0.baseAddress, $0.count) }
    if count > 0 {
      received.append(contentsOf: buffer.prefix(min(count, max(0, limit - received.count))))
    } else if count == 0 || errno != EINTR {
      Glibc.close(read)
      read = -1
    }
  }

  mutating func closeWriteEnd() {
    if write >= 0 { Glibc.close(write) }
    write = -1
  }

  mutating func close() {
    closeWriteEnd()
    if read >= 0 { Glibc.close(read) }
    read = -1
  }
}

/// Runs `body` with a C array of C strings that ends in a null pointer.
private func withCStringArray<R>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
  var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
  pointers.append(nil)
  defer { for pointer in pointers { free(pointer) } }
  return body(pointers)
}
