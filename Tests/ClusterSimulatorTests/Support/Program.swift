import Foundation

/// Runs a program to its end.
struct Program {
  struct Outcome: Sendable {
    let status: Int32
    let output: String
    let errors: String
  }

  /// Runs on a thread of its own: the simulator under test needs the few threads of the pool. Files
  /// instead of pipes, because children that start at the same time would inherit open pipes.
  static func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:], input: String = ""
  ) async throws -> Outcome {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Result { try runToItsEnd(name, arguments, environment, input) })
      }
    }
  }

  private static func runToItsEnd(
    _ name: String, _ arguments: [String], _ environment: [String: String], _ input: String
  ) throws -> Outcome {
    let directory = try TemporaryDirectory()
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [name] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let files = try [(input, "input"), ("", "output"), ("", "errors")].map {
      try directory.write($0.0, to: $0.1)
    }
    process.standardInput = FileHandle(forReadingAtPath: files[0])
    process.standardOutput = FileHandle(forWritingAtPath: files[1])
    process.standardError = FileHandle(forWritingAtPath: files[2])
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      output: String(decoding: try Data(contentsOf: URL(filePath: files[1])), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: URL(filePath: files[2])), as: UTF8.self))
  }
}

/// Lets a few tests run at a time: each has a server of its own and starts programs.
actor Turnstile {
  static let simulations = Turnstile(4)

  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(_ places: Int) { free = places }

  func enter() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  func leave() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}

/// A directory that goes away with the last reference to it.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory
      .appending(path: "cluster-simulator-\(UUID().uuidString)").path()
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    // Nobody is left to be told.
    try? FileManager.default.removeItem(atPath: path)
  }

  func write(_ text: String, to name: String) throws -> String {
    let file = "\(path)/\(name)"
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }
}

/// Looks again and again until `body` gives a value, at most `seconds` long.
func eventually<Value>(
  _ what: String, seconds: Double = 20, _ body: () async throws -> Value?
) async throws -> Value {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while true {
    if let value = try await body() { return value }
    if ContinuousClock.now > deadline { throw NeverHappened(what: what) }
    try await Task.sleep(for: .milliseconds(20))
  }
}

struct NeverHappened: Error, CustomStringConvertible {
  let what: String
  var description: String { "it never happened: \(what)" }
}
