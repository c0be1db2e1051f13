import Foundation
import GitSource

/// A real repository with a working tree, made and changed by the git program.
struct SourceRepository {
  let path: String

  init(at path: String, options: [String] = []) throws {
    self.path = path
    try runProgram(
      "git", ["init", "--quiet", "--initial-branch=main"] + options + [path], in: "/",
      environment: Self.environment)
  }

  init(existing path: String) { self.path = path }

  static let environment = [
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Ada Lovelace", "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_AUTHOR_DATE": "2026-03-01T12:00:00+0200", "GIT_COMMITTER_NAME": "Grace Hopper",
    "GIT_COMMITTER_EMAIL": "grace@example.com", "GIT_COMMITTER_DATE": "2026-03-01T11:00:00Z",
    "LC_ALL": "C",
  ]

  @discardableResult
  func git(_ arguments: String..., input: String = "") throws -> [UInt8] {
    try runProgram("git", arguments, in: path, input: input, environment: Self.environment)
  }

  func gitText(_ arguments: String...) throws -> String {
    let bytes = try runProgram("git", arguments, in: path, environment: Self.environment)
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func write(_ name: String, _ text: String) throws {
    let file = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// Commits everything in the working tree.
  @discardableResult
  func commit(_ message: String = "Change") throws -> CommitID {
    try git("add", "--all")
    try git("commit", "--quiet", "--allow-empty", "-m", message)
    return try head()
  }

  /// Writes one file and commits it.
  @discardableResult
  func commit(_ name: String, _ text: String) throws -> CommitID {
    try write(name, text)
    return try commit("Change \(name)")
  }

  func head(_ revision: String = "HEAD") throws -> CommitID {
    guard let id = CommitID(try gitText("rev-parse", "--verify", revision)) else {
      throw ProgramFailure(description: "git rev-parse \(revision) printed no commit id")
    }
    return id
  }
}
