import Foundation
import Glibc
import HTTPTransport
import Testing

/// What a caller of the client sees of servers that behave and of servers that do not.
struct HTTPClientTests {
  private let http: HTTPClient

  init() throws { http = try HTTPClient() }

  private func failure(_ request: HTTPRequest) async -> TransportError? {
    await #expect(throws: TransportError.self) { try await http.send(request) }
  }

  @Test func anAnswerComesWithStatusHeadersAndBody() async throws {
    let server = try await ScriptedServer.start()
    try await server.script(
      #"{"status": 418, "headers": {"X-Word": "tea"}, "body": "short and stout"}"#, with: http)
    let response = try await http.send(
      HTTPRequest(
        .patch, server.url + "/pot?lid=1", headers: [HTTPHeader("X-Spout", "yes")],
        body: Array("water".utf8), connection: server.settings))
    #expect(response.status == 418)
    #expect(response.head["x-word"] == "tea")
    #expect(String(decoding: response.body, as: UTF8.self) == "short and stout")
    let request = try #require(try await server.log(with: http).first)
    #expect(request["method"] as? String == "PATCH")
    #expect(request["path"] as? String == "/pot?lid=1")
    #expect(request["body"] as? String == "water")
    #expect((request["headers"] as? [String: String])?["x-spout"] == "yes")
  }

  @Test func credentialsReachTheServer() async throws {
    let server = try await ScriptedServer.start()
    var settings = server.settings
    settings.authorization = .bearer(Secret("abc"))
    _ = try await http.send(HTTPRequest(.get, server.url, connection: settings))
    settings.authorization = .basic(user: "me", password: Secret("pass:word"))
    _ = try await http.send(HTTPRequest(.get, server.url, connection: settings))
    let sent = try await server.log(with: http)
      .compactMap { ($0["headers"] as? [String: String])?["authorization"] }
    #expect(sent == ["Bearer abc", "Basic bWU6cGFzczp3b3Jk"])
  }

  @Test func manyRequestsAtOnceAllGetTheirOwnAnswer() async throws {
    let server = try await ScriptedServer.start()
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for index in 0..<200 {
        group.addTask {
          try await http.send(
            HTTPRequest(.get, server.url + "/\(index)", connection: server.settings)
          ).status
        }
      }
      return try await group.reduce(into: [Int]()) { $0.append($1) }
    }
    #expect(statuses == [Int](repeating: 200, count: 200))
    #expect(try await server.log(with: http).count == 200)
  }

