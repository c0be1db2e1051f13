internal import ArgumentParser
internal import HubAPI

/// `flotilla promote CHANGE --to ENVIRONMENT`.
struct PromoteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote", abstract: "Make a change the one that an environment wants.",
    discussion: """
      CHANGE is a commit (7 or more digits; every app's release of it) or the name of one release.

        flotilla promote 4f2a91c --to prod --reason 'release 12'
        flotilla promote web@4f2a91c0d3b5 --to prod --reason 'hot fix'
      """)

  @Argument(help: ArgumentHelp("Commit or release.", valueName: "change"))
  var change: String
  @Option(help: ArgumentHelp("Where to.", valueName: "environment"))
  var to: String
  @Option(help: "Only this app of the change.")
  var app: String?
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    let result: CommandResult = try await hub.client().post(
      "promotions",
      PromotionRequest(change: change, environment: to, app: app, reason: reason.reason))
    StandardOutput.print("\(change) promoted to \(to)")
    CommandEcho.print(result)
  }
}
