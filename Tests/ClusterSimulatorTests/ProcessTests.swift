import Foundation
import Testing

@Suite("The cluster-simulator program")
struct ProcessTests {
  private func find() throws -> URL {
    // The bundle is the running program or named on its command line, by platform and runner.
    for argument in CommandLine.arguments where argument.hasPrefix("/") {
      var directory = URL(filePath: argument)
      for _ in 0..<4 {
        directory.deleteLastPathComponent()
        let candidate = directory.appending(path: "cluster-simulator")
        if FileManager.default.isExecutableFile(atPath: candidate.path()) { return candidate }
      }
    }
    throw NeverHappened(what: "cluster-simulator is built")
  }

  @Test func saysWhenItIsReadyAndEndsOnSIGTERM() async throws {
    let directory = try TemporaryDirectory()
    let process = Process()
    process.executableURL = try find()
    process.arguments = ["--count", "3", "--prefix", "c", "--state", "\(directory.path)/state"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    var line = ""
    while !line.hasSuffix("\n") {
      let piece = output.fileHandleForReading.availableData
      guard !piece.isEmpty else { break }
      line += String(decoding: piece, as: UTF8.self)
    }
    let words = line.split(separator: " ").map(String.init)
    #expect(words.first == "ready")
    #expect(line.contains("3 clusters, kubeconfig \(directory.path)/state/kubeconfig"))
    let got = try await Program.run(
      "kubectl",
      ["--kubeconfig", "\(directory.path)/state/kubeconfig", "--context", "c2", "get", "ns"],
      environment: ["HOME": directory.path])
    #expect(got.output.contains("kube-system"), "\(got.errors)")
    process.terminate()
    _ = try await eventually("the program ends") { process.isRunning ? nil : true }
    #expect(process.terminationStatus == 0)
  }

  @Test func explainsAWrongCommandLine() async throws {
    let path = try find().path()
    let neither = try await Program.run(path, [])
    #expect(neither.status != 0)
    #expect(neither.errors.contains("give either --clusters NAME,… or --count N"))
    let twice = try await Program.run(path, ["--clusters", "a,a"])
    #expect(twice.status != 0)
    #expect(twice.errors.contains("cluster name 'a' is given twice"))
  }
}
