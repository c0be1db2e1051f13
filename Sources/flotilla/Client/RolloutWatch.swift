internal import FleetModel
internal import HubAPI

/// `rollout status --watch`: stays until the rollout is over or halted.
struct RolloutWatch: Sendable {
  let client: HubClient
  let terminal: Terminal
  var format: OutputFormat?
  var commandSuffix: String

  private static let recentEvents = 5

  func run(_ rollout: RolloutDocument) async throws -> ExitStatus {
    let status: HubStatusDocument = try await client.get("status")
    let name = rollout.name
    let isLive = terminal.isInteractive && (format == nil || format == .wide)
    var clock = HubClock(status.now)
    var (current, sequence) = try await fetch(name)
    var seen = status.sequence
    var recent: [EventDocument] = []
    var view = LiveView()
    var printed: RolloutDocument?

    func show(_ interruption: String?) throws {
      if isLive {
        draw(current, recent, interruption, now: clock.now, view: &view)
      } else if printed != current {
        try report(current, isFirst: printed == nil)
        printed = current
      }
    }
    try show(nil)
    if let exit = ending(current) {
      StandardOutput.write(view.end())
      return exit
    }
    do {
      let exit = try await WatchLoop(client: client, ticks: isLive).run(after: status.sequence) {
        batch -> ExitStatus? in
        seen = max(seen, batch.events.last?.sequence ?? seen)
        let news = batch.events.filter { $0.rollout == name }
        if !news.isEmpty {
          recent = (recent + news).suffix(RolloutWatch.recentEvents)
          if let last = news.last { clock.advance(to: last.at) }
          if !isLive, format == nil { for event in news { reportLine(event) } }
          (current, sequence) = try await fetch(name)
        }
        // What the state includes already may still be on its way as events.
        let isComplete = seen >= sequence
        if isLive || isComplete { try show(batch.interruption) }
        return isComplete ? ending(current) : nil
      }
      StandardOutput.write(view.end())
      return exit
    } catch {
      StandardOutput.write(view.end())
      throw error
    }
  }

  /// The rollout, and the last event that this look at it includes.
  private func fetch(_ name: String) async throws -> (RolloutDocument, Int) {
    let list: ItemList<RolloutDocument> = try await client.get(
      "rollouts", query: [("rollout", name)])
    guard let rollout = list.items.first else {
      throw HubClient.Failure.problem(.gone(rollout: name))
    }
    return (rollout, list.sequence)
  }

  private func ending(_ rollout: RolloutDocument) -> ExitStatus? {
    let status = Phase.exit(rollout.phase, isOver: rollout.isOver)
    return status == .waiting ? nil : status
  }

  // MARK: On a terminal

  private func draw(
    _ rollout: RolloutDocument, _ recent: [EventDocument], _ interruption: String?,
    now: Timestamp, view: inout LiveView
  ) {
    let size = Terminal.size ?? (Terminal.assumedWidth, 24)
    let text = RolloutStatusText(
      now: now, width: size.columns, glyphs: terminal.glyphs, commandSuffix: commandSuffix)
    var lines = text.lines(rollout)
    if !recent.isEmpty {
      lines.append(StyledLine())
      for event in recent {
        var line = StyledLine("\((now.instant - event.at.instant).age) ago", .faint)
        line.pad(to: 11)
        // The view is about this rollout only.
        let prefix = "\(rollout.name): "
        let message = event.message
        line.append(message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message)
        lines.append(line)
      }
    }
    if let interruption { lines.append(StyledLine("reconnecting: \(interruption)", .warning)) }
    StandardOutput.write(
      view.frame(lines, columns: size.columns, rows: size.rows, terminal: terminal))
  }

  // MARK: Elsewhere

  private func reportLine(_ event: EventDocument) {
    StandardOutput.print("\(event.at)  \(event.message)")
  }

  private func report(_ rollout: RolloutDocument, isFirst: Bool) throws {
    switch format {
    case .json?: StandardOutput.print(try MachineOutput.jsonLine(rollout))
    case .yaml?: StandardOutput.write("---\n" + (try MachineOutput.yaml(rollout)))
    case .name?: if isFirst { StandardOutput.print(rollout.reference) }
    case .wide?, nil:
      guard isFirst || rollout.isOver || rollout.phase == "halted" else { return }
      StandardOutput.print(StyledLine(RolloutWatch.summary(of: rollout)), on: terminal)
    }
  }

  /// How a rollout stands, in one line.
  static func summary(of rollout: RolloutDocument) -> String {
    "\(rollout.reference) \(Phase.words(rollout.phase)): "
      + "\(rollout.counts.done) of \(rollout.counts.total) targets done"
      + (rollout.reason.map { ": \($0)" } ?? "")
  }
}

/// The hub's time, carried on between answers by this machine's steady clock.
struct HubClock: Sendable {
  private var base: Timestamp
  private var start = ContinuousClock.now

  init(_ time: Timestamp) { base = time }

  var now: Timestamp {
    let passed = ContinuousClock.now - start
    let milliseconds =
      passed.components.seconds * 1000 + passed.components.attoseconds / 1_000_000_000_000_000
    return Timestamp(base.instant + TimeSpan(milliseconds: milliseconds))
  }

  /// Corrects the clock when the hub turns out to be ahead.
  mutating func advance(to time: Timestamp) {
    guard time > now else { return }
    base = time
    start = .now
  }
}

extension Problem {
  fileprivate static func gone(rollout name: String) -> Problem {
    Problem(
      .notFound, status: 404, title: "Not found", detail: "there is no rollout '\(name)' any more")
  }
}

extension HubClient {
  /// The hub's clock: ages and countdowns count on it, whatever this machine's clock says.
  func now() async throws -> Timestamp {
    let status: HubStatusDocument = try await get("status")
    return status.now
  }
}
