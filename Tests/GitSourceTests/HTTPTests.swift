import Foundation
import GitSource
import SourceTree
import Testing

@Suite struct HTTPTests {
  let directory: TemporaryDirectory
  let source: SourceRepository

  init() throws {
    directory = try TemporaryDirectory()
    source = try SourceRepository(at: directory.path + "/source")
  }

  private func mirror(
    _ url: String, _ credentials: GitCredentials = .none, caFile: String? = nil,
    timeouts: GitTimeouts = GitTimeouts()
  ) throws -> GitMirror {
    try GitMirror(
      remote: GitRemote(url: url, credentials: credentials, caFile: caFile, timeouts: timeouts),
      path: directory.path + "/mirror.git")
  }

  private func failure(of mirror: GitMirror) async -> GitError? {
    await #expect(throws: GitError.self) { try await mirror.fetch() }
  }

  @Test func aMirrorFollowsARepositoryOverHTTPS() async throws {
    let certificates = try TestCertificates(in: directory)
    let first = try source.commit("file", "1")
    try source.git("tag", "-a", "-m", "One", "v1")
    try source.git("branch", "team")
    let server = try HTTPServer(directory, certificates: certificates)
    let mirror = try mirror(
      "https://127.0.0.1:\(server.port)/source/.git", caFile: certificates.authority)
    let clone = try await mirror.fetch()
    #expect(
      clone.updates.map(\.reference) == ["refs/heads/main", "refs/heads/team", "refs/tags/v1"])
    #expect(try await mirror.resolve("v1") == first)
    #expect(try await mirror.fetch().updates.isEmpty)

    let second = try source.commit("file", "2")
    let moved = try #require(try await mirror.fetch().update(ofBranch: "main"))
    #expect(moved == .init(reference: "refs/heads/main", old: first, new: second, isForced: false))

    try source.git("reset", "--quiet", "--hard", first.hex)
    let third = try source.commit("file", "3")
    let forced = try #require(try await mirror.fetch().update(ofBranch: "main"))
    #expect(forced == .init(reference: "refs/heads/main", old: second, new: third, isForced: true))

