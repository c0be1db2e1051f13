import Dispatch
import Foundation

/// Runs a program to its end.
struct Program {
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  static func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:], input: String = ""
  ) async throws -> Outcome {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [name] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (standardInput, output, errors) = (Pipe(), Pipe(), Pipe())
    process.standardInput = standardInput
    process.standardOutput = output
    process.standardError = errors
    async let outputText = read(output)
    async let errorText = read(errors)
    try process.run()
    try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try standardInput.fileHandleForWriting.close()
    let (text, complaint) = try await (outputText, errorText)
    process.waitUntilExit()
    return Outcome(status: process.terminationStatus, output: text, errors: complaint)
  }

  private static func read(_ pipe: Pipe) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(
          with: Result {
            String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
          })
      }
    }
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
