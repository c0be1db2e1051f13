internal import HubAPI

/// Waits for the end of what goes on by itself.
struct Wait: Sendable {
  let client: HubClient
  let terminal: Terminal
  let commandSuffix: String

  /// How it stands at one moment.
  struct Look: Sendable {
    /// `waiting` where a person is needed; `nil` while it goes on by itself.
    var ending: ExitStatus?
    var lines: [String]
    /// Told below the lines unless it has arrived.
    var blockers: [BlockerDocument] = []
  }

  /// Looks whenever something happened, until there is an ending or `limit` is over.
  func run(
    within limit: Duration, _ look: @escaping @Sendable () async throws -> Look
  ) async throws -> ExitStatus {
    let status: HubStatusDocument = try await client.get("status")
    let deadline = ContinuousClock.now + limit
    let last = try await WatchLoop(client: client, ticks: true).run(after: status.sequence) {
      _ -> Look? in
      let now = try await look()
      return now.ending != nil || ContinuousClock.now >= deadline ? now : nil
    }
    for line in last.lines { StandardOutput.print(StyledLine(line), on: terminal) }
    if last.ending != .done, !last.blockers.isEmpty {
      let text = RolloutStatusText(
        now: try await client.now(), width: terminal.width, glyphs: terminal.glyphs,
        commandSuffix: commandSuffix)
      for blocker in last.blockers {
        StandardOutput.print(text.explanation(of: blocker), on: terminal)
      }
    }
    if last.ending == nil { StandardOutput.complain("it goes on, but has not ended in time") }
    return last.ending ?? .waiting
  }

  /// At a rollout, which may not have been planned yet.
  func look(at name: String) async throws -> Look {
    let list: ItemList<RolloutDocument> = try await client.get(
      "rollouts", query: [("rollout", name)])
    guard let rollout = list.items.first else {
      return Look(lines: ["there is no rollout '\(name)' yet"])
    }
    var ending: ExitStatus? = Phase.exit(rollout.phase, isOver: rollout.isOver)
    if ending == .waiting, !rollout.blockers.needAPerson { ending = nil }
    return Look(
      ending: ending, lines: [RolloutWatch.summary(of: rollout)], blockers: rollout.blockers)
  }

  /// For a change in an environment, which the hub may not have heard of yet.
  func look(for change: String, in environment: String, app: String?) async throws -> Look {
    let list: ItemList<ArrivalDocument> = try await client.get(
      "arrivals", query: [("change", change), ("environment", environment), ("app", app)])
    guard !list.items.isEmpty else {
      return Look(lines: ["the hub does not know \(change) yet"])
    }
    let missing = list.items.filter { $0.stable == nil }
    let stuck = missing.filter { $0.phase == "halted" || $0.blockers.needAPerson }
    // What still moves is awaited, so that the answer does not depend on who was quicker.
    let ending: ExitStatus? =
      missing.isEmpty
      ? .done
      : stuck.count < missing.count
        ? nil : stuck.contains { $0.phase == "halted" } ? .halted : .waiting
    return Look(
      ending: ending, lines: list.items.map(Wait.line), blockers: missing.flatMap(\.blockers))
  }

  private static func line(_ arrival: ArrivalDocument) -> String {
    if let stable = arrival.stable {
      return "\(arrival.release) is stable in \(arrival.environment)"
        + (stable == arrival.release ? "" : ", in the newer \(stable)")
    }
    return "\(arrival.release) waits in \(arrival.at)"
      + (arrival.rollout.map { ": \($0) is \(Phase.words(arrival.phase ?? ""))" } ?? "")
  }
}
