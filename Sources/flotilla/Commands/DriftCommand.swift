internal import ArgumentParser
internal import HubAPI

/// `flotilla drift …`.
struct DriftCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drift", abstract: "Take back what somebody changed on a cluster.",
    discussion: """
      `flotilla get drift` lists what was changed.

        flotilla drift correct eu-west-1 --app shop --reason 'edited by mistake'
      """, subcommands: [DriftCorrectCommand.self])
}

/// `flotilla drift correct CLUSTER`.
struct DriftCorrectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "correct", abstract: "Take back what drifted on a cluster, by a rollout.",
    discussion: """
      Fields that others changed are set again as they were delivered, and objects that are gone \
      are made again. Other fields of the same objects stay.

        flotilla drift correct eu-west-1 --reason 'edited by mistake'
        flotilla drift correct eu-west-1 --app shop --reason 'incident 4711 is over'
      """)

  @Argument(help: ArgumentHelp("Name of the cluster.", valueName: "cluster"))
  var cluster: String
  @Option(help: "Only of this app.")
  var app: String?
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    let name = bareClusterName(cluster)
    let result: CommandResult = try await hub.client().post(
      "clusters/\(HubClient.escaped(name))/correct-drift",
      CorrectionRequest(reason: reason.reason, app: app))
    StandardOutput.print("cluster/\(name) is corrected")
    CommandEcho.print(result)
  }
}
