internal import CShims
internal import Glibc

/// A program that is run to its end as a child process and never outlives its caller's limits.
///
/// The child leads a process group of its own, has no descriptors but its three streams, and sees
/// only the environment that it is given. Calls block: make them outside of Swift's cooperative
/// pool.
public struct ChildProgram: Sendable {
  /// What a program has come to.
  public struct Result: Sendable {
    /// Exit status; 128 and the signal's number when a signal ended it.
    public let status: Int32
    public let output: [UInt8]
    /// What it wrote to standard error.
    public let errors: [UInt8]
  }

  /// What happens to output beyond its limit.
  public enum Overflow: Sendable {
    /// It is dropped.
    case drop
    /// The program is ended, and ``ChildProgramError/tooMuchOutput(limit:)`` thrown.
    case end
  }

  /// The program's name, looked up on PATH, or its path.
  public var name: String
  public var arguments: [String]
  /// The whole environment of the child.
  public var environment: [String: String]
  /// What it reads from standard input, from a file in memory.
  public var input: [UInt8] = []
  /// Where it starts; `nil` where this process is.
  public var directory: String?
  /// Most bytes of output, and of standard error.
  public var largestOutput = 1 << 20
  public var overflow = Overflow.drop

  public init(_ name: String, _ arguments: [String], environment: [String: String]) {
    self.name = name
    self.arguments = arguments
    self.environment = environment
  }

  /// Runs the program. `checkpoint` is called at least every 100 ms; when it throws, the program and
  /// all that it has started are ended and the error is passed on.
  public func run(checkpoint: () throws -> Void) throws -> Result {
    var output = try ChildPipe()
    defer { output.close() }
    var errors = try ChildPipe()
    defer { errors.close() }
    let child = try spawn(output: output, errors: errors)
    output.closeWriteEnd()
    errors.closeWriteEnd()
    do {
      while output.isOpen || errors.isOpen {
        try checkpoint()
        var descriptors = [
          pollfd(fd: output.isOpen ? output.read : -1, events: Int16(POLLIN), revents: 0),
          pollfd(fd: errors.isOpen ? errors.read : -1, events: Int16(POLLIN), revents: 0),
        ]
        poll(&descriptors, 2, 100)
        if descriptors[0].revents != 0 { output.receive(limit: largestOutput) }
        if descriptors[1].revents != 0 { errors.receive(limit: largestOutput) }
        if overflow == .end, output.isFull {
          throw ChildProgramError.tooMuchOutput(limit: largestOutput)
        }
      }
      var status: Int32 = 0
      while waitpid(child, &status, WNOHANG) == 0 {
        try checkpoint()
        usleep(2000)
      }
      let signal = status & 0x7f
      return Result(
        status: signal == 0 ? (status >> 8) & 0xff : 128 + signal, output: output.received,
        errors: errors.received)
    } catch {
      end(child)
      throw error
    }
  }

  /// Runs the program, and ends it and all that it has started after `limit`.
  public func run(within limit: Duration) throws(ChildProgramError) -> Result {
    let deadline = ContinuousClock.now + limit
    do {
      return try run {
        if ContinuousClock.now >= deadline { throw ChildProgramError.tookTooLong(limit: limit) }
      }
    } catch let error as ChildProgramError {
      throw error
    } catch {
      // Nothing else is thrown above.
      throw ChildProgramError.notStarted(program: name, reason: "\(error)")
    }
  }

  /// Ends the whole process group: a program may have started others.
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

  private func spawn(output: ChildPipe, errors: ChildPipe) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var inputFile: Int32 = -1
    if input.isEmpty {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    } else {
      inputFile = input.withUnsafeBytes { cmemory_file($0.baseAddress, $0.count) }
      guard inputFile >= 0 else { throw ChildProgramError.noStream(reason: lastError()) }
      posix_spawn_file_actions_adddup2(&actions, inputFile, 0)
    }
    defer { if inputFile >= 0 { close(inputFile) } }
    posix_spawn_file_actions_adddup2(&actions, output.write, 1)
    posix_spawn_file_actions_adddup2(&actions, errors.write, 2)
    if let directory { _ = cspawn_change_directory(&actions, directory) }
    _ = cspawn_close_from(&actions, 3)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Ignored signals stay ignored in children, and programs rely on SIGPIPE.
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
    let variables = environment.map { "\($0)=\($1)" }.sorted()
    let code = withCStringArray([name] + arguments) { argv in
      withCStringArray(variables) { environment in
        posix_spawnp(&child, name, &actions, &attributes, argv, environment)
      }
    }
    guard code == 0 else {
      throw code == ENOENT
        ? ChildProgramError.notFound(program: name)
        : ChildProgramError.notStarted(program: name, reason: String(cString: strerror(code)))
    }
    return child
  }
}

/// Why a program could not be run.
public enum ChildProgramError: Error, Sendable, Equatable, CustomStringConvertible {
  /// There is no such program on PATH.
  case notFound(program: String)
  case notStarted(program: String, reason: String)
  case noStream(reason: String)
  case tooMuchOutput(limit: Int)
  case tookTooLong(limit: Duration)

  public var description: String {
    switch self {
    case .notFound(let program): "the program \(program) is not on PATH"
    case .notStarted(let program, let reason): "the program \(program) cannot be started: \(reason)"
    case .noStream(let reason): "no pipe to a program: \(reason)"
    case .tooMuchOutput(let limit): "it printed more than \(limit) bytes"
    case .tookTooLong(let limit): "it was not done after \(limit) and was ended"
    }
  }
}

private func lastError() -> String { String(cString: strerror(errno)) }

/// One output of a child process.
private struct ChildPipe {
  private(set) var read: Int32
  private(set) var write: Int32
  private(set) var received: [UInt8] = []
  /// Whether there was more than fits.
  private(set) var isFull = false

  init() throws {
    var descriptors: [Int32] = [-1, -1]
    guard cpipe_cloexec(&descriptors) == 0 else {
      throw ChildProgramError.noStream(reason: lastError())
    }
    read = descriptors[0]
    write = descriptors[1]
  }

  var isOpen: Bool { read >= 0 }

  mutating func receive(limit: Int) {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = buffer.withUnsafeMutableBytes { Glibc.read(read, $0.baseAddress, $0.count) }
    if count > 0 {
      let room = max(0, limit - received.count)
      received.append(contentsOf: buffer.prefix(min(count, room)))
      if count > room { isFull = true }
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
