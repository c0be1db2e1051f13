import Foundation
import Manifests
import Testing

/// A real API server to compare with: one of the group that `FLOTILLA_TEST_CLUSTERS` names, or one
/// that is started for a test and stopped after it.
enum RealServer {
  static let assets = ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"]
  static let why: Comment = "KUBEBUILDER_ASSETS is not set; scripts/test-clusters build prints it"

  static func run(_ body: (HTTPAPI) async throws -> Void) async throws {
    if let state = ProcessInfo.processInfo.environment["FLOTILLA_TEST_CLUSTERS"], !state.isEmpty {
      return try await body(try api(state))
    }
    let directory = try TemporaryDirectory()
    let state = "\(directory.path)/clusters"
    let started = try await Program.run(
      "python3",
      [
        script, "up", "1", "--assets", try #require(assets), "--dir", state, "--lean",
        "--owner", "\(ProcessInfo.processInfo.processIdentifier)",
      ])
    try #require(started.status == 0, "\(started.output)\(started.errors)")
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(try api(state)))
    } catch {
      result = .failure(error)
    }
    _ = try await Program.run("python3", [script, "down", "--dir", state])
    try result.get()
  }

  private static let script = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "scripts/clusters/clusters.py").path()

  private static func api(_ state: String) throws -> HTTPAPI {
    let text = try String(contentsOfFile: "\(state)/clusters.json", encoding: .utf8)
    let cluster = try #require(try JSON.parse(text)["clusters"]?.sequence?.first)
    return HTTPAPI(
      base: try #require(cluster["server"]?.string),
      authority: "\(try #require(cluster["directory"]?.string))/ca.crt",
      token: try #require(cluster["token"]?.string))
  }
}
