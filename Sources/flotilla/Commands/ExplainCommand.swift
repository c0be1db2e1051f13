internal import ArgumentParser
internal import HubAPI

/// `flotilla explain [OBJECT]`.
struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say why things do not move, and what would move them.",
    discussion: """
      OBJECT is a rollout, an environment, a cluster, an app, or any of them as -o name prints \
      it. Without it: everything that waits. Exit code 2 while something waits.

        flotilla explain
        flotilla explain web-prod-3
        flotilla explain environment/prod
      """)

  @Argument(help: ArgumentHelp("What to explain.", valueName: "object"))
  var object: String?
  @Option(name: .shortAndLong, help: "json, yaml, name or wide.")
  var output: OutputFormat?
  @OptionGroup var hub: HubOption

  func run() async throws {
    let client = try hub.client()
    let explanation: ExplanationDocument = try await client.get(
      "explain", query: [("object", object)])
    let terminal = Terminal.current()
    switch output {
    case .json?: StandardOutput.write(try MachineOutput.json(explanation))
    case .yaml?: StandardOutput.write(try MachineOutput.yaml(explanation))
    case .name?: for blocker in explanation.blockers { StandardOutput.print(blocker.object) }
    case .wide?, nil:
      let text = RolloutStatusText(
        now: try await client.now(), width: terminal.width, glyphs: terminal.glyphs,
        commandSuffix: hub.commandSuffix)
      StandardOutput.print(text.lines(explanation), on: terminal)
    }
    throw Ending.Exit(explanation.blockers.isEmpty ? .done : .waiting)
  }
}
