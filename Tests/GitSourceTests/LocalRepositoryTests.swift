import Foundation
import GitSource
import SourceTree
import Testing

@Suite struct LocalRepositoryTests {
  let directory: TemporaryDirectory
  let source: SourceRepository

  init() throws {
    directory = try TemporaryDirectory()
    source = try SourceRepository(at: directory.path + "/source")
  }

  @Test func aRepositoryIsFoundFromADirectoryInsideIt() throws {
    let head = try source.commit("a/b/file", "text")
    for path in ["", "/a", "/a/b"] {
      let local = try LocalRepository.open(source.path + path)
      #expect(local.workTree == source.path)
      #expect(try local.repository.resolve("HEAD") == head)
    }
  }

  @Test func aBareRepositoryHasNoWorkingTree() throws {
    let head = try source.commit("file", "text")
    try source.git("clone", "--quiet", "--bare", source.path, directory.path + "/bare.git")
    let local = try LocalRepository.open(directory.path + "/bare.git")
    #expect(local.workTree == nil)
    #expect(try local.repository.resolve("main") == head)
  }

  @Test func aLinkedWorkingTreeReadsTheSharedObjects() throws {
    let head = try source.commit("file", "text")
    try source.git("worktree", "add", "--quiet", directory.path + "/linked", "-b", "other")
    let local = try LocalRepository.open(directory.path + "/linked")
    #expect(local.workTree == directory.path + "/linked")
    #expect(try local.repository.resolve("HEAD") == head)
  }

  @Test func aDirectoryOutsideARepositoryIsRefused() throws {
    let error = #expect(throws: GitError.self) { try LocalRepository.open(directory.path) }
    #expect(error?.kind == .repositoryMissing)
    #expect(error?.description.contains(directory.path) == true)
  }

  @Test func aSHA256RepositoryIsRefusedByName() throws {
    let other = try SourceRepository(
      at: directory.path + "/sha256", options: ["--object-format=sha256"])
    let error = #expect(throws: GitError.self) { try LocalRepository.open(other.path) }
    #expect(error?.kind == .unsupported)
    #expect(error?.description.contains("SHA-256") == true)
  }

  @Test func aShallowCloneReadsWhatItHasAndExplainsWhatItHasNot() throws {
    let first = try source.commit("file", "1")
    let second = try source.commit("file", "2")
    let path = directory.path + "/shallow"
    try source.git("clone", "--quiet", "--depth=1", "file://" + source.path, path)
    let repository = try LocalRepository.open(path).repository
    let file = try #require(TreePath("file"))
    #expect(try repository.tree(at: second).contents(of: file) == Array("2".utf8))
    let error = #expect(throws: GitError.self) { try repository.resolve(first.hex) }
    #expect(error?.description.contains("--unshallow") == true)
  }

  @Test func aPartialCloneExplainsWhatItHasNot() throws {
    try source.commit("file", "1")
    let head = try source.commit("file", "2")
    try source.git("config", "uploadpack.allowFilter", "true")
    let path = directory.path + "/partial"
    try source.git(
      "clone", "--quiet", "--no-checkout", "--filter=blob:none", "file://" + source.path, path)
    let tree = try LocalRepository.open(path).repository.tree(at: head)
    let file = try #require(TreePath("file"))
    let error = #expect(throws: FileTreeError.self) { try tree.contents(of: file) }
    #expect(error.map { "\($0)".contains("--filter") } == true)
  }
}
