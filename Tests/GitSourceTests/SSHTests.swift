import Foundation
import GitSource
import SourceTree
import Testing

@Suite(.enabled(if: SSHServer.isInstalled, "\(SSHServer.program) is not installed"))
struct SSHTests {
  let directory: TemporaryDirectory
  let source: SourceRepository
  let server: SSHServer

  init() throws {
    directory = try TemporaryDirectory()
    source = try SourceRepository(at: directory.path + "/source")
    server = try SSHServer(in: directory)
  }

  private func mirror(
    _ path: String? = nil, key: String? = nil, knownHosts: String? = nil,
    timeouts: GitTimeouts = GitTimeouts()
  ) throws -> GitMirror {
    try GitMirror(
      remote: GitRemote(
        url: server.url(path ?? source.path),
        credentials: .sshKey(
          file: key ?? server.clientKey, knownHosts: knownHosts ?? server.knownHosts),
        timeouts: timeouts),
      path: directory.path + "/mirror.git")
  }

  private func failure(of mirror: GitMirror) async -> GitError? {
    await #expect(throws: GitError.self) { try await mirror.fetch() }
  }

  @Test func aMirrorFollowsARepositoryOverSSHWithAnRSAKey() async throws {
    let first = try source.commit("file", "1")
    let mirror = try mirror()
    #expect(try await mirror.fetch().updates.count == 1)
    #expect(try await mirror.fetch().updates.isEmpty)
    let second = try source.commit("file", "2")
    let update = try #require(try await mirror.fetch().update(ofBranch: "main"))
    #expect(update == .init(reference: "refs/heads/main", old: first, new: second, isForced: false))
    try source.git("reset", "--quiet", "--hard", first.hex)
    #expect(try await mirror.fetch().update(ofBranch: "main")?.isForced == true)
    let file = try #require(TreePath("file"))
    #expect(try await mirror.tree(at: second).contents(of: file) == Array("2".utf8))
  }

  @Test func anUnknownHostKeyIsNotTrusted() async throws {
    let empty = try directory.file("known_hosts", "")
    let error = await failure(of: try mirror(knownHosts: empty))
    #expect(error?.kind == .serverNotTrusted)
    #expect(error?.reason.contains(empty) == true)
  }

  @Test func aChangedHostKeyIsNotTrusted() async throws {
    let other = try String(contentsOfFile: server.clientKey + ".pub", encoding: .utf8)
    let changed = try directory.file("known_hosts", "[127.0.0.1]:\(server.port) \(other)")
    let error = await failure(of: try mirror(knownHosts: changed))
    #expect(error?.kind == .serverNotTrusted)
    #expect(error?.advice.contains("why it changed") == true)
  }

  @Test func aKeyThatTheServerDoesNotKnowIsRefused() async throws {
    let key = directory.path + "/other key"
    try runProgram(
      "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key], in: directory.path)
    let error = await failure(of: try mirror(key: key))
    #expect(error?.kind == .authenticationRefused)
    #expect(error?.reason.contains(key) == true)
  }

  @Test func aKeyThatOthersMayReadIsNamedWithTheRemedy() async throws {
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o644], ofItemAtPath: server.clientKey)
    let error = await failure(of: try mirror())
    #expect(error?.kind == .configuration)
    #expect(error?.advice.contains("chmod 600") == true)
  }

  @Test func aKeyFileThatIsNotThereIsNamed() async throws {
    let error = await failure(of: try mirror(key: "/nowhere/key"))
    #expect(error?.kind == .configuration)
    #expect(error?.reason.contains("/nowhere/key") == true)
  }

  @Test func aRepositoryThatIsNotThereIsMissing() async throws {
    let error = await failure(of: try mirror(directory.path + "/nowhere.git"))
    #expect(error?.kind == .repositoryMissing)
  }

  @Test func aServerThatIsNotThereIsUnreachable() async throws {
    let mirror = try GitMirror(
      remote: GitRemote(
        url: "ssh://git@127.0.0.1:\(freePort())/a.git",
        credentials: .sshKey(file: server.clientKey, knownHosts: server.knownHosts)),
      path: directory.path + "/mirror.git")
    #expect(await failure(of: mirror)?.kind == .unreachable)
  }

  /// Makes the server run something that hangs in place of git, as a lost network disk makes it;
  /// answers a file that will name the process of the session.
  private func hang() throws -> String {
    let session = directory.path + "/session"
    let script = try directory.file("hang", "echo $PPID > \(session)\nexec sleep 3600\n")
    let keys = try String(contentsOfFile: server.clientKey + ".pub", encoding: .utf8)
    try Data("command=\"sh \(script)\" \(keys)".utf8)
      .write(to: URL(fileURLWithPath: server.clientKey + ".pub"))
    return session
  }

  @Test func aRepositoryThatDoesNotAnswerTimesOut() async throws {
    _ = try hang()
    let error = await failure(of: try mirror(timeouts: GitTimeouts(total: .milliseconds(500))))
    #expect(error?.kind == .timedOut)
  }

  @Test func aCancelledFetchLeavesNoProcess() async throws {
    let session = try hang()
    let mirror = try mirror()
    let fetch = Task { try await mirror.fetch() }
    var process: pid_t = 0
    try await eventually("the session begins") {
      let text = FileManager.default.contents(atPath: session) ?? Data()
      process = pid_t(String(decoding: text, as: UTF8.self).dropLast()) ?? 0
      return process != 0
    }
    fetch.cancel()
    let error = await #expect(throws: GitError.self) { try await fetch.value }
    #expect(error?.kind == .cancelled)
    try await eventually("the session ends") { kill(process, 0) != 0 }
  }

  @Test func aSHA256SourceIsRefusedByName() async throws {
    let other = try SourceRepository(
      at: directory.path + "/sha256", options: ["--object-format=sha256"])
    try other.write("file", "1")
    try other.git("add", ".")
    try other.git("commit", "--quiet", "-m", "One")
    let error = await failure(of: try mirror(other.path))
    #expect(error?.kind == .unsupported, "\(String(describing: error))")
    #expect(error?.reason.contains("SHA-256") == true)
  }

  @Test func aShallowSourceIsRefusedByName() async throws {
    try source.commit("file", "1")
    try source.commit("file", "2")
    let path = directory.path + "/shallow"
    try source.git("clone", "--quiet", "--depth=1", "file://" + source.path, path)
    let error = await failure(of: try mirror(path))
    #expect(error?.kind == .unsupported)
    #expect(error?.reason.contains("shallow") == true)
  }
}
