internal import ArgumentParser
internal import HubAPI

/// `flotilla rollout history`.
struct RolloutHistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "What happened: rollouts, or the events of one.")

  @Argument(help: ArgumentHelp("Name of the rollout.", valueName: "rollout"))
  var rollout: String?
  @Option(help: "Only of this app.")
  var app: String?
  @Option(name: .shortAndLong, help: "Only of this environment.")
  var environment: String?
  @Option(name: .shortAndLong, help: "wide, json, yaml or name.")
  var output: OutputFormat?
  @OptionGroup var hub: HubOption

  func run() async throws {
    let client = try hub.client()
    guard let rollout else {
      let listing = Listing(
        client: client, path: "rollouts", name: nil,
        query: [("app", app), ("environment", environment)], format: output, watch: false)
      return try await listing.run(RolloutDocument.self)
    }
    let name = try await RolloutChoice(client: client).named(rollout).name
    try await Listing(
      client: client, path: "events", name: nil, query: [("rollout", name)], format: output,
      watch: false
    ).runEvents()
  }
}
