import Foundation

/// `git-server.py` on a free port of 127.0.0.1, ended with its last reference.
final class HTTPServer: Sendable {
  let port: Int
  private let process: Process
  private let input: Pipe

  /// Serves the repositories below `root`.
  init(root: String, _ options: [String] = []) throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("git-server.py").path
    process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", script, root] + options
    let output = Pipe()
    input = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let line = output.fileHandleForReading.availableData
    guard
      let port = Int(
        String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    else { throw ProgramFailure(description: "the Git server did not start") }
    self.port = port
  }

  convenience init(
    root: String, certificates: TestCertificates, requireClient: Bool = false,
    _ options: [String] = []
  ) throws {
    try self.init(
      root: root,
      ["--certificate", certificates.server, "--key", certificates.serverKey]
        + (requireClient ? ["--client-ca", certificates.authority] : []) + options)
  }

  deinit { stop() }

  func stop() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}