    try source.git("branch", "-D", "team")
    try source.git("branch", "team/feature")
    let changed = try await mirror.fetch()
    #expect(changed.update(ofBranch: "team")?.new == nil)
    #expect(changed.update(ofBranch: "team/feature")?.new == third)
    let file = try #require(TreePath("file"))
    #expect(try await mirror.tree(at: second).contents(of: file) == Array("2".utf8))
  }

  @Test func aLargeRepositoryArrivesWholeOverPlainHTTPOnLoopback() async throws {
    var random = SeededGenerator(seed: 7)
    for index in 0..<40 {
      let text = (0..<4000).map { _ in String(random.next(), radix: 36) }.joined(separator: "\n")
      try source.write("d\(index % 5)/f\(index)", text)
    }
    let head = try source.commit()
    let server = try HTTPServer(directory)
    let mirror = try mirror("http://127.0.0.1:\(server.port)/source/.git")
    _ = try await mirror.fetch()
    let tree = try await mirror.tree(at: head)
    for index in 0..<40 {
      let name = "d\(index % 5)/f\(index)"
      #expect(
        try tree.contents(of: #require(TreePath(name))) == source.git("show", "HEAD:\(name)"))
    }
    try runProgram("git", ["fsck", "--strict"], in: mirror.repository.gitDirectory)
  }

  @Test func anEmptyRepositoryIsNotAnError() async throws {
    let server = try HTTPServer(directory)
    let mirror = try mirror("http://127.0.0.1:\(server.port)/source/.git")
    #expect(try await mirror.fetch().isEmpty)
  }

  @Test func aCertificateOfAnotherAuthorityIsNotTrusted() async throws {
    let certificates = try TestCertificates(in: directory)
    try source.commit("file", "1")
    let server = try HTTPServer(directory, certificates: certificates)
    let other = try TemporaryDirectory()
    let wrong = try TestCertificates(in: other)
    let error = await failure(
      of: try mirror(
        "https://127.0.0.1:\(server.port)/source/.git", caFile: wrong.authority))
    #expect(error?.kind == .serverNotTrusted)
    #expect(error?.advice.contains(wrong.authority) == true)
  }

  @Test func aMissingAuthorityFileIsNamed() async throws {
    let certificates = try TestCertificates(in: directory)
    let server = try HTTPServer(directory, certificates: certificates)
    let error = await failure(
      of: try mirror("https://127.0.0.1:\(server.port)/source/.git", caFile: "/nowhere/ca.pem"))
    #expect(error?.kind == .configuration)
    #expect(error?.description.contains("/nowhere/ca.pem") == true)
  }

  @Test func aTokenIsReadAtEachFetchAndNeverShown() async throws {
    let certificates = try TestCertificates(in: directory)
    let head = try source.commit("file", "1")
    let server = try HTTPServer(
      directory, certificates: certificates, ["--token", "s3cret-token"])
    let token = try directory.file("token", "wrong-t0ken\n")
    let mirror = try mirror(
      "https://127.0.0.1:\(server.port)/source/.git", .token(file: token),
      caFile: certificates.authority)
    let error = await failure(of: mirror)
    #expect(error?.kind == .authenticationRefused)
    #expect(error?.description.contains("401") == true)
    #expect(error?.description.contains(token) == true)
    #expect(error?.description.contains("wrong-t0ken") == false)
    _ = try directory.file("token", "s3cret-token\n")
    _ = try await mirror.fetch()
    #expect(try await mirror.head(branch: "main") == head)
  }

  @Test func credentialFilesThatCannotBeUsedAreNamed() async throws {
    let empty = try directory.file("empty", "\n")
    let double = try directory.file("double", "one\ntwo\n")
    for file in [empty, double, directory.path + "/absent"] {
      do {
        let error = await failure(of: try mirror("http://127.0.0.1:1/a.git", .token(file: file)))
        #expect(error?.kind == .configuration)
        #expect(error?.description.contains(file) == true)
      }
      try FileManager.default.removeItem(atPath: directory.path + "/mirror.git")
    }
  }

  @Test func basicAuthenticationComesFromAFileOrFromTheURL() async throws {
    let head = try source.commit("file", "1")
    let server = try HTTPServer(directory, ["--basic", "ada:pass w@rd"])
    let password = try directory.file("password", "pass w@rd\n")
    do {
      let mirror = try mirror(
        "http://127.0.0.1:\(server.port)/source/.git", .basic(user: "ada", passwordFile: password))
      _ = try await mirror.fetch()
      #expect(try await mirror.head(branch: "main") == head)
    }
    do {
      // The URL without its secret is the same: so is the mirror.
      let mirror = try mirror("http://ada:pass%20w%40rd@127.0.0.1:\(server.port)/source/.git")
      _ = try await mirror.fetch()
    }
    let error = await failure(
      of: try mirror("http://ada:s3cret@127.0.0.1:\(server.port)/source/.git"))
    #expect(error?.kind == .authenticationRefused)
    #expect(error?.description.contains("s3cret") == false)
  }

  @Test func aClientCertificateOpensAServerThatDemandsOne() async throws {
    let certificates = try TestCertificates(in: directory)
    let head = try source.commit("file", "1")
    let server = try HTTPServer(
      directory, certificates: certificates, requireClient: true)
    let url = "https://127.0.0.1:\(server.port)/source/.git"
    do {
      let error = await failure(of: try mirror(url, caFile: certificates.authority))
      // The server's alert may be lost when it closes the connection at the same moment.
      #expect(error?.kind == .authenticationRefused || error?.kind == .unreachable)
    }
    let mirror = try mirror(
      url, .clientCertificate(file: certificates.client, keyFile: certificates.clientKey),
      caFile: certificates.authority)
    _ = try await mirror.fetch()
    #expect(try await mirror.head(branch: "main") == head)
  }

  @Test(arguments: [
    ("status-401", GitError.Kind.authenticationRefused),
    ("status-403", .authenticationRefused), ("status-404", .repositoryMissing),
    ("status-429", .unreachable), ("status-500", .unreachable), ("status-503", .unreachable),
    ("page", .repositoryMissing), ("cut", .unreachable),
  ])
  func whatTheServerAnswersInsteadBecomesAKindOfError(
    _ fault: String, _ kind: GitError.Kind
  ) async throws {
    try source.commit("file", String(repeating: "text", count: 1000))
    let server = try HTTPServer(directory)
    let mirror = try mirror("http://127.0.0.1:\(server.port)/\(fault)/source/.git")
    let error = await failure(of: mirror)
    #expect(error?.kind == kind, "\(String(describing: error))")
    #expect(error?.description.contains("127.0.0.1:\(server.port)") == true)
    #expect(try await mirror.branches().isEmpty)
  }

  @Test(arguments: ["stall", "hang"])
  func aServerThatStopsSendingTimesOut(_ fault: String) async throws {
    try source.commit("file", "text")
    let server = try HTTPServer(directory)
    let mirror = try mirror(
      "http://127.0.0.1:\(server.port)/\(fault)/source/.git",
      timeouts: GitTimeouts(stall: .milliseconds(300)))
    let error = await failure(of: mirror)
    #expect(error?.kind == .timedOut)
  }

  @Test func theTotalTimeOutEndsAFetchToo() async throws {
    let server = try HTTPServer(directory)
    let mirror = try mirror(
      "http://127.0.0.1:\(server.port)/stall/source/.git",
      timeouts: GitTimeouts(total: .milliseconds(300)))
    let error = await failure(of: mirror)
    #expect(error?.kind == .timedOut)
  }

  @Test func readingDoesNotWaitForAFetchAndACancelledFetchEnds() async throws {
    let head = try source.commit("file", "text")
    let log = directory.path + "/log"
    let server = try HTTPServer(directory, ["--log", log])
    do {
      let mirror = try mirror("http://127.0.0.1:\(server.port)/source/.git")
      _ = try await mirror.fetch()
    }
    try FileManager.default.removeItem(atPath: log)
    // The same mirror, behind an address that stalls.
    try runProgram(
      "git",
      [
        "config", "-f", directory.path + "/mirror.git/config", "flotilla.source",
        "http://127.0.0.1:\(server.port)/stall/source/.git",
      ], in: "/")
    let mirror = try mirror("http://127.0.0.1:\(server.port)/stall/source/.git")
    let fetch = Task { try await mirror.fetch() }
    try await eventually("the request arrives") {
      FileManager.default.fileExists(atPath: log)
    }
    #expect(try await mirror.head(branch: "main") == head)
    fetch.cancel()
    let error = await #expect(throws: GitError.self) { try await fetch.value }
    #expect(error?.kind == .cancelled)
  }

  @Test func aServerThatIsNotThereIsUnreachable() async throws {
    let error = await failure(of: try mirror("http://127.0.0.1:\(freePort())/a.git"))
    #expect(error?.kind == .unreachable)
  }

  @Test func aVanishedServerLeavesTheMirrorAsItWas() async throws {
    let head = try source.commit("file", "text")
    let server = try HTTPServer(directory)
    let mirror = try mirror("http://127.0.0.1:\(server.port)/source/.git")
    _ = try await mirror.fetch()
    server.stop()
    let error = await failure(of: mirror)
    #expect(error?.kind == .unreachable)
    #expect(try await mirror.head(branch: "main") == head)
  }

  @Test func aRedirectOnTheSameHostIsFollowed() async throws {
    let head = try source.commit("file", "text")
    let server = try HTTPServer(directory, ["--token", "t0ken"])
    let mirror = try mirror(
      "http://127.0.0.1:\(server.port)/redirect/source/.git",
      .token(file: directory.file("token", "t0ken")))
    _ = try await mirror.fetch()
    #expect(try await mirror.head(branch: "main") == head)
  }

  @Test func aSecretDoesNotFollowARedirectToAnotherHost() async throws {
    try source.commit("file", "text")
    let server = try HTTPServer(directory, ["--token", "t0ken"])
    let error = await failure(
      of: try mirror(
        "http://127.0.0.1:\(server.port)/elsewhere/source/.git",
        .token(file: directory.file("token", "t0ken"))))
    #expect(error?.kind == .configuration)
    #expect(error?.reason.contains("localhost:\(server.port)") == true)
  }

  @Test func aShallowSourceIsRefusedByName() async throws {
    try source.commit("file", "1")
    try source.commit("file", "2")
    try source.git(
      "clone", "--quiet", "--bare", "--depth=1", "file://" + source.path,
      directory.path + "/shallow.git")
    let server = try HTTPServer(directory)
    let error = await failure(of: try mirror("http://127.0.0.1:\(server.port)/shallow.git"))
    #expect(error?.kind == .unsupported)
    #expect(error?.reason.contains("shallow") == true)
  }

  @Test func aSHA256SourceIsRefusedByName() async throws {
    let other = try SourceRepository(
      at: directory.path + "/sha256", options: ["--object-format=sha256"])
    try other.write("file", "1")
    try other.git("add", ".")
    try other.git("commit", "--quiet", "-m", "One")
    let server = try HTTPServer(directory)
    let error = await failure(of: try mirror("http://127.0.0.1:\(server.port)/sha256/.git"))
    #expect(error?.kind == .unsupported)
    #expect(error?.reason.contains("SHA-256") == true)
  }
}
