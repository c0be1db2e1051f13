import Foundation

/// Runs the real program.
enum Program {
  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  /// The folder that the tests were built into holds the program, too.
  static var path: String {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).standardizedFileURL
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      let program = folder.appendingPathComponent("flotilla").path
      if FileManager.default.isExecutableFile(atPath: program) { return program }
    }
    return "flotilla"
  }

  /// Runs `flotilla`, or another program, in an environment that holds nothing but what is given.
  /// `libraries` is a folder where shared libraries are looked for first.
  static func run(
    _ arguments: [String], program: String = path, hub: String? = nil,
    variables: [String: String] = [:],
    directory: String? = nil,
    libraries: String? = nil
  ) async throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    var environment = variables
    environment["PATH"] = ProcessInfo.processInfo.environment["PATH"]
    environment["LD_LIBRARY_PATH"] =
      libraries ?? ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"]
    environment["HOME"] = environment["HOME"] ?? "/nonexistent"
    environment["FLOTILLA_HUB"] = hub
    process.environment = environment
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    async let outputData = read(output)
    async let errorData = read(errors)
    let status: Int32 = try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    return Result(
      status: status, output: String(decoding: await outputData, as: UTF8.self),
      errors: String(decoding: await errorData, as: UTF8.self))
  }

  private static func read(_ pipe: Pipe) async -> Data {
    // A thread of its own: reading blocks.
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(returning: pipe.fileHandleForReading.readDataToEndOfFile())
      }
    }
  }
}
