import Dispatch
import Foundation
import Synchronization
import Testing

/// A line to an API server that breaks as told (Tests/Servers/fault_proxy.py). It ends with this
/// object.
final class FaultProxy: Sendable {
  /// What is wrong with the line; the names are those of the script.
  enum Fault: String, CaseIterable, Sendable {
    case delay
    case slowDrip = "slow_drip"
    case cutRequest = "cut_request"
    case cutResponse = "cut_response"
    case reset
    case halfOpen = "half_open"
    case wrongCertificate = "wrong_certificate"
    case refused

    /// Whether nothing at all comes through while it lasts.
    var isTotal: Bool { self == .wrongCertificate || self == .refused }
  }

  let port: Int
  private let input: Pipe
  private let output: Pipe
  private let process: Process
  private let turn = Mutex(())

  var url: String { "https://127.0.0.1:\(port)" }

  /// - Parameter other: whose certificate the line shows when it shows a wrong one.
  static func start(
    to server: RealClusters.Server, other: RealClusters.Server
  ) async throws -> FaultProxy {
    try await onAThread { try FaultProxy(server, other) }
  }

  private init(_ server: RealClusters.Server, _ other: RealClusters.Server) throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Servers/fault_proxy.py").path
    process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", script, "--to", "\(server.port)", "--certificate",
      other.directory + "/server.crt", "--key", other.directory + "/server.key",
    ]
    input = Pipe()
    output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    port = try #require(Int(try FaultProxy.line(of: output)), "the proxy ended at once")
  }

  deinit {
    try? input.fileHandleForWriting.close()  // its end is the proxy's end, too
    DispatchQueue.global().async { [process] in process.waitUntilExit() }
  }

  /// From now on; returns when it is so.
  func set(_ fault: Fault?, after: Int = 0, milliseconds: Int = 0) async throws {
    let name = fault.map { "\"\($0.rawValue)\"" } ?? "null"
    let line = #"{"fault": \#(name), "after": \#(after), "milliseconds": \#(milliseconds)}"#
    try await FaultProxy.onAThread { [self] in
      try turn.withLock { _ in
        try input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8))
        #expect(try FaultProxy.line(of: output) == "ok")
      }
    }
  }

  private static func line(of pipe: Pipe) throws -> String {
    var line = Data()
    while true {
      let byte = pipe.fileHandleForReading.readData(ofLength: 1)
      if byte.isEmpty || byte.first == 0x0A { return String(decoding: line, as: UTF8.self) }
      line += byte
    }
  }

  /// What waits for a process does so on a thread of its own: the pool that tests run on is small.
  private static func onAThread<Answer: Sendable>(
    _ body: @escaping @Sendable () throws -> Answer
  ) async throws -> Answer {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
  }
}
