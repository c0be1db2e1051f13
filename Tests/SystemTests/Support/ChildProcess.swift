import Foundation

/// A program that a test started. It ends with the test, by its pid.
final class ChildProcess {
  let name: String
  let outputPath: String
  private let process = Process()

  /// Starts `program`; standard output and error go to `outputPath`.
  init(
    _ name: String, program: String, arguments: [String], environment: [String: String] = [:],
    outputPath: String
  ) throws {
    self.name = name
    self.outputPath = outputPath
    if !FileManager.default.fileExists(atPath: outputPath) {
      _ = FileManager.default.createFile(atPath: outputPath, contents: nil)
    }
    guard let output = FileHandle(forWritingAtPath: outputPath) else {
      throw SandboxError("cannot write \(outputPath)")
    }
    try output.seekToEnd()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try output.close()
  }

  var pid: Int32 { process.processIdentifier }
  var isRunning: Bool { process.isRunning }
  var exitStatus: Int32 { process.terminationStatus }

  /// `kill -9`: no chance to tidy up.
  func kill() {
    if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  /// SIGTERM, and SIGKILL when that does not help within `limit`.
  func terminate(within limit: Duration = .seconds(20)) async throws {
    process.terminate()
    let deadline = ContinuousClock.now + limit
    while process.isRunning, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(20))
    }
    kill()
  }

  func signal(_ number: Int32) { Foundation.kill(process.processIdentifier, number) }

  /// What it printed so far.
  var output: String {
    FileManager.default.contents(atPath: outputPath).map { String(decoding: $0, as: UTF8.self) }
      ?? ""
  }

  /// Waits until the output has a line with `text`.
  func waitForOutput(_ text: String, within limit: Duration = .seconds(30)) async throws {
    let deadline = ContinuousClock.now + limit
    while !output.contains(text) {
      guard isRunning else {
        throw SandboxError("\(name) ended before it said '\(text)':\n\(output.suffix(2000))")
      }
      guard ContinuousClock.now < deadline else {
        throw SandboxError("\(name) did not say '\(text)' in \(limit):\n\(output.suffix(2000))")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }
}

struct SandboxError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// What a command that ended printed, and how it ended.
struct CommandResult {
  let status: Int32
  let output: String
  let errors: String
}

/// Runs `program` to its end.
func runProgram(
  _ program: String, _ arguments: [String], in folder: String? = nil,
  environment: [String: String] = [:]
) throws -> CommandResult {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
  process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
  process.standardInput = FileHandle.nullDevice
  // Files, not pipes: nothing can fill up while it is waited for.
  let base = FileManager.default.temporaryDirectory.appendingPathComponent(
    "command-\(UUID().uuidString)")
  let paths = (base.path + ".out", base.path + ".err")
  _ = FileManager.default.createFile(atPath: paths.0, contents: nil)
  _ = FileManager.default.createFile(atPath: paths.1, contents: nil)
  defer {
    // Left-over files in the temporary folder are no failure of a test.
    try? FileManager.default.removeItem(atPath: paths.0)
    try? FileManager.default.removeItem(atPath: paths.1)
  }
  guard let output = FileHandle(forWritingAtPath: paths.0),
    let errors = FileHandle(forWritingAtPath: paths.1)
  else { throw SandboxError("cannot write below \(base.path)") }
  process.standardOutput = output
  process.standardError = errors
  try process.run()
  process.waitUntilExit()
  try output.close()
  try errors.close()
  func text(_ path: String) -> String {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
  return CommandResult(
    status: process.terminationStatus, output: text(paths.0), errors: text(paths.1))
}
