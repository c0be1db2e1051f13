internal import ArgumentParser
internal import HubAPI

/// `flotilla rollout status [ROLLOUT]`.
struct RolloutStatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show how far a rollout is and what it waits for.",
    discussion: """
      Without a name: every open rollout, or the last one. Exit codes: 0 succeeded, 2 not over \
      yet, 3 halted, 1 ended without success. With --watch it stays until the rollout is over.
      """)

  @Argument(help: ArgumentHelp("Name of the rollout.", valueName: "rollout"))
  var rollout: String?
  @Flag(name: .shortAndLong, help: "Stay until it is over.")
  var watch = false
  @Option(name: .shortAndLong, help: "json, yaml, name or wide.")
  var output: OutputFormat?
  @OptionGroup var hub: HubOption

  func run() async throws {
    let client = try hub.client()
    let terminal = Terminal.current()
    let choice = RolloutChoice(client: client)
    if watch {
      let status = try await RolloutWatch(
        client: client, terminal: terminal, format: output, commandSuffix: hub.commandSuffix
      ).run(try await choice.one(rollout))
      throw Ending.Exit(status)
    }
    let rollouts = try await choice.some(rollout)
    switch output {
    case .json?: StandardOutput.write(try text(rollouts, MachineOutput.json, MachineOutput.json))
    case .yaml?: StandardOutput.write(try text(rollouts, MachineOutput.yaml, MachineOutput.yaml))
    case .name?: for rollout in rollouts { StandardOutput.print(rollout.reference) }
    case .wide?, nil:
      if rollouts.isEmpty {
        StandardOutput.print("No rollouts yet: the first one starts with the first release.")
      }
      let now = try await client.now()
      let text = RolloutStatusText(
        now: now, width: terminal.width, glyphs: terminal.glyphs,
        commandSuffix: hub.commandSuffix)
      for (index, rollout) in rollouts.enumerated() {
        if index > 0 { StandardOutput.write("\n") }
        StandardOutput.print(text.lines(rollout), on: terminal)
      }
    }
    throw Ending.Exit(ExitStatus.worst(rollouts.map { Phase.exit($0.phase, isOver: $0.isOver) }))
  }

  private func text(
    _ rollouts: [RolloutDocument], _ one: (RolloutDocument) throws -> String,
    _ many: (ItemList<RolloutDocument>) throws -> String
  ) rethrows -> String {
    if let only = rollouts.first, rollouts.count == 1 { return try one(only) }
    return try many(ItemList(items: rollouts, sequence: 0))
  }
}

extension ExitStatus {
  /// What one status says for several: trouble first.
  static func worst(_ all: [ExitStatus]) -> ExitStatus {
    [.halted, .error, .refused, .waiting].first { all.contains($0) } ?? .done
  }
}
