internal import ArgumentParser
internal import HubAPI

/// `flotilla rollout export ROLLOUT`.
struct RolloutExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Print the log of a rollout, for replay and bug reports.",
    discussion: """
      JSON lines: one that says what it is, then every event of the rollout as it was recorded. \
      There are names, digests, times, people and reasons in it; no manifests and no secrets.

        flotilla rollout export web-prod-3 > web-prod-3.jsonl
      """)

  @Argument(help: ArgumentHelp("Name of the rollout.", valueName: "rollout"))
  var rollout: String
  @OptionGroup var hub: HubOption

  func run() async throws {
    StandardOutput.write(result: try await RolloutChoice(client: try hub.client()).log(rollout))
  }
}

extension RolloutChoice {
  /// The log of the named rollout, as a file.
  func log(_ name: String) async throws -> [UInt8] {
    let name = name.hasPrefix("rollout/") ? String(name.dropFirst("rollout/".count)) : name
    return try await client.bytes("rollouts/\(HubClient.escaped(name))/log")
  }
}
