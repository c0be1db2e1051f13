internal import ArgumentParser
internal import HubAPI

/// `flotilla cordon CLUSTER`.
struct CordonCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cordon", abstract: "Give a cluster no new work.",
    discussion: "  flotilla cordon eu-west-1 --reason 'node upgrade'")

  @Argument(help: ArgumentHelp("Name of the cluster.", valueName: "cluster"))
  var cluster: String
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    let name = bareClusterName(cluster)
    let result: CommandResult = try await hub.client().post(
      "clusters/\(HubClient.escaped(name))/cordon", CordonRequest(reason: reason.reason))
    StandardOutput.print("cluster/\(name) cordoned")
    CommandEcho.print(result)
  }
}

/// `flotilla uncordon CLUSTER`.
struct UncordonCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "uncordon", abstract: "Let a cluster get work again.")

  @Argument(help: ArgumentHelp("Name of the cluster.", valueName: "cluster"))
  var cluster: String
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    let name = bareClusterName(cluster)
    let result: CommandResult = try await hub.client().post(
      "clusters/\(HubClient.escaped(name))/uncordon", ReasonRequest(reason: reason.reason))
    StandardOutput.print("cluster/\(name) uncordoned")
    CommandEcho.print(result)
  }
}

/// `cluster/eu-1`, as `-o name` prints it, is the same as `eu-1`.
func bareClusterName(_ text: String) -> String {
  text.hasPrefix("cluster/") ? String(text.dropFirst("cluster/".count)) : text
}
