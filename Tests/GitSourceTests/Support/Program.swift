import Foundation
import Synchronization

struct ProgramFailure: Error, CustomStringConvertible {
  let description: String
}

/// A running program with files as its standard streams.
///
/// Not `Foundation.Process`: that takes an sshd, which closes every inherited descriptor, for one
/// that ended, and then waits for it on the thread that should notice the end of all others.
final class ChildProcess: Sendable {
  private let pid: pid_t
  private let status = Mutex<Int32?>(nil)

  init(
    _ arguments: [String], in directory: String, environment: [String: String] = [:],
    input: String = "/dev/null", output: String = "/dev/null", errors: String = "/dev/null"
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_APPEND, 0)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_APPEND, 0)
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Worker threads block all signals, which a child would inherit.
    var unblocked = sigset_t()
    sigemptyset(&unblocked)
    posix_spawnattr_setsigmask(&attributes, &unblocked)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    // env changes the directory, which posix_spawn cannot do portably.
    let argv = (["env", "-C", directory] + arguments).map { strdup($0) } + [nil]
    let envp = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var pid = pid_t()
    let code = posix_spawnp(&pid, "env", &actions, &attributes, argv, envp)
    guard code == 0 else {
      throw ProgramFailure(description: "\(arguments): \(String(cString: strerror(code)))")
    }
    self.pid = pid
  }

  var isRunning: Bool { poll(WNOHANG) == nil }

  /// The exit status, or 128 and more after a signal.
  func wait() -> Int32 {
    while true {
      if let status = poll(0) { return status }
    }
  }

  func stop() {
    if isRunning { kill(pid, SIGTERM) }
    _ = wait()
  }

  private func poll(_ options: Int32) -> Int32? {
    status.withLock { known in
      if let known { return known }
      var raw: Int32 = 0
      guard waitpid(pid, &raw, options) == pid else { return nil }
      known = raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + (raw & 0x7f)
      return known
    }
  }
}

/// Runs a program to its end and answers its standard output; throws when it fails.
@discardableResult
func runProgram(
  _ program: String, _ arguments: [String], in directory: String, input: String = "",
  environment: [String: String] = [:]
) throws -> [UInt8] {
  let files = try TemporaryDirectory()
  let output = try files.file("output", "")
  let errors = try files.file("errors", "")
  let process = try ChildProcess(
    [program] + arguments, in: directory, environment: environment,
    input: try files.file("input", input), output: output, errors: errors)
  let status = process.wait()
  func text(_ path: String) -> [UInt8] {
    FileManager.default.contents(atPath: path).map { Array($0) } ?? []
  }
  guard status == 0 else {
    throw ProgramFailure(
      description: "\(program) \(arguments.joined(separator: " ")): status \(status): "
        + String(decoding: text(errors), as: UTF8.self))
  }
  return text(output)
}
