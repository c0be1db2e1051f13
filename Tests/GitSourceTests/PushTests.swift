import Foundation
import GitSource
import SourceTree
import Testing

@Suite struct PushTests {
  enum Transport: String, CaseIterable { case path, http, ssh }

  let directory: TemporaryDirectory
  let source: SourceRepository
  let target: SourceRepository
  let author = CommitSignature(name: "Flotilla", email: "hub@example.com", time: 1_772_359_200)
  static let transports = Transport.allCases.filter { $0 != .ssh || SSHServer.isInstalled }

  init() throws {
    directory = try TemporaryDirectory()
    source = try SourceRepository(at: directory.path + "/source")
    try source.commit("file", "1")
    try source.git("clone", "--quiet", "--bare", source.path, directory.path + "/target.git")
    target = SourceRepository(existing: directory.path + "/target.git")
  }

  private func remote(_ transport: Transport) throws -> GitRemote {
    switch transport {
    case .path: return try GitRemote(url: target.path)
    case .http:
      let server = try HTTPServer(directory, ["--token", "t0ken"])
      return try GitRemote(
        url: "http://127.0.0.1:\(server.port)/target.git",
        credentials: .token(file: directory.file("token", "t0ken")))
    case .ssh:
      let server = try SSHServer(in: directory)
      return try GitRemote(
        url: server.url(target.path),
        credentials: .sshKey(file: server.clientKey, knownHosts: server.knownHosts))
    }
  }

  private func mirror(_ remote: GitRemote, _ name: String = "mirror") async throws -> GitMirror {
    let mirror = try GitMirror(remote: remote, path: directory.path + "/\(name).git")
    _ = try await mirror.fetch()
    return mirror
  }

  private func decision(_ mirror: GitMirror, _ parent: CommitID?, _ name: String) async throws
    -> CommitID
  {
    let path = try #require(TreePath("decisions/\(name).yaml"))
    return try await mirror.writeCommit(
      onto: parent, changes: [FileChange(path: path, contents: Array(name.utf8))],
      message: "Decide \(name)", author: author)
  }

  @Test(arguments: transports)
  func aBranchIsCreatedMovedAndProtectedAgainstALostUpdate(_ transport: Transport) async throws {
    let mirror = try await mirror(remote(transport))
    let state = "flotilla/state"
    let first = try await decision(mirror, nil, "one")
    try await mirror.push(first, to: state, expecting: nil)
    #expect(try target.head(state) == first)
    #expect(try await mirror.head(branch: state) == first)

    let second = try await decision(mirror, first, "two")
    try await mirror.push(second, to: state, expecting: first)
    #expect(try target.head(state) == second)

    let late = try await decision(mirror, first, "late")
    for expected in [first, nil] {
      let error = await #expect(throws: GitError.self) {
        try await mirror.push(late, to: state, expecting: expected)
      }
      #expect(error?.kind == .conflict, "\(String(describing: error))")
    }
    #expect(try target.head(state) == second)
    #expect(try await mirror.fetch().updates.isEmpty)
    try target.git("fsck", "--strict")
  }

  @Test(arguments: transports)
  func aHookThatRefusesIsQuotedAndIsNoConflict(_ transport: Transport) async throws {
    let mirror = try await mirror(remote(transport))
    let hooks = target.path + "/hooks"
    try FileManager.default.createDirectory(atPath: hooks, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: hooks + "/update", withDestinationPath: "/bin/false")
    let first = try await decision(mirror, nil, "one")
    let error = await #expect(throws: GitError.self) {
      try await mirror.push(first, to: "flotilla/state", expecting: nil)
    }
    #expect(error?.kind == .failed, "\(String(describing: error))")
    #expect(error?.reason.contains("hook declined") == true)
  }

  @Test(arguments: [Transport.path, .http])
  func twoHubsThatRaceLoseNoDecision(_ transport: Transport) async throws {
    let remote = try remote(transport)
    let mirrors = [try await mirror(remote, "a"), try await mirror(remote, "b")]
    let names = try await withThrowingTaskGroup(of: [String].self) { group in
      for (index, mirror) in mirrors.enumerated() {
        group.addTask {
          let names = (0..<8).map { "hub\(index)-\($0)" }
          for name in names { try await decide(name, mirror) }
          return names
        }
      }
      return try await group.reduce([], +)
    }
    let log = try target.gitText("log", "--format=%s", "flotilla/state")
    #expect(Set(log.split(separator: "\n")) == Set(names.map { "Decide \($0)" }))
    #expect(log.split(separator: "\n").count == names.count)
    let files = try target.gitText("ls-tree", "-r", "--name-only", "flotilla/state")
    #expect(files.split(separator: "\n").count == names.count)
  }

  /// Tries until the branch stands still for long enough.
  private func decide(_ name: String, _ mirror: GitMirror) async throws {
    while true {
      let head = try await mirror.branches().first { $0.name == "flotilla/state" }?.head
      let commit = try await decision(mirror, head, name)
      do {
        return try await mirror.push(commit, to: "flotilla/state", expecting: head)
      } catch let error as GitError where error.kind == .conflict {
        _ = try await mirror.fetch()
      }
    }
  }

  @Test func anImpossibleNameOfABranchIsRefused() async throws {
    let mirror = try await mirror(remote(.path))
    let commit = try await decision(mirror, nil, "one")
    for name in ["", "a..b", "a b", "-\u{7f}", "x.lock"] {
      let error = await #expect(throws: GitError.self) {
        try await mirror.push(commit, to: name, expecting: nil)
      }
      #expect(error?.kind == .configuration)
    }
  }

  @Test func compactingKeepsEveryObjectWhileOthersRead() async throws {
    let mirror = try await mirror(remote(.path))
    var heads: [CommitID] = []
    for index in 0..<6 {
      // Every commit replaces the history, so that most objects belong to no branch.
      try source.git("checkout", "--quiet", "--orphan", "branch\(index)")
      heads.append(try source.commit("file", "text \(index)"))
      try source.git("push", "--quiet", "--force", target.path, "HEAD:main")
      try target.git("config", "fetch.unpackLimit", "1")
      try runProgram(
        "git", ["config", "fetch.unpackLimit", "1"], in: mirror.repository.gitDirectory)
      _ = try await mirror.fetch()
    }
    let known = heads
    let file = try #require(TreePath("file"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      let repository = mirror.repository
      for _ in 0..<2 {
        group.addTask {
          for _ in 0..<50 {
            for (index, head) in known.enumerated() {
              let bytes = try repository.tree(at: head).contents(of: file)
              #expect(bytes == Array("text \(index)".utf8))
            }
          }
        }
      }
      #expect(try await mirror.compact(whenPacksExceed: 2))
      try await group.waitForAll()
    }
    #expect(try await !mirror.compact(whenPacksExceed: 2))
    for (index, head) in known.enumerated() {
      #expect(try await mirror.tree(at: head).contents(of: file) == Array("text \(index)".utf8))
    }
  }
}
