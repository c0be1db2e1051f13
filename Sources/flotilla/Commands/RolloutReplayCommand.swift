internal import ArgumentParser
internal import Foundation
internal import HubAPI
internal import RolloutEngine

/// `flotilla rollout replay ROLLOUT|FILE`.
struct RolloutReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Show a rollout as it stood after any event.",
    discussion: """
      Of the hub, or of a file that `rollout export` wrote; then no hub is needed. Sequence numbers \
      are those of `flotilla rollout history ROLLOUT -o wide`.

        flotilla rollout replay web-prod-3 --to 812
        flotilla rollout replay web-prod-3.jsonl --diff 790 812
      """)

  @Argument(help: ArgumentHelp("Name of the rollout, a file, or - for standard input."))
  var rollout: String
  @Option(
    help: ArgumentHelp("The event after which to look (default: the last).", valueName: "sequence"))
  var to: Int?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Show what changed between two events.", valueName: "sequence"))
  var diff: [Int] = []
  @Option(name: .shortAndLong, help: "wide (with every target), json or yaml.")
  var output: OutputFormat?
  @OptionGroup var hub: HubOption

  func validate() throws {
    guard diff.isEmpty || diff.count == 2 else {
      throw ValidationError("--diff takes two sequence numbers")
    }
    if !diff.isEmpty, to != nil { throw ValidationError("give --to or --diff") }
  }

  func run() async throws {
    let replay = RolloutReplay(try await log())
    if diff.count == 2 {
      try show(try replay.difference(from: diff[0], to: diff[1]))
    } else {
      try show(try replay.document(at: to))
    }
  }

  private struct Unreadable: Error, CustomStringConvertible {
    let name: String
    let fault: RolloutLog.Malformed
    var description: String { "\(name):\(fault)" }
  }

  private func log() async throws -> RolloutLog {
    let bytes: [UInt8]
    if rollout == "-" {
      bytes = [UInt8](try FileHandle.standardInput.readToEnd() ?? Data())
    } else if FileManager.default.fileExists(atPath: rollout) {
      bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: rollout)))
    } else {
      bytes = try await RolloutChoice(client: try hub.client()).log(rollout)
    }
    do { return try RolloutLog(parsing: bytes) } catch {
      throw Unreadable(name: rollout == "-" ? "standard input" : rollout, fault: error)
    }
  }

  // MARK: Output

  private func show(_ document: ReplayDocument) throws {
    switch output {
    case .json?: return StandardOutput.write(try MachineOutput.json(document))
    case .yaml?: return StandardOutput.write(try MachineOutput.yaml(document))
    case .name?: return StandardOutput.print(document.rollout.reference)
    case .wide?, nil: break
    }
    let terminal = Terminal.current()
    var event = StyledLine("event   ", .faint)
    event.append("\(document.sequence)", .strong)
    event.append("  \(document.at)  ")
    event.append(TextWidth.withoutControls(document.message))
    let text = RolloutStatusText(
      now: document.at, width: terminal.width, glyphs: terminal.glyphs)
    StandardOutput.print([event] + text.lines(document.rollout), on: terminal)
    guard output == .wide else { return }
    let context = RowContext(now: document.at, glyphs: terminal.glyphs)
    var table = Table(TargetDocument.columns(wide: true))
    table.rows = document.targets.map { $0.cells(context, wide: true) }
    StandardOutput.write("\n")
    StandardOutput.print(table.lines(width: nil), on: terminal)
  }

  private func show(_ document: ReplayDifferenceDocument) throws {
    switch output {
    case .json?: return StandardOutput.write(try MachineOutput.json(document))
    case .yaml?: return StandardOutput.write(try MachineOutput.yaml(document))
    case .name?: return StandardOutput.print("rollout/\(document.rollout)")
    case .wide?, nil: break
    }
    let terminal = Terminal.current()
    var lines = [
      StyledLine(
        "\(document.rollout) from event \(document.from) to \(document.to): "
          + "\(document.events.count) events", .strong)
    ]
    for event in document.events {
      lines.append(
        StyledLine("  \(event.sequence)  \(TextWidth.withoutControls(event.message))", .faint))
    }
    if !document.changes.isEmpty {
      var table = Table([.init("OBJECT"), .init("FIELD"), .init("BEFORE"), .init("AFTER")])
      table.rows = document.changes.map { change in
        [
          StyledLine(change.object), StyledLine(change.field), value(change.before),
          value(change.after),
        ]
      }
      lines += [StyledLine()] + table.lines(width: nil)
    }
    StandardOutput.print(lines, on: terminal)
  }

  private func value(_ text: String?) -> StyledLine {
    guard let text else { return StyledLine("-", .faint) }
    return StyledLine(TextWidth.withoutControls(text))
  }
}
