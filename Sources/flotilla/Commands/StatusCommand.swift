internal import ArgumentParser
internal import FleetModel
internal import HubAPI

/// `flotilla status`.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say which hub answers, what it follows and how it is.")

  @Option(name: .shortAndLong, help: "json, yaml, name or wide.")
  var output: OutputFormat?
  @OptionGroup var hub: HubOption

  func run() async throws {
    let client = try hub.client()
    let status: HubStatusDocument = try await client.get("status")
    switch output {
    case .json?: StandardOutput.write(try MachineOutput.json(status))
    case .yaml?: StandardOutput.write(try MachineOutput.yaml(status))
    case .name?: StandardOutput.print("hub/\(client.address)")
    case .wide?, nil: StandardOutput.print(lines(status), on: Terminal.current())
    }
  }

  private func lines(_ status: HubStatusDocument) -> [StyledLine] {
    let totals = status.totals
    let repository = status.repository
    func count(_ count: Int, _ noun: String) -> String {
      "\(count) \(noun)\(count == 1 ? "" : "s")"
    }
    let facts = [
      (
        "hub", "flotilla \(status.version), up \((status.now.instant - status.started.instant).age)"
      ),
      ("listens", status.listen.joined(separator: ", ")),
      ("repository", "\(repository.url), branch \(repository.branch)"),
      ("head", repository.head.map { String($0.prefix(12)) } ?? "not read yet"),
      ("source", repository.state),
      ("database", "\(status.database), \(status.sequence) events"),
      (
        "fleet",
        [
          count(totals.clusters, "cluster"), count(totals.environments, "environment"),
          count(totals.apps, "app"), count(totals.openRollouts, "open rollout"),
        ].joined(separator: ", ")
      ),
    ]
    return facts.map { name, value in
      var line = StyledLine(name, .faint)
      line.pad(to: 12)
      line.append(value)
      return line
    }
  }
}
