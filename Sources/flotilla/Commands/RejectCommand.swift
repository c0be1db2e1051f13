internal import ArgumentParser
internal import HubAPI

/// `flotilla reject CHANGE`.
struct RejectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reject", abstract: "Veto a change everywhere.",
    discussion: """
      It is promoted nowhere any more, and rollouts of it halt. Clusters that have it keep it.

        flotilla reject 4f2a91c --reason 'leaks memory'
      """)

  @Argument(help: ArgumentHelp("Commit or release.", valueName: "change"))
  var change: String
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    let result: CommandResult = try await hub.client().post(
      "releases/\(HubClient.escaped(change))/reject", ReasonRequest(reason: reason.reason))
    StandardOutput.print("\(change) rejected")
    CommandEcho.print(result)
  }
}

/// `flotilla unreject CHANGE`.
struct UnrejectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unreject", abstract: "Lift the veto of a change.")

  @Argument(help: ArgumentHelp("Commit or release.", valueName: "change"))
  var change: String
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    let result: CommandResult = try await hub.client().post(
      "releases/\(HubClient.escaped(change))/unreject", ReasonRequest(reason: reason.reason))
    StandardOutput.print("\(change) no longer rejected")
    CommandEcho.print(result)
  }
}
