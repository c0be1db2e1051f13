import Foundation
import HTTPTransport
import Hub
import HubAPI
import Logging
import Testing

@Suite("Where a hub listens")
struct SocketTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "socket-\(UInt32.random(in: 0..<UInt32.max))"
  ).path

  private func server(_ address: HubAddress) -> HubAPIServer {
    HubAPIServer(
      hub: ModelHub(), addresses: [address],
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  @Test func onlyItsUserMayConnectToTheSocket() async throws {
    try await ServedHub.with(ModelHub()) { served in
      let file = try FileManager.default.attributesOfItem(atPath: served.socket)
      #expect((file[.posixPermissions] as? Int) == 0o600)
      let directory = (served.socket as NSString).deletingLastPathComponent
      let above = try FileManager.default.attributesOfItem(atPath: directory)
      #expect((above[.posixPermissions] as? Int) == 0o700)
    }
  }

  @Test func membersOfANamedGroupMayConnectToo() async throws {
    let group = try #require(getgrgid(getgid()))
    let name = String(cString: group.pointee.gr_name)
    try await ServedHub.with(ModelHub(), socketGroup: name) { served in
      let file = try FileManager.default.attributesOfItem(atPath: served.socket)
      #expect((file[.posixPermissions] as? Int) == 0o660)
      #expect((file[.groupOwnerAccountID] as? NSNumber)?.uint32Value == getgid())
      let directory = (served.socket as NSString).deletingLastPathComponent
      let above = try FileManager.default.attributesOfItem(atPath: directory)
      #expect((above[.posixPermissions] as? Int) == 0o750)
      #expect((above[.groupOwnerAccountID] as? NSNumber)?.uint32Value == getgid())
    }
  }

  @Test func aGroupThatThereIsNotKeepsTheHubFromListening() throws {
    let path = folder + "/hub.sock"
    let error = #expect(throws: (any Error).self) {
      try HubAPIServer.check([.unix(path: path)], socketGroup: "no-such-group")
    }
    #expect("\(String(describing: error))".contains("there is no group 'no-such-group'"))
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test func aSocketThatAnswersIsNotTakenAway() async throws {
    try await ServedHub.with(ModelHub()) { served in
      let error = await #expect(throws: (any Error).self) {
        try await server(.unix(path: served.socket)).run()
      }
      #expect("\(String(describing: error))".contains("a hub listens there already"))
      let answer = try await served.http.send(served.request(.get, "/healthz"))
      #expect(answer.status == 200)
    }
  }

  @Test func theSocketOfADeadHubIsReplaced() async throws {
    defer { removeFolder() }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let path = folder + "/hub.sock"
    // Bound and never closed properly: what a killed process leaves behind.
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    #expect(bound == 0)
    close(descriptor)
    #expect(FileManager.default.fileExists(atPath: path))
    try HubAPIServer.check([.unix(path: path)])
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func aFileThatIsNoSocketStays() throws {
    defer { removeFolder() }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let path = folder + "/hub.sock"
    try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: (any Error).self) {
      try HubAPIServer.check([.unix(path: path)])
    }
    #expect("\(String(describing: error))".contains("no socket"))
    #expect(FileManager.default.contents(atPath: path) == Data("precious".utf8))
  }

  @Test(arguments: ["0.0.0.0", "192.0.2.1", "::", "hub.example.org", "127.evil.example.org"])
  func withoutTLSOnlyAddressesOfThisMachineAreServed(host: String) {
    #expect(throws: HubAPIServer.AddressRefused.self) {
      try HubAPIServer.check([.http(host: host, port: 0)])
    }
  }

  @Test(arguments: [
    ("unix:/run/hub.sock", "unix:/run/hub.sock"), ("unix:///run/hub.sock", "unix:/run/hub.sock"),
    ("http://127.0.0.1:8085", "http://127.0.0.1:8085"),
    ("127.0.0.1:8085", "http://127.0.0.1:8085"),
    ("http://[::1]:80/", "http://[::1]:80"), ("localhost:0", "http://localhost:0"),
  ])
  func anAddressReadsBackAsItIsWritten(text: String, written: String) throws {
    #expect(try HubAddress(parsing: text).description == written)
  }

  @Test(arguments: [
    "", "unix:", "localhost", "http://:80", "host:99999", "https://hub:1", "http://a b:1",
    "unix:/\(String(repeating: "x", count: 120))",
  ])
  func whatIsNoAddressIsRefused(text: String) {
    #expect(throws: HubAddress.Malformed.self) { try HubAddress(parsing: text) }
  }

  private func removeFolder() {
    // A test that failed early may not have made it.
    try? FileManager.default.removeItem(atPath: folder)
  }
}
