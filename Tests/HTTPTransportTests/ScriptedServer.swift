import Dispatch
import Foundation
import HTTPTransport
import Testing

/// A server that misbehaves as told (Tests/Servers/scripted_server.py), with certificates of its
/// own. It ends with this object.
final class ScriptedServer: Sendable {
  enum Kind: Sendable {
    case https
    /// Asks for a certificate of the server's own authority.
    case mutualTLS
    case unixSocket
    /// Without TLS: a proxy.
    case plain
  }

  let port: Int
  let authority: [UInt8]
  /// Client certificate and key, both PEM.
  let certificate: [UInt8]
  let key: [UInt8]
  let socketPath: String?
  private let isPlain: Bool
  private let directory: URL
  private let input: Pipe
  private let process: Process

  var url: String {
    if socketPath != nil { return "http://hub" }
    return "\(isPlain ? "http" : "https")://127.0.0.1:\(port)"
  }

  /// Waits for certificates and process on a thread of its own: the pool that tests run on is small.
  static func start(_ kind: Kind = .https) async throws -> ScriptedServer {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(with: Result { try ScriptedServer(kind) })
      }
    }
  }

  private init(_ kind: Kind) throws {
    directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("flotilla-server-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let directory = directory
    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }
    func openssl(_ arguments: String...) throws {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["openssl"] + arguments
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
    }
    try openssl(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
      "2", "-subj", "/CN=scripted", "-keyout", path("key"), "-out", path("certificate"),
      "-addext", "subjectAltName=IP:127.0.0.1,DNS:api.example.test")
    authority = Array(try Data(contentsOf: directory.appendingPathComponent("certificate")))
    certificate = authority
    key = Array(try Data(contentsOf: directory.appendingPathComponent("key")))

    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Servers/scripted_server.py").path
    var arguments = ["python3", script]
    isPlain = kind == .plain
    socketPath = kind == .unixSocket ? path("socket") : nil
    switch kind {
    case .unixSocket: arguments += ["--unix", path("socket")]
    case .plain: break
    case .https, .mutualTLS:
      arguments += ["--certificate", path("certificate"), "--key", path("key")]
      if kind == .mutualTLS { arguments += ["--clients", path("certificate")] }
    }
    process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var line = Data()
    while line.last != 0x0A {
      let byte = output.fileHandleForReading.readData(ofLength: 1)
      try #require(!byte.isEmpty, "the scripted server ended at once")
      line += byte
    }
    port = try #require(Int(String(decoding: line.dropLast(), as: UTF8.self)))
    // The server has read its certificate; what is deleted now cannot be left over.
    if kind != .unixSocket { try FileManager.default.removeItem(at: directory) }
  }

  deinit {
    try? FileManager.default.removeItem(at: directory)  // temporary either way
    try? input.fileHandleForWriting.close()  // its end is the server's end, too
    DispatchQueue.global().async { [process] in process.waitUntilExit() }
  }

  /// Settings that trust this server.
  var settings: ConnectionSettings {
    ConnectionSettings(trust: .authorities(pem: authority), unixSocket: socketPath)
  }

  /// Tells the server what to do with the next requests: JSON objects.
  func script(_ steps: String..., with http: HTTPClient) async throws {
    var connection = settings
    connection.clientIdentity = .init(certificate: certificate, key: Secret(key))
    let response = try await http.send(
      HTTPRequest(
        .post, url + "/_script", body: Array("[\(steps.joined(separator: ","))]".utf8),
        connection: connection))
    try #require(response.status == 200)
  }

  /// The log of requests, as JSON text.
  func log(with http: HTTPClient) async throws -> [[String: Any]] {
    let response = try await http.send(
      HTTPRequest(.get, url + "/_log", connection: settings))
    let log = try JSONSerialization.jsonObject(with: Data(response.body))
    return try #require(log as? [[String: Any]])
  }
}
