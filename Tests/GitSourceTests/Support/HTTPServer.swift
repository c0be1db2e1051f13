import Foundation

/// `git-server.py` on a free port of 127.0.0.1, ended with the directory that it serves.
final class HTTPServer: Sendable {
  let port: Int
  private let process: ChildProcess

  /// Serves the repositories in `directory`.
  init(_ directory: TemporaryDirectory, _ options: [String] = []) throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("git-server.py").path
    let root = directory.path
    let output = try directory.file("port-\(UUID())", "")
    process = try ChildProcess(
      ["python3", script, root] + options, in: root, output: output,
      errors: directory.file("errors-\(UUID())", ""))
    let deadline = Date(timeIntervalSinceNow: 30)
    var printed = ""
    while !printed.hasSuffix("\n") {
      guard process.isRunning, Date() < deadline else {
        throw ProgramFailure(description: "the Git server did not start")
      }
      usleep(10_000)
      printed = try String(contentsOfFile: output, encoding: .utf8)
    }
    guard let port = Int(printed.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw ProgramFailure(description: "the Git server printed no port but \(printed)")
    }
    self.port = port
    directory.keep(self)
  }

  convenience init(
    _ directory: TemporaryDirectory, certificates: TestCertificates, requireClient: Bool = false,
    _ options: [String] = []
  ) throws {
    try self.init(
      directory,
      ["--certificate", certificates.server, "--key", certificates.serverKey]
        + (requireClient ? ["--client-ca", certificates.authority] : []) + options)
  }

  deinit { process.stop() }

  /// Ends the server before the test ends.
  func stop() { process.stop() }
}
