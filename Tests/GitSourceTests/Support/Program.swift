import Foundation

struct ProgramFailure: Error, CustomStringConvertible {
  let description: String
}

/// Runs a program to its end and answers its standard output; throws when it fails.
@discardableResult
func runProgram(
  _ program: String, _ arguments: [String], in directory: String, input: String = "",
  environment: [String: String] = [:]
) throws -> [UInt8] {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  process.currentDirectoryURL = URL(fileURLWithPath: directory)
  process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
  let output = Pipe()
  let errors = try TemporaryDirectory()
  let errorFile = try errors.file("stderr", "")
  process.standardOutput = output
  process.standardError = FileHandle(forWritingAtPath: errorFile)
  let source = Pipe()
  process.standardInput = source
  try process.run()
  let feeder = Thread {
    source.fileHandleForWriting.write(Data(input.utf8))
    try? source.fileHandleForWriting.close()
  }
  feeder.start()
  let data = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else {
    let text = FileManager.default.contents(atPath: errorFile) ?? Data()
    throw ProgramFailure(
      description: "\(program) \(arguments.joined(separator: " ")): "
        + "status \(process.terminationStatus): \(String(decoding: text, as: UTF8.self))")
  }
  return Array(data)
}
