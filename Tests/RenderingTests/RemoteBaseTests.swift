import ChildPrograms
import Foundation
import GitSource
import Kustomize
import Manifests
import SourceTree
import Testing

@testable import Rendering

/// Bases in other repositories, pinned to a commit.
@Suite struct RemoteBaseTests {
  private let folder: String
  private let commit: String

  /// A repository with a base in `shop/base`, and a folder for mirrors.
  init() throws {
    folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appending(path: "flotilla-remote-\(UUID().uuidString)").path()
    try Self.write(
      "\(folder)/source/shop/base/kustomization.yaml", "resources: [a.yaml, ../more]\n")
    try Self.write("\(folder)/source/shop/base/a.yaml", RenderingFixture.configMap("a", "remote"))
    try Self.write("\(folder)/source/shop/more/kustomization.yaml", "resources: [b.yaml]\n")
    try Self.write("\(folder)/source/shop/more/b.yaml", RenderingFixture.configMap("b", "remote"))
    try Self.write(
      "\(folder)/source/out/kustomization.yaml", "resources: [../../../../fleet.yaml]\n")
    try Self.write("\(folder)/source/link/kustomization.yaml", "resources: [x.yaml]\n")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/source/link/x.yaml", withDestinationPath: "../../../../secret.yaml")
    let git = "\(folder)/source"
    try Self.git(["init", "--quiet", "--initial-branch=main", git])
    try Self.git(["-C", git, "add", "--all"])
    try Self.git(["-C", git, "commit", "--quiet", "-m", "one"])
    commit = try Self.git(["-C", git, "rev-parse", "HEAD"])
  }

  private static func write(_ path: String, _ text: String) throws {
    let file = URL(filePath: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  @discardableResult
  private static func git(_ arguments: [String]) throws -> String {
    let result = try ChildProgram(
      "git", arguments,
      environment: ProcessInfo.processInfo.environment.merging([
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
      ]) { $1 }
    ).run {}
    try #require(result.status == 0, "\(String(decoding: result.errors, as: UTF8.self))")
    return String(decoding: result.output, as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func build(_ entry: String, isAllowed: Bool = true) throws -> BuildResult {
    var tree = MemoryTree()
    try tree.write(Array("resources: ['\(entry)']\n".utf8), to: "overlay/kustomization.yaml")
    try tree.write(Array(RenderingFixture.configMap("fleet", "x").utf8), to: "fleet.yaml")
    try tree.write(Array(RenderingFixture.configMap("secret", "x").utf8), to: "secret.yaml")
    let remotes = RemoteRepositories(directory: "\(folder)/mirrors")
    return try KustomizeBuild.build(
      tree, at: try #require(TreePath("overlay")),
      services: BuildServices(remotes: isAllowed ? remotes : nil))
  }

  private func error(_ entry: String, isAllowed: Bool = true) throws -> BuildError {
    try #require(throws: BuildError.self) { try build(entry, isAllowed: isAllowed) }
  }

  @Test func aPinnedBaseIsFetchedOnceAndBuilt() throws {
    let entry = "file://\(folder)/source//shop/base?ref=\(commit)"
    let names = try build(entry).objects.map { $0.value(at: "metadata", "name")?.string }
    #expect(names == ["a", "b"])
    // The mirror holds the commit: the source is not needed again.
    try FileManager.default.moveItem(atPath: "\(folder)/source", toPath: "\(folder)/gone")
    #expect(try build(entry).objects.count == 2)
  }

  @Test func withoutPermissionARemoteBaseIsRefused() throws {
    let entry = "file://\(folder)/source//shop/base?ref=\(commit)"
    let error = try error(entry, isAllowed: false)
    #expect(error.class == .unsupported)
    #expect(
      error.message.contains("copy the files into the repository, or pin the base to a commit"))
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/mirrors"))
  }

  @Test(arguments: [
    "https://git.example.org/a/b//c", "https://git.example.org/a/b//c?ref=main",
    "https://git.example.org/a/b//c?ref=v1.0.0", "git@git.example.org:a/b//c?ref=0123456",
  ])
  func aBaseThatIsNotPinnedIsRefused(_ entry: String) throws {
    #expect(
      try error(entry).message.hasSuffix(
        "it must be pinned to a commit, because a branch or tag can move without a change here; add "
          + "?ref= and the 40 digits that 'git ls-remote' shows"))
  }

  @Test func aCommitThatIsNotThereIsAnError() throws {
    let other = String(repeating: "1", count: 40)
    #expect(
      try error("file://\(folder)/source//shop/base?ref=\(other)").message.contains(
        "no branch or tag there holds this commit"))
  }

  @Test(arguments: ["out", "link"])
  func nothingLeadsFromARemoteBaseIntoTheRepositoryThatUsesIt(_ path: String) throws {
    let error = try error("file://\(folder)/source//\(path)?ref=\(commit)")
    #expect(error.class == .loadRestriction, "\(error)")
  }

  @Test(arguments: [
    (
      "github.com/a/b/c?ref=",
      "write its URL in full, as https://HOST/ORG/REPOSITORY//PATH?ref=COMMIT"
    ),
    ("http://git.example.org/a//b?ref=", "http:// is neither encrypted nor authenticated"),
    ("https://git.example.org/a//b?submodules=true&ref=", "'submodules=true' is not supported"),
  ])
  func otherFormsSayWhatToWrite(_ entry: String, _ words: String) throws {
    #expect(try error(entry + commit).message.contains(words))
  }
}
