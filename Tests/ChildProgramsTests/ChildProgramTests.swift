import ChildPrograms
import Foundation
import Testing

/// Programs run to their end within their limits.
@Suite struct ChildProgramTests {
  private struct Stop: Error {}

  private func shell(_ script: String, _ environment: [String: String] = [:]) -> ChildProgram {
    ChildProgram("/bin/sh", ["-c", script], environment: environment)
  }

  @Test func statusOutputAndErrorsComeBack() throws {
    let result = try shell("echo out; echo err >&2; exit 3").run {}
    #expect(result.status == 3)
    #expect(String(decoding: result.output, as: UTF8.self) == "out\n")
    #expect(String(decoding: result.errors, as: UTF8.self) == "err\n")
  }

  @Test func aProgramReadsItsInputAlsoByPath() throws {
    var program = shell("cat /dev/stdin")
    program.input = Array(repeating: 120, count: 300_000)
    #expect(try program.run {}.output == program.input)
  }

  @Test func aProgramSeesOnlyTheGivenEnvironmentAndDirectory() throws {
    var program = ChildProgram("/usr/bin/env", [], environment: ["A": "b"])
    #expect(String(decoding: try program.run {}.output, as: UTF8.self) == "A=b\n")
    program = shell("pwd")
    program.directory = "/usr"
    #expect(String(decoding: try program.run {}.output, as: UTF8.self) == "/usr\n")
  }

  @Test func aProgramThatIsNotThereSaysSo() {
    #expect(throws: ChildProgramError.notFound(program: "no-such-program")) {
      try ChildProgram("no-such-program", [], environment: [:]).run {}
    }
  }

  @Test func outputBeyondTheLimitIsDroppedOrEndsTheProgram() throws {
    var program = shell("yes | head -c 100000")
    program.environment = ["PATH": "/usr/bin:/bin"]
    program.largestOutput = 1000
    #expect(try program.run {}.output.count == 1000)
    program.overflow = .end
    program.arguments[1] = "yes"
    #expect(throws: ChildProgramError.tooMuchOutput(limit: 1000)) { try program.run {} }
  }

  @Test func aProgramThatTakesTooLongIsEnded() {
    #expect(throws: ChildProgramError.tookTooLong(limit: .milliseconds(200))) {
      try shell("sleep 60").run(within: .milliseconds(200))
    }
  }

  /// What a program has started ends with it.
  @Test func whenItIsStoppedTheWholeGroupEnds() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
    // The file is this test's own and may not exist.
    defer { try? FileManager.default.removeItem(atPath: file) }
    var program = shell("sleep 1000 & echo $! > \"$F\"; wait", ["F": file])
    program.environment["PATH"] = "/usr/bin:/bin"
    #expect(throws: Stop.self) {
      try program.run {
        if FileManager.default.contents(atPath: file)?.last == 0x0A { throw Stop() }
      }
    }
    let text = String(
      decoding: try #require(FileManager.default.contents(atPath: file)), as: UTF8.self)
    let child = try #require(Int32(text.dropLast()))
    let deadline = ContinuousClock.now + .seconds(20)
    var isGone = false
    while !isGone, ContinuousClock.now < deadline {
      let state = FileManager.default.contents(atPath: "/proc/\(child)/stat")
      isGone = state.map { String(decoding: $0, as: UTF8.self).contains(") Z ") } ?? true
    }
    #expect(isGone)
  }
}
