import Foundation
import GitSource
import SourceTree
import Testing

@Suite struct MirrorTests {
  let directory: TemporaryDirectory
  let source: SourceRepository

  init() throws {
    directory = try TemporaryDirectory()
    source = try SourceRepository(at: directory.path + "/source")
  }

  private func mirror() throws -> GitMirror {
    try GitMirror(remote: GitRemote(url: source.path), path: directory.path + "/deep/mirror.git")
  }

  @Test func theFirstFetchBringsAllBranchesAndTags() async throws {
    let first = try source.commit("file", "1")
    try source.git("tag", "-a", "-m", "One", "v1")
    let second = try source.commit("file", "2")
    try source.git("branch", "team/feature")
    let mirror = try mirror()
    let result = try await mirror.fetch()
    #expect(
      result.updates.map(\.reference)
        == ["refs/heads/main", "refs/heads/team/feature", "refs/tags/v1"])
    #expect(result.updates.allSatisfy { $0.old == nil && !$0.isForced })
    #expect(try await mirror.head(branch: "main") == second)
    #expect(try await mirror.resolve("v1") == first)
    let file = try #require(TreePath("file"))
    #expect(try await mirror.tree(at: first).contents(of: file) == Array("1".utf8))
  }

  @Test func aFetchWithoutNewsChangesNothing() async throws {
    try source.commit("file", "1")
    let mirror = try mirror()
    _ = try await mirror.fetch()
    let result = try await mirror.fetch()
    #expect(result.updates.isEmpty)
    #expect(!result.isEmpty)
  }

  @Test func aNewCommitMovesItsBranch() async throws {
    let first = try source.commit("file", "1")
    let mirror = try mirror()
    _ = try await mirror.fetch()
    let second = try source.commit("file", "2")
    let update = try #require(try await mirror.fetch().update(ofBranch: "main"))
    #expect(update.old == first)
    #expect(update.new == second)
    #expect(!update.isForced)
  }

  @Test func aForcePushIsSeenAndTheOldCommitStaysReadable() async throws {
    try source.commit("file", "1")
    let old = try source.commit("file", "2")
    let mirror = try mirror()
    _ = try await mirror.fetch()
    try source.git("reset", "--quiet", "--hard", "HEAD~1")
    let new = try source.commit("file", "3")
    let update = try #require(try await mirror.fetch().update(ofBranch: "main"))
    #expect(update.isForced)
    #expect(update.old == old)
    #expect(update.new == new)
    let file = try #require(TreePath("file"))
    #expect(try await mirror.tree(at: old).contents(of: file) == Array("2".utf8))
  }

  @Test func aDeletedBranchGoesAndABranchMayTakeItsPlaceAsADirectory() async throws {
    let head = try source.commit("file", "1")
    try source.git("branch", "team")
    let mirror = try mirror()
    _ = try await mirror.fetch()
    try source.git("branch", "-D", "team")
    try source.git("branch", "team/feature")
    let result = try await mirror.fetch()
    #expect(result.update(ofBranch: "team")?.new == nil)
    #expect(result.update(ofBranch: "team")?.old == head)
    #expect(result.update(ofBranch: "team/feature")?.new == head)
    #expect(try await mirror.contains(head))
  }

  @Test func anEmptyRepositoryIsMirroredAsSuchUntilItsFirstCommit() async throws {
    let mirror = try mirror()
    let result = try await mirror.fetch()
    #expect(result.isEmpty)
    let error = await #expect(throws: GitError.self) { try await mirror.head(branch: "main") }
    #expect(error?.kind == .unknownRevision)
    let head = try source.commit("file", "1")
    #expect(try await mirror.fetch().update(ofBranch: "main")?.new == head)
  }

  @Test func aVanishedRepositoryIsAnErrorAndTheMirrorStays() async throws {
    let head = try source.commit("file", "1")
    let mirror = try mirror()
    _ = try await mirror.fetch()
    try FileManager.default.removeItem(atPath: source.path)
    let error = await #expect(throws: GitError.self) { try await mirror.fetch() }
    #expect(error?.kind == .repositoryMissing)
    #expect(try await mirror.head(branch: "main") == head)
  }

  @Test func aShallowSourceIsRefused() async throws {
    try source.commit("file", "1")
    try source.commit("file", "2")
    let path = directory.path + "/shallow"
    try source.git("clone", "--quiet", "--depth=1", "file://" + source.path, path)
    let mirror = try GitMirror(
      remote: GitRemote(url: "file://" + path), path: directory.path + "/mirror.git")
    let error = await #expect(throws: GitError.self) { try await mirror.fetch() }
    #expect(error?.kind == .unsupported)
    #expect(error?.reason.contains("shallow") == true)
  }

  @Test func aPartialSourceIsRefused() async throws {
    try source.commit("file", "1")
    try source.git("config", "uploadpack.allowFilter", "true")
    let path = directory.path + "/partial"
    try source.git("clone", "--quiet", "--filter=blob:none", "file://" + source.path, path)
    let mirror = try GitMirror(
      remote: GitRemote(url: path), path: directory.path + "/mirror.git")
    let error = await #expect(throws: GitError.self) { try await mirror.fetch() }
    #expect(error?.kind == .unsupported)
    #expect(error?.reason.contains("partial") == true)
  }

  @Test func aSHA256SourceIsRefused() async throws {
    let other = try SourceRepository(
      at: directory.path + "/sha256", options: ["--object-format=sha256"])
    let mirror = try GitMirror(
      remote: GitRemote(url: other.path), path: directory.path + "/mirror.git")
    let error = await #expect(throws: GitError.self) { try await mirror.fetch() }
    #expect(error?.kind == .unsupported)
    #expect(error?.reason.contains("SHA-256") == true)
  }

  @Test func aMirrorBelongsToOneProcessAtATime() throws {
    let first = try mirror()
    let error = #expect(throws: GitError.self) { try mirror() }
    #expect(error?.kind == .conflict)
    withExtendedLifetime(first) {}
  }

  @Test func aMirrorOpensAgainWithWhatItHad() async throws {
    let head = try source.commit("file", "1")
    do {
      let mirror = try mirror()
      _ = try await mirror.fetch()
    }
    #expect(try await mirror().head(branch: "main") == head)
  }

  @Test func aMirrorIsNotFilledFromAnotherRepository() async throws {
    try source.commit("file", "1")
    do {
      let mirror = try mirror()
      _ = try await mirror.fetch()
    }
    let error = #expect(throws: GitError.self) {
      try GitMirror(
        remote: GitRemote(url: "https://u:s3cret@git.example/a.git"),
        path: directory.path + "/deep/mirror.git")
    }
    #expect(error?.kind == .configuration)
    #expect(error?.reason.contains(source.path) == true)
    #expect(error?.description.contains("s3cret") == false)
  }

  @Test func aRepositoryOfSomebodyElseIsNotOverwritten() throws {
    try source.commit("file", "1")
    try source.git("clone", "--quiet", "--bare", source.path, directory.path + "/own.git")
    let error = #expect(throws: GitError.self) {
      try GitMirror(remote: GitRemote(url: source.path), path: directory.path + "/own.git")
    }
    #expect(error?.kind == .configuration)
  }

  @Test func whatAKilledProcessLeftBehindDoesNotStopTheNext() async throws {
    try source.commit("file", "1")
    do {
      let mirror = try mirror()
      _ = try await mirror.fetch()
    }
    let leftovers = [
      "refs/heads/main.lock", "packed-refs.lock", "config.lock", "objects/pack/tmp_pack_x",
      "objects/pack/pack_git2_x", "objects/pack/pack-0.keep",
    ]
    for name in leftovers {
      let file = directory.path + "/deep/mirror.git/" + name
      #expect(FileManager.default.createFile(atPath: file, contents: nil))
    }
    let second = try source.commit("file", "2")
    let mirror = try mirror()
    for name in leftovers {
      #expect(!FileManager.default.fileExists(atPath: directory.path + "/deep/mirror.git/" + name))
    }
    #expect(try await mirror.fetch().update(ofBranch: "main")?.new == second)
  }

  @Test func aCancelledFetchEndsAsCancelled() async throws {
    try source.commit("file", "1")
    let mirror = try mirror()
    let task = Task { try await mirror.fetch() }
    task.cancel()
    let result = await task.result
    if case .failure(let error) = result {
      #expect((error as? GitError)?.kind == .cancelled)
    }
    // Whether it was in time or not, the next fetch works.
    _ = try await mirror.fetch()
    #expect(try await mirror.branches().count == 1)
  }
}
