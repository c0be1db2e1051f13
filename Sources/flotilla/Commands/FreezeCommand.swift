internal import ArgumentParser
internal import HubAPI

/// `flotilla freeze [ENVIRONMENT]`.
struct FreezeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "freeze", abstract: "Stop in an emergency: nothing new is dispatched.",
    discussion: """
      What is in flight finishes. Without ENVIRONMENT: the whole fleet.

        flotilla freeze --reason 'incident 4711'
        flotilla freeze prod --until 2h --reason 'network maintenance'
      """)

  @Argument(help: ArgumentHelp("Only this environment.", valueName: "environment"))
  var environment: String?
  @OptionGroup var end: EndOption
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    let client = try hub.client()
    let until = try await end.time(of: client)
    let result: CommandResult = try await client.post(
      "freeze", FreezeRequest(reason: reason.reason, environment: environment, until: until))
    StandardOutput.print("\(environment.map { "environment/\($0)" } ?? "fleet") frozen")
    CommandEcho.print(result)
  }
}

/// `flotilla unfreeze [ENVIRONMENT]`.
struct UnfreezeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unfreeze", abstract: "End a freeze.")

  @Argument(help: ArgumentHelp("The environment that was frozen.", valueName: "environment"))
  var environment: String?
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    let result: CommandResult = try await hub.client().post(
      "unfreeze", FreezeRequest(reason: reason.reason, environment: environment))
    StandardOutput.print("\(environment.map { "environment/\($0)" } ?? "fleet") no longer frozen")
    CommandEcho.print(result)
  }
}
