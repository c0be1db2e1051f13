import Foundation
import Testing

/// docs/walkthrough.md, command by command, as somebody who follows it would type it.
@Suite("The walkthrough")
struct WalkthroughTests {
  private static func transcript() throws -> Transcript {
    try Transcript(
      String(contentsOfFile: Sandbox.checkout + "/docs/walkthrough.md", encoding: .utf8))
  }

  @Test(.timeLimit(.minutes(10)))
  func everyCommandDoesWhatTheDocumentShows() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("walkthrough-\(UUID().uuidString.prefix(8))").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    // A folder that stays behind is no failure of the test.
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let shell = try ShellSession(
      in: Sandbox.checkout,
      environment: ["PATH": Sandbox.programs + ":" + path, "TMPDIR": folder],
      outputPath: folder + "/printed")
    defer { shell.close() }
    // Commands that the last `explain` named, up to their reasons.
    var advised: [String]?
    for step in try Self.transcript().steps {
      let (printed, status) = try await shell.run(step.command)
      if let fault = step.fault(printed: printed, status: status) {
        Issue.record("docs/walkthrough.md, \(fault)\n\(Self.hubLog(in: folder))")
        return
      }
      if step.command.hasPrefix("flotilla explain") {
        advised = printed.split(separator: "\n").map(Self.upToReason).filter {
          $0.hasPrefix("flotilla ")
        }
      } else if let commands = advised, step.command.contains(" --reason ") {
        // Who reads what keeps something pastes what is printed there.
        let (pasted, _) = try await shell.run("echo " + Self.upToReason(Substring(step.command)))
        let command = pasted.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(
          commands.isEmpty || commands.contains(command),
          "docs/walkthrough.md, line \(step.line): `explain` named \(commands), not \(command)")
        advised = nil
      } else {
        advised = nil
      }
    }
  }

  @Test func everyCommandThatActsOnARolloutOrExplainsOneIsInIt() throws {
    let commands = try Self.transcript().steps.map(\.command).joined(separator: "\n")
    func subcommands(of command: [String]) throws -> [String] {
      let help = try runProgram(Sandbox.programs + "/flotilla", command + ["--help"]).output
      let lists = help.components(separatedBy: "SUBCOMMANDS:").dropFirst().joined(separator: "\n")
      return lists.split(separator: "\n").compactMap {
        $0.wholeMatch(of: #/  ([a-z]+)(,? .*)?/#).map { String($0.output.1) }
      }
    }
    let rollout = try subcommands(of: ["rollout"])
    let all = try subcommands(of: [])
    #expect(rollout.contains("replay") && all.contains("promote") && all.contains("audit"))
    // Those that make no difference to a rollout.
    let others = ["rollout", "build", "render", "health", "schema", "version", "help"]
    for verb in rollout.map({ "rollout " + $0 }) + all.filter({ !others.contains($0) }) {
      #expect(commands.contains("flotilla \(verb)"), "docs/walkthrough.md does not use it")
    }
    let words = Set(commands.split(whereSeparator: \.isWhitespace))
    for option in [
      "--at", "--wave", "--target", "--max-failures", "--until", "--plan", "--choose-canaries",
      "--simulate", "--inject", "--watch", "--to", "--diff", "--app", "--in",
    ] { #expect(words.contains(Substring(option)), "docs/walkthrough.md does not use it") }
  }

  // MARK: - A document that is wrong is found out

  private static let document = """
    Some words.

    ```console
    $ first \\
        argument
    release 0123456789ab in 3m20s
    ...
    WAVE  DONE
    $ second
    → exit 2
    ```
    """

  private func steps() throws -> [Transcript.Step] { try Transcript(Self.document).steps }

  @Test func commandsTheirOutputAndTheirStatusAreRead() throws {
    let steps = try steps()
    #expect(steps.map(\.command) == ["first \\\n    argument", "second"])
    #expect(steps.map(\.line) == [4, 9])
    #expect(steps.map(\.status) == [0, 2])
    #expect(steps[0].output.map(\.number) == [6, 7, 8])
    #expect(steps[1].output.isEmpty)
  }

  @Test(arguments: [
    "release fedcba987654 in 7s\nanything\nWAVE DONE\n",
    "release fedcba987654 in 1.2s\nWAVE     DONE\n",
  ])
  func whatDiffersFromRunToRunIsNoFault(printed: String) throws {
    #expect(try steps()[0].fault(printed: printed, status: 0) == nil)
  }

  @Test(arguments: [
    ("release fedcba987654 in 7s\nanything\n", 0, 8),
    ("release fedcba987654\nWAVE DONE\n", 0, 6),
    ("something\nrelease fedcba987654 in 7s\nWAVE DONE\n", 0, 6),
    ("release fedcba987654 in 7s\nWAVE DONE\nmore\n", 0, 8),
    ("release fedcba987654 in 7s\nWAVE DONE\n", 1, 4),
  ])
  func aWrongLineOrStatusIsFoundAtItsLine(printed: String, status: Int32, line: Int) throws {
    #expect(try steps()[0].fault(printed: printed, status: status)?.line == line)
  }

  @Test func whatIsPrintedAndNotShownIsFound() throws {
    #expect(try steps()[1].fault(printed: "", status: 2) == nil)
    #expect(try steps()[1].fault(printed: "a word\n", status: 2)?.line == 9)
  }

  private static func upToReason(_ line: Substring) -> String {
    let text = line.trimmingCharacters(in: .whitespaces)
    return text.components(separatedBy: " --reason ")[0]
  }

  private static func hubLog(in folder: String) -> String {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      return ""  // The folder is gone; there is nothing to show.
    }
    return names.compactMap { name in
      FileManager.default.contents(atPath: "\(folder)/\(name)/hub.log")
        .map { "hub:\n" + String(decoding: $0.suffix(3000), as: UTF8.self) }
    }.joined()
  }
}
