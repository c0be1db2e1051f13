import Foundation
import GitSource
import SourceTree
import Testing

@Suite struct GitTreeTests {
  let directory: TemporaryDirectory
  let source: SourceRepository

  init() throws {
    directory = try TemporaryDirectory()
    source = try SourceRepository(at: directory.path + "/source")
  }

  private func tree(_ revision: String = "HEAD") throws -> GitTree {
    let repository = try LocalRepository.open(source.path).repository
    return try repository.tree(at: repository.resolve(revision))
  }

  private func path(_ text: String) throws -> TreePath { try #require(TreePath(text)) }

  @Test func everyFileReadsAsGitShowsIt() throws {
    let names = [
      "plain.yaml", "a/b/c/deep.yaml", "with space.yaml", "new\nline.yaml", "tab\t.yaml",
      "ünïcode-é.yaml", "\u{65}\u{301}.yaml", "\u{e9}.yaml", "日本/語.yaml", "quote\".yaml",
      "a.b", "a/b/x", "a-b", "empty",
    ]
    for (index, name) in names.enumerated() {
      try source.write(name, name == "empty" ? "" : "content \(index)\0\r\n")
    }
    try source.commit()
    let tree = try tree()
    for name in names {
      let shown = try source.git("show", "HEAD:\(name)")
      let read = try tree.contents(of: path(name))
      #expect(read == shown, "\(name)")
      let id = try source.gitText("rev-parse", "HEAD:\(name)")
      #expect(try tree.entry(at: path(name)) == .file(identity: id), "\(name)")
    }
  }

  @Test func directoriesListTheirChildrenInByteOrder() throws {
    for name in ["a/x", "a.b", "a-b", "b", "B", "é", "a0/x"] { try source.write(name, name) }
    try source.commit()
    let listed = try source.git("ls-tree", "-z", "--name-only", "HEAD")
    let names = listed.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    let expected = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    #expect(try tree().children(of: .root) == expected)
    let identity = try source.gitText("rev-parse", "HEAD^{tree}")
    #expect(try tree().entry(at: .root) == .directory(identity: identity))
    #expect(throws: FileTreeError.notADirectory(try path("b"))) {
      try tree().children(of: path("b"))
    }
    #expect(throws: FileTreeError.notADirectory(try path("nowhere"))) {
      try tree().children(of: path("nowhere"))
    }
  }

  @Test func whatIsNotThereIsNotFound() throws {
    try source.commit("a/b", "text")
    let tree = try tree()
    #expect(try tree.entry(at: path("a/c")) == nil)
    #expect(try tree.entry(at: path("a/b/c")) == nil)
    #expect(throws: FileTreeError.notFound(try path("a/c"))) { try tree.contents(of: path("a/c")) }
    #expect(throws: FileTreeError.notAFile(try path("a"))) { try tree.contents(of: path("a")) }
  }

  @Test func symbolicLinksAreReportedAndFollowedOnlyInsideTheTree() throws {
    try source.write("real/file.yaml", "text")
    for (link, target) in [
      ("link", "real"), ("escape", "../../etc/passwd"), ("absolute", "/etc/passwd"),
      ("loop", "loop"),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: source.path + "/" + link, withDestinationPath: target)
    }
    try source.commit()
    let tree = try tree()
    #expect(try tree.entry(at: path("escape")) == .symbolicLink(target: "../../etc/passwd"))
    #expect(throws: FileTreeError.notAFile(try path("absolute"))) {
      try tree.contents(of: path("absolute"))
    }
    #expect(try tree.entry(at: path("link/file.yaml")) == nil)
    #expect(try tree.resolve(path("link/file.yaml")).path == path("real/file.yaml"))
    for name in ["escape", "absolute"] {
      #expect(throws: FileTreeError.outsideTree(path: name)) { try tree.resolve(path(name)) }
    }
    #expect(throws: FileTreeError.tooManyLinks(try path("loop"))) {
      try tree.resolve(path("loop"))
    }
  }

  @Test func aSubmoduleIsReportedAndItsFilesAreRefused() throws {
    let first = try source.commit("file", "text")
    try source.git("update-index", "--add", "--cacheinfo", "160000,\(first),vendor")
    try source.git("commit", "--quiet", "-m", "Submodule")
    let tree = try tree()
    #expect(try tree.entry(at: path("vendor")) == .submodule)
    #expect(throws: FileTreeError.submodule(try path("vendor"))) {
      try tree.contents(of: path("vendor"))
    }
  }

  @Test func aPointerOfGitLFSIsRefusedByName() throws {
    try source.commit(
      "big.bin",
      """
      version https://git-lfs.github.com/spec/v1
      oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
      size 12345

      """)
    let error = #expect(throws: FileTreeError.self) { try tree().contents(of: path("big.bin")) }
    #expect(error.map { "\($0)".contains("big.bin") && "\($0)".contains("Git LFS") } == true)
  }

  @Test(arguments: ["..", ".", "a/b"])
  func aForgedDirectoryWithAForbiddenNameIsRefused(_ name: String) throws {
    try source.commit("file", "text")
    let blob = try source.gitText("rev-parse", "HEAD:file")
    let raw = (0..<20).map { index -> UInt8 in
      let start = blob.index(blob.startIndex, offsetBy: 2 * index)
      return UInt8(blob[start..<blob.index(start, offsetBy: 2)], radix: 16) ?? 0
    }
    let forged = try directory.file("forged", "")
    try Data("100644 \(name)\0".utf8 + raw).write(to: URL(fileURLWithPath: forged))
    let treeID = try source.gitText("hash-object", "-t", "tree", "--literally", "-w", forged)
    let commit = try source.gitText("commit-tree", "-m", "Forged", treeID)
    let error = #expect(throws: FileTreeError.self) { try tree(commit).children(of: .root) }
    #expect(error.map { "\($0)".contains("forbidden name") } == true)
  }

  @Test func tenThousandFilesReadFromManyThreads() async throws {
    var script = "commit refs/heads/main\ncommitter T <t@example.com> 1 +0000\ndata 1\nx\n"
    for index in 0..<10_000 {
      let text = "name: file-\(index)\n"
      script += "M 644 inline d\(index % 100)/e\(index % 7)/f\(index).yaml\n"
      script += "data \(text.utf8.count)\n\(text)\n"
    }
    try source.git("fast-import", "--quiet", input: script)
    let tree = try tree("main")
    let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
      for worker in 0..<4 {
        group.addTask {
          var wrong = 0
          for index in stride(from: worker, to: 10_000, by: 4) {
            let name = "d\(index % 100)/e\(index % 7)/f\(index).yaml"
            guard let path = TreePath(name) else { return 10_000 }
            let bytes = try tree.contents(of: path)
            if bytes != Array("name: file-\(index)\n".utf8) { wrong += 1 }
          }
          return wrong
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(wrong == 0)
  }
}
