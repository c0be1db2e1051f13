import Foundation
import HTTPTransport
import Hub
import HubAPI
import Logging

/// A model hub behind the real server, on a real Unix socket and on loopback.
struct ServedHub {
  let hub: ModelHub
  let socket: String
  /// `http://127.0.0.1:PORT`
  let url: String
  let http: HTTPClient

  /// Serves `hub` for as long as `body` runs.
  static func with(
    _ hub: ModelHub, socketGroup: String? = nil, _ body: (ServedHub) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "hub-\(UInt32.random(in: 0..<UInt32.max))"
    ).path
    defer { removeFolder(folder) }
    let socket = folder + "/hub.sock"
    let (ready, signal) = AsyncStream.makeStream(of: [HubAddress].self)
    let server = HubAPIServer(
      hub: hub, addresses: [.unix(path: socket), .http(host: "127.0.0.1", port: 0)],
      socketGroup: socketGroup,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) { addresses in
      signal.yield(addresses)
      signal.finish()
    }
    let task = Task {
      defer { signal.finish() }
      try await server.run()
    }
    let http = try HTTPClient()
    do {
      guard let addresses = await ready.first(where: { _ in true }) else {
        try await task.value
        throw NeverReady()
      }
      try await body(
        ServedHub(hub: hub, socket: socket, url: addresses[1].description, http: http))
    } catch {
      task.cancel()
      _ = await task.result
      await http.shutdown()
      throw error
    }
    task.cancel()
    _ = await task.result
    await http.shutdown()
  }

  struct NeverReady: Error {}

  private static func removeFolder(_ path: String) {
    // Nothing is left to remove where the server never came up.
    try? FileManager.default.removeItem(atPath: path)
  }

  func request(
    _ method: HTTPRequest.Method, _ path: String, body: String? = nil,
    headers: [HTTPHeader] = [HTTPHeader("Content-Type", "application/json")], overTCP: Bool = false
  ) -> HTTPRequest {
    HTTPRequest(
      method, (overTCP ? url : "http://hub") + path, headers: headers,
      body: body.map { Array($0.utf8) },
      connection: ConnectionSettings(proxy: .none, unixSocket: overTCP ? nil : socket))
  }

  func get<Document: Decodable>(_ path: String, as _: Document.Type = Document.self) async throws
    -> Document
  {
    let response = try await http.send(request(.get, path))
    return try JSONDecoder().decode(Document.self, from: Data(response.body))
  }

  /// The status of an answer and the problem in it.
  func problem(_ request: HTTPRequest) async throws -> (status: Int, problem: Problem) {
    let response = try await http.send(request)
    return (response.status, try JSONDecoder().decode(Problem.self, from: Data(response.body)))
  }
}
