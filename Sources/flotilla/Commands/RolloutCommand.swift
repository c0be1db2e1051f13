internal import ArgumentParser
internal import HubAPI

/// `flotilla rollout …`, after `kubectl rollout`.
struct RolloutCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollout", abstract: "Look at rollouts and steer them.",
    discussion: """
      A rollout may be left out where only one is open.

        flotilla rollout status --watch
        flotilla rollout pause web-prod-3 --at eu --reason 'look at canary first'
        flotilla rollout resume web-prod-3 --reason 'canary is fine'
      """,
    subcommands: [
      RolloutStatusCommand.self, RolloutPlanCommand.self, RolloutSimulateCommand.self,
      RolloutPauseCommand.self,
      RolloutResumeCommand.self,
      RolloutAbortCommand.self, RolloutRetryCommand.self, RolloutApproveCommand.self,
      RolloutSkipCommand.self,
      RolloutRollbackCommand.self, RolloutHistoryCommand.self, RolloutExportCommand.self,
      RolloutReplayCommand.self,
    ])
}

/// Finds the rollout that a command means.
struct RolloutChoice: Sendable {
  let client: HubClient

  struct Ambiguous: Error, CustomStringConvertible {
    let names: [String]
    var description: String {
      names.isEmpty
        ? "no rollout is open; name one, `flotilla get rollouts` lists them"
        : "\(names.count) rollouts are open; name one of \(names.joined(separator: ", "))"
    }
  }

  /// The named rollout, or the only open one.
  func one(_ name: String?) async throws -> RolloutDocument {
    if let name { return try await named(name) }
    let open = try await all().filter { !$0.isOver }
    guard let only = open.first, open.count == 1 else { throw Ambiguous(names: open.map(\.name)) }
    return only
  }

  /// The named rollout, or all that are open, or the last one where none is.
  func some(_ name: String?) async throws -> [RolloutDocument] {
    if let name { return [try await named(name)] }
    let all = try await all()
    let open = all.filter { !$0.isOver }
    return open.isEmpty ? all.suffix(1) : open
  }

  /// `rollout/web-prod-3` is the same as `web-prod-3`.
  func named(_ name: String) async throws -> RolloutDocument {
    let name = name.hasPrefix("rollout/") ? String(name.dropFirst("rollout/".count)) : name
    return try await client.get("rollouts/\(HubClient.escaped(name))")
  }

  private func all() async throws -> [RolloutDocument] {
    let list: ItemList<RolloutDocument> = try await client.get("rollouts")
    return list.items
  }
}
