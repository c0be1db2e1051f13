internal import ArgumentParser
internal import HubAPI

/// `flotilla hold ENVIRONMENT`.
struct HoldCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold", abstract: "Let automation move nothing in an environment; people may.",
    discussion: """
      Rollouts that are open go on.

        flotilla hold prod --until 48h --reason 'audit'
        flotilla hold prod --app web --reason 'demo on Friday'
      """)

  @Argument(help: ArgumentHelp("Name of the environment.", valueName: "environment"))
  var environment: String
  @Option(help: "Only this app.")
  var app: String?
  @OptionGroup var end: EndOption
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    let client = try hub.client()
    let until = try await end.time(of: client)
    let result: CommandResult = try await client.post(
      "environments/\(HubClient.escaped(environment))/hold",
      HoldRequest(reason: reason.reason, app: app, until: until))
    StandardOutput.print("environment/\(environment) held")
    CommandEcho.print(result)
  }
}

/// `flotilla unhold ENVIRONMENT`.
struct UnholdCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unhold", abstract: "Let automation move an environment again.")

  @Argument(help: ArgumentHelp("Name of the environment.", valueName: "environment"))
  var environment: String
  @Option(help: "The app that was held.")
  var app: String?
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    let result: CommandResult = try await hub.client().post(
      "environments/\(HubClient.escaped(environment))/unhold",
      HoldRequest(reason: reason.reason, app: app))
    StandardOutput.print("environment/\(environment) no longer held")
    CommandEcho.print(result)
  }
}
