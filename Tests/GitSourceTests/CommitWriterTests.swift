import Foundation
import GitSource
import SourceTree
import Testing

@Suite struct CommitWriterTests {
  let directory: TemporaryDirectory
  let source: SourceRepository
  let author = CommitSignature(
    name: "Flotilla", email: "hub@example.com", time: 1_772_359_200, offset: 60)

  init() throws {
    directory = try TemporaryDirectory()
    source = try SourceRepository(at: directory.path + "/source")
  }

  private func change(_ path: String, _ text: String?) throws -> FileChange {
    FileChange(path: try #require(TreePath(path)), contents: text.map { Array($0.utf8) })
  }

  @Test func aFirstCommitHoldsItsFilesAuthorAndMessage() throws {
    let repository = try LocalRepository.open(source.path).repository
    let id = try repository.writeCommit(
      onto: nil,
      changes: [change("a/b.yaml", "one"), change("c.yaml", "two"), change("c.yaml", "three")],
      message: "First\n\nTicket: 7\n", author: author)
    #expect(try source.gitText("show", "\(id):a/b.yaml") == "one")
    #expect(try source.gitText("show", "\(id):c.yaml") == "three")
    #expect(
      try source.gitText("log", "-1", "--format=%an <%ae> %ad %P|%(trailers)", "--date=raw", id.hex)
        == "Flotilla <hub@example.com> 1772359200 +0100 |Ticket: 7")
    try source.git("fsck", "--strict")
  }

  @Test(arguments: [11, 12, 13, 14] as [UInt64])
  func treesAreThoseThatGitMakesOfTheSameChanges(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let names = ["a", "b", "a.b", "a-b", "é", "new\nline"]
    try source.write("run.sh", "#!/bin/sh\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: source.path + "/run.sh")
    try FileManager.default.createSymbolicLink(
      atPath: source.path + "/link", withDestinationPath: "a")
    var head = try source.commit()
    let repository = try LocalRepository.open(source.path).repository
    for step in 0..<15 {
      var changes: [FileChange] = []
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        let path = try (0...Int.random(in: 0...2, using: &random)).map { _ in
          try #require(names.randomElement(using: &random))
        }.joined(separator: "/")
        // Within one commit git would refuse a file below a file.
        guard !changes.contains(where: { overlaps($0.path.description, path) }) else { continue }
        let removes = Int.random(in: 0..<3, using: &random) == 0
        changes.append(try change(path, removes ? nil : "text \(step)"))
      }
      changes.append(try change("run.sh", "#!/bin/sh\necho \(step)\n"))
      let next = try repository.writeCommit(
        onto: head, changes: changes, message: "Step \(step)", author: author)
      for change in changes { try apply(change) }
      try source.git("add", "--all")
      let expected = try source.gitText("write-tree")
      let written = try source.gitText("rev-parse", "\(next)^{tree}")
      #expect(written == expected, "seed \(seed), step \(step), \(changes.map(\.path))")
      try source.git("reset", "--quiet", "--soft", next.hex)
      head = next
    }
    try source.git("fsck", "--strict")
  }

  private func overlaps(_ a: String, _ b: String) -> Bool {
    a == b || a.hasPrefix(b + "/") || b.hasPrefix(a + "/")
  }

  /// The same in the working tree.
  private func apply(_ change: FileChange) throws {
    let path = change.path.description
    guard let contents = change.contents else {
      try runProgram("rm", ["-rf", path], in: source.path)
      return
    }
    var above = change.path.parent
    while !above.isRoot {
      var isDirectory: ObjCBool = false
      let full = source.path + "/" + above.description
      if FileManager.default.fileExists(atPath: full, isDirectory: &isDirectory),
        !isDirectory.boolValue
      {
        try FileManager.default.removeItem(atPath: full)
      }
      above = above.parent
    }
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: source.path + "/" + path, isDirectory: &isDirectory),
      isDirectory.boolValue
    {
      try FileManager.default.removeItem(atPath: source.path + "/" + path)
    }
    let mode = path == "run.sh" ? 0o755 : 0o644
    try source.write(path, String(decoding: contents, as: UTF8.self))
    try FileManager.default.setAttributes(
      [.posixPermissions: mode], ofItemAtPath: source.path + "/" + path)
  }

  @Test(arguments: [".git/config", ".git"])
  func aNameThatGitForbidsIsRefused(_ path: String) throws {
    let repository = try LocalRepository.open(source.path).repository
    #expect(throws: GitError.self) {
      try repository.writeCommit(
        onto: nil, changes: [change(path, "x")], message: "x", author: author)
    }
  }
}
