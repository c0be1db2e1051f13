import Foundation

/// One shell that runs commands one after the other, as a person's terminal does: variables, functions,
/// the folder and jobs in the background stay.
final class ShellSession {
  private let process = Process()
  private let input = Pipe()
  private let output: FileHandle
  private let endMark = "end-of-command-\(UUID().uuidString)"

  /// Starts a shell in `folder`, which writes to a new file at `outputPath`.
  init(in folder: String, environment: [String: String], outputPath: String) throws {
    guard FileManager.default.createFile(atPath: outputPath, contents: nil),
      let writer = FileHandle(forWritingAtPath: outputPath),
      let reader = FileHandle(forReadingAtPath: outputPath)
    else { throw SandboxError("cannot write \(outputPath)") }
    output = reader
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = input
    process.standardOutput = writer
    process.standardError = writer
    try process.run()
    try writer.close()
    guard getpgid(process.processIdentifier) == process.processIdentifier else {
      process.terminate()
      throw SandboxError("the shell leads no process group: its jobs could not be ended")
    }
  }

  /// What a command printed, errors included, and how it ended.
  func run(
    _ command: String, within limit: Duration = .seconds(90)
  ) async throws -> (printed: String, status: Int32) {
    let text = "{ \(command)\n} </dev/null\nprintf '\\n\(endMark) %s\\n' $?\n"
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    let deadline = ContinuousClock.now + limit
    var printed = Data()
    while ContinuousClock.now < deadline {
      printed += try output.readToEnd() ?? Data()
      let text = String(decoding: printed, as: UTF8.self)
      if let mark = text.range(of: "\n\(endMark) "), text.hasSuffix("\n") {
        let status = text[mark.upperBound...].trimmingCharacters(in: .whitespacesAndNewlines)
        return (String(text[..<mark.lowerBound]), Int32(status) ?? -1)
      }
      guard process.isRunning else { break }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw SandboxError(
      "'\(command)' did not end within \(limit):\n\(String(decoding: printed, as: UTF8.self))")
  }

  /// Ends the shell and everything that it started.
  func close() {
    kill(-process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
