internal import ArgumentParser
internal import FleetModel
internal import Foundation
internal import HubAPI

/// The root of the command line.
struct Flotilla: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flotilla",
    abstract: "One Git repository, many Kubernetes clusters, changes in waves.",
    usage: "flotilla COMMAND …",
    discussion: """
      Start a hub, then ask it:

        flotilla hub --repo https://git.example.org/fleet.git
        flotilla get clusters
        flotilla rollout status --watch
        flotilla promote 4f2a91c --to prod --reason 'release 12'

      Exit codes: 0 done, 1 error, 2 waiting, 3 halted, 4 refused.
      """,
    version: FlotillaVersion.text,
    groupedSubcommands: [
      CommandGroup(
        name: "Look",
        subcommands: [
          GetCommand.self, ExplainCommand.self, WaitCommand.self, PlanCommand.self,
          StatusCommand.self, DoraCommand.self,
        ]),
      CommandGroup(
        name: "Act",
        subcommands: [
          PromoteCommand.self, RolloutCommand.self, RejectCommand.self, UnrejectCommand.self,
          HoldCommand.self, UnholdCommand.self, FreezeCommand.self, UnfreezeCommand.self,
          CordonCommand.self, UncordonCommand.self, DriftCommand.self, ClusterCommand.self,
        ]),
      CommandGroup(
        name: "Work on the fleet repository",
        subcommands: [
          BuildCommand.self, RenderCommand.self, DiffCommand.self, LintCommand.self,
          HealthCommand.self, SchemaCommand.self,
        ]),
      CommandGroup(
        name: "Operate",
        subcommands: [HubCommand.self, AgentCommand.self, AuditCommand.self, VersionCommand.self]),
    ])
}

@main
enum Main {
  static func main() async {
    do {
      try CommandNames.check(Array(CommandLine.arguments.dropFirst()))
      var command = try Flotilla.parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      Ending.finish(error)
    }
  }
}

/// Catches misspelt commands before the parser, which takes them for stray arguments.
enum CommandNames {
  struct Unknown: Error, CustomStringConvertible {
    let word: String
    let parent: String
    let suggestion: String?
    var description: String {
      "'\(word)' is no command of \(parent)"
        + (suggestion.map { "; did you mean `\(parent) \($0)`?" } ?? "; see `\(parent) --help`")
    }
  }

  static func check(_ arguments: [String]) throws {
    var command: any ParsableCommand.Type = Flotilla.self
    var path = "flotilla"
    for word in arguments {
      let children = Dictionary(
        command.configuration.subcommands.flatMap { child in
          ([child._commandName] + child.configuration.aliases).map { ($0, child) }
        }, uniquingKeysWith: { first, _ in first })
      if children.isEmpty || word.hasPrefix("-") || word == "help" { return }
      guard let child = children[word] else {
        throw Unknown(
          word: word, parent: path, suggestion: Suggestion.nearest(to: word, among: children.keys))
      }
      command = child
      path += " \(word)"
    }
  }
}

/// How a command ends other than by returning.
enum Ending {
  /// Ends the command with a status and nothing more to say.
  struct Exit: Error {
    let code: Int32
    init(_ status: ExitStatus) { code = status.rawValue }
    /// For commands with statuses of their own, as `diff` has.
    init(code: Int32) { self.code = code }
  }

  /// Prints what there is to say and ends the process.
  static func finish(_ error: any Error) -> Never {
    switch error {
    case let error as Exit: exit(error.code)
    case is CancellationError: exit(130)  // 128 + SIGINT, as a shell reports it
    case let failure as HubClient.Failure:
      StandardOutput.complain((failure.status == .refused ? "refused: " : "error: ") + "\(failure)")
      exit(failure.status.rawValue)
    case let error as CocoaError:
      StandardOutput.complain(
        "error: " + (error.filePath.map { "\($0): " } ?? "") + error.localizedDescription)
      exit(ExitStatus.error.rawValue)
    default:
      let text = Flotilla.fullMessage(for: error)
      if Flotilla.exitCode(for: error) == .success {
        StandardOutput.print(text)
        exit(ExitStatus.done.rawValue)
      }
      if isUsage(error) {
        StandardOutput.complain(text.replacingPrefix("Error: ", with: "error: "))
      } else {
        StandardOutput.complain("error: \(error)")
      }
      // To a pipeline 1 of diff means differences, which a misspelt option must not.
      let isDiff = CommandLine.arguments.dropFirst().first == DiffCommand._commandName
      exit(isDiff ? DiffCommand.failed : ExitStatus.error.rawValue)
    }
  }

  /// Errors of the parser know how the command is used; all others describe themselves.
  private static func isUsage(_ error: any Error) -> Bool {
    Flotilla.exitCode(for: error) == .validationFailure
  }
}

extension String {
  fileprivate func replacingPrefix(_ prefix: String, with replacement: String) -> String {
    hasPrefix(prefix) ? replacement + dropFirst(prefix.count) : self
  }
}