  @Test func aUnixSocketIsAServer() async throws {
    let server = try await ScriptedServer.start(.unixSocket)
    try await server.script(#"{"body": "over the socket"}"#, with: http)
    let response = try await http.send(
      HTTPRequest(.get, server.url + "/v1", connection: server.settings))
    #expect(String(decoding: response.body, as: UTF8.self) == "over the socket")
  }

  @Test func aClientCertificateOpensAServerThatAsksForOne() async throws {
    let server = try await ScriptedServer.start(.mutualTLS)
    var settings = server.settings
    settings.clientIdentity = .init(certificate: server.certificate, key: Secret(server.key))
    let response = try await http.send(HTTPRequest(.get, server.url, connection: settings))
    #expect(response.status == 200)
    let error = await failure(HTTPRequest(.get, server.url, connection: server.settings))
    guard case .tls(let line) = error?.reason else {
      Issue.record("expected a TLS error, got \(String(describing: error))")
      return
    }
    #expect(line.contains("certificate required"))
  }

  @Test func theNameInTheCertificateMayDifferFromTheAddress() async throws {
    let server = try await ScriptedServer.start()
    var settings = server.settings
    settings.tlsServerName = "api.example.test"
    let response = try await http.send(
      HTTPRequest(.get, server.url + "/named", connection: settings))
    #expect(response.status == 200)
    let host = try await server.log(with: http).first?["headers"] as? [String: String]
    #expect(host?["host"] == "127.0.0.1:\(server.port)")
    settings.tlsServerName = "other.example.test"
    let error = await failure(HTTPRequest(.get, server.url, connection: settings))
    guard case .tls = error?.reason else {
      Issue.record("expected a TLS error, got \(String(describing: error))")
      return
    }
  }

  @Test func aProxyLeadsToTheServerAndSeesOnlyItsName() async throws {
    let server = try await ScriptedServer.start()
    let proxy = try await ScriptedServer.start(.plain)
    var settings = server.settings
    settings.proxy = .url(proxy.url)
    settings.authorization = .bearer(Secret("for the server only"))
    let response = try await http.send(
      HTTPRequest(.get, server.url + "/behind", connection: settings))
    #expect(response.status == 200)
    #expect(response.head["X-Proxy"] == nil)
    let seen = try await proxy.log(with: http)
    #expect(seen.map { $0["method"] as? String } == ["CONNECT"])
    #expect(seen.map { $0["path"] as? String } == ["127.0.0.1:\(server.port)"])
    #expect((seen.first?["headers"] as? [String: String])?["authorization"] == nil)
  }

  @Test func aProxyThatRefusesIsNamedAsTheFault() async throws {
    let proxy = try await ScriptedServer.start(.plain)
    try await proxy.script(#"{"status": 403}"#, with: http)
    var settings = ConnectionSettings()
    settings.proxy = .url(proxy.url)
    let error = await failure(
      HTTPRequest(.get, "https://cluster.example.test:6443/", connection: settings))
    guard case .proxy(let line) = error?.reason else {
      Issue.record("expected a fault of the proxy, got \(String(describing: error))")
      return
    }
    #expect(line.contains("403"))
    #expect(error?.neverArrived == true)
  }

  @Test func aServerOfAnUnknownAuthorityIsRefused() async throws {
    let server = try await ScriptedServer.start()
    let other = try await ScriptedServer.start()
    let error = await failure(HTTPRequest(.get, server.url, connection: other.settings))
    guard case .tls(let line) = error?.reason else {
      Issue.record("expected a TLS error, got \(String(describing: error))")
      return
    }
    #expect(line.contains("self-signed certificate") || line.contains("certificate problem"))
    #expect(error?.neverArrived == true)
    var anyone = other.settings
    anyone.trust = .anyone
    #expect(try await http.send(HTTPRequest(.get, server.url, connection: anyone)).status == 200)
  }

  @Test func nobodyListening() async throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    // Bound, and never listening: nobody else can take the port.
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        _ = bind(listener, generic, size)
        _ = getsockname(listener, generic, &size)
      }
    }
    let port = UInt16(bigEndian: address.sin_port)
    let error = await failure(HTTPRequest(.get, "https://127.0.0.1:\(port)/x"))
    #expect(error?.reason == .refused("connection refused"))
    #expect(error?.description == "https://127.0.0.1:\(port): connection refused")
  }

  @Test func aNameThatDoesNotExist() async throws {
    let error = await failure(
      HTTPRequest(
        .get, "https://does-not-exist.invalid/", connection: .init(proxy: .none),
        timeout: .seconds(20)))
    switch error?.reason {
    case .unknownHost, .timedOut(.resolving): break
    default: Issue.record("expected a name error, got \(String(describing: error))")
    }
  }

  @Test(arguments: ["ftp://127.0.0.1/", "no url", "https://user:secret@127.0.0.1/", "https://"])
  func anAddressThatIsNone(url: String) async throws {
    let error = await failure(HTTPRequest(.get, url))
    guard case .invalidRequest = error?.reason else {
      Issue.record("expected an invalid request, got \(String(describing: error))")
      return
    }
    #expect(error?.description.contains("secret") == false)
    #expect(error?.mayPass == false)
  }

  @Test func aHeaderWithALineBreakIsNotSent() async throws {
    let error = await failure(
      HTTPRequest(.get, "https://127.0.0.1:1/", headers: [HTTPHeader("A", "b\r\nC: d")]))
    #expect(error?.reason == .invalidRequest("header A holds a line break"))
  }

  @Test func aServerThatNeverAnswersTimesOut() async throws {
    let server = try await ScriptedServer.start()
    try await server.script(#"{"hang": true}"#, with: http)
    let error = await failure(
      HTTPRequest(
        .get, server.url, connection: server.settings, timeout: .milliseconds(300)))
    #expect(error?.reason == .timedOut(.waiting))
    #expect(error?.neverArrived == false)
  }

  /// libcurl and the loop read the clock one after the other, so some timers come due a fraction of a
  /// millisecond early. None of them may be lost: there is no other event that would end the request.
  @Test func everyShortTimeOutComes() async throws {
    let silent = try SilentServer()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await Task.sleep(for: .seconds(60))
        Issue.record("a request never timed out")
        throw CancellationError()
      }
      group.addTask {
        for number in 0..<300 {
          let error = await failure(
            HTTPRequest(.get, silent.url, timeout: .milliseconds(1 + number % 5)))
          #expect(error?.reason == .timedOut(.waiting) || error?.reason == .timedOut(.connecting))
        }
      }
      try await group.next()
      group.cancelAll()
    }
  }

  @Test func requestsOfAnotherGenerationUseAnotherConnection() async throws {
    let server = try await ScriptedServer.start()
    for generation in [0, 0, 1, 1, 4, 0] {
      var request = HTTPRequest(.get, server.url, connection: server.settings)
      request.generation = generation
      _ = try await http.send(request)
    }
    let used = try await server.log(with: http).compactMap { $0["connection"] as? Int }
    #expect(used.count == 6)
    #expect(used[0] == used[1] && used[2] == used[3] && used[5] == used[0])
    #expect(Set(used).count == 3)
  }

  @Test func aServerThatClosesInsteadOfAnswering() async throws {
    let server = try await ScriptedServer.start()
    try await server.script(#"{"close": "before"}"#, #"{"close": "before"}"#, with: http)
    var request = HTTPRequest(.get, server.url, connection: server.settings)
    request.generation = 1
    let error = await failure(request)
    guard case .closed = error?.reason else {
      Issue.record("expected a closed connection, got \(String(describing: error))")
      return
    }
  }

  @Test func aServerThatClosesInMidAnswer() async throws {
    let server = try await ScriptedServer.start()
    try await server.script(#"{"close": "mid", "body": "0123456789"}"#, with: http)
    let error = await failure(HTTPRequest(.get, server.url, connection: server.settings))
    #expect(error?.reason == .cut(received: 10))
  }

  @Test func aBodyAboveTheLimitIsNotRead() async throws {
    let server = try await ScriptedServer.start()
    try await server.script(#"{"endless": true}"#, with: http)
    var request = HTTPRequest(.get, server.url, connection: server.settings)
    request.maximumBody = 1 << 20
    #expect(await failure(request)?.reason == .bodyTooLarge(limit: 1 << 20))
  }

  @Test func aCancelledTaskEndsItsRequest() async throws {
    let server = try await ScriptedServer.start()
    try await server.script(#"{"hang": true}"#, with: http)
    let task = Task {
      try await http.send(HTTPRequest(.get, server.url, connection: server.settings, timeout: nil))
    }
    // The server logs a request before it hangs.
    while try await server.log(with: http).isEmpty { await Task.yield() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func manyCancelledRequestsLeaveTheClientUsable() async throws {
    let server = try await ScriptedServer.start()
    let seed = UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var random = SplitMix(state: seed)
    for _ in 0..<5 {
      let tasks = (0..<40).map { index in
        Task {
          let request = HTTPRequest(
            .get, server.url + "/\(index)", connection: server.settings)
          if index.isMultiple(of: 2) { return try await http.send(request).status }
          let response = try await http.stream(request)
          for try await _ in response.body {}
          return response.status
        }
      }
      for task in tasks where random.next() % 3 != 0 {
        if random.next() % 2 == 0 { await Task.yield() }
        task.cancel()
      }
      for task in tasks {
        switch await task.result {
        case .success(let status): #expect(status == 200)
        case .failure(let error): #expect(error is CancellationError)
        }
      }
    }
    let response = try await http.send(HTTPRequest(.get, server.url, connection: server.settings))
    #expect(response.status == 200)
  }

  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  @Test func aStreamBringsChunksWhileTheyCome() async throws {
    let server = try await ScriptedServer.start()
    try await server.script(#"{"chunks": ["one\n", "two\n"], "pause": 1.5}"#, with: http)
    let response = try await http.stream(
      HTTPRequest(.get, server.url, connection: server.settings, timeout: .seconds(2)))
    #expect(response.status == 200)
    var text = ""
    for try await chunk in response.body { text += String(decoding: chunk, as: UTF8.self) }
    #expect(text == "one\ntwo\n")
  }

  @Test func aStreamThatIsCutThrows() async throws {
    let server = try await ScriptedServer.start()
    try await server.script(#"{"chunks": ["one\n"], "close": "end"}"#, with: http)
    let response = try await http.stream(
      HTTPRequest(.get, server.url, connection: server.settings))
    let error = await #expect(throws: TransportError.self) {
      for try await _ in response.body {}
    }
    #expect(error?.reason == .cut(received: 4))
  }

  @Test func aStreamWhoseHeadNeverComesTimesOut() async throws {
    let server = try await ScriptedServer.start()
    try await server.script(#"{"hang": true}"#, with: http)
    let request = HTTPRequest(
      .get, server.url, connection: server.settings, timeout: .seconds(1))
    let error = await #expect(throws: TransportError.self) { _ = try await http.stream(request) }
    #expect(error?.reason == .timedOut(.waiting))
  }

  @Test func aStreamThatOutlastsItsLimitIsOver() async throws {
    let server = try await ScriptedServer.start()
    try await server.script(#"{"chunks": ["one\n", "two\n"], "pause": 30}"#, with: http)
    var request = HTTPRequest(.get, server.url, connection: server.settings)
    request.streamTimeout = .seconds(2)
    let response = try await http.stream(request)
    let error = await #expect(throws: TransportError.self) {
      for try await _ in response.body {}
    }
    #expect(error?.reason == .timedOut(.receiving))
  }

  @Test func aStreamThatFallsSilentIsOver() async throws {
    let server = try await ScriptedServer.start()
    try await server.script(#"{"chunks": ["one\n", "two\n"], "pause": 30}"#, with: http)
    var request = HTTPRequest(.get, server.url, connection: server.settings)
    request.idleTimeout = .seconds(1)
    let response = try await http.stream(request)
    let error = await #expect(throws: TransportError.self) {
      for try await _ in response.body {}
    }
    #expect(error?.reason == .timedOut(.receiving))
  }

  @Test func aReaderThatPausesHoldsTheServerBack() async throws {
    let server = try await ScriptedServer.start()
    try await server.script(#"{"endless": true}"#, with: http)
    let response = try await http.stream(
      HTTPRequest(.get, server.url + "/flood", connection: server.settings), buffer: 64 << 10)
    // Until the kernel's buffers are full and the server stands still.
    var sent = -1
    var now = 0
    while now == 0 || now != sent {
      sent = now
      try await Task.sleep(for: .milliseconds(200))
      now = try await server.log(with: http).first?["sent"] as? Int ?? 0
    }
    #expect(sent < 32 << 20)
    var received = 0
    for try await chunk in response.body {
      received += chunk.count
      if received > sent + 1 << 20 { break }
    }
    #expect(received > sent)
  }

  @Test func afterShutdownEverythingEnds() async throws {
    let server = try await ScriptedServer.start()
    let ended = try HTTPClient()
    try await server.script(#"{"hang": true}"#, with: http)
    let task = Task {
      try await ended.send(HTTPRequest(.get, server.url, connection: server.settings))
    }
    while try await server.log(with: http).isEmpty { await Task.yield() }
    await ended.shutdown()
    let inFlight = await #expect(throws: TransportError.self) { try await task.value }
    #expect(inFlight?.reason == .shutDown)
    let later = await #expect(throws: TransportError.self) {
      try await ended.send(HTTPRequest(.get, server.url, connection: server.settings))
    }
    #expect(later?.reason == .shutDown)
    await ended.shutdown()
  }
}

/// Takes connections and says nothing: whoever waits for it has only the clock.
private final class SilentServer: Sendable {
  private let descriptor: Int32
  let url: String

  init() throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.descriptor = descriptor
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> UInt16? in
        guard bind(descriptor, address, length) == 0, listen(descriptor, 512) == 0,
          getsockname(descriptor, address, &length) == 0
        else { return nil }
        return pointer.pointee.sin_port.bigEndian
      }
    }
    url = "http://127.0.0.1:\(try #require(port))/"
  }

  deinit { close(descriptor) }
}
