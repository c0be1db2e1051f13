internal import ArgumentParser
internal import FleetModel
internal import HubAPI

/// `flotilla cluster …`.
struct ClusterCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster", abstract: "Let the agent of a cluster in, or shut it out.",
    discussion: """
      For clusters with `delivery: agent`, which the hub cannot dial.

        flotilla cluster join edge-1 --reason 'new shop' > token
        flotilla agent --hub https://hub.example.org:8443 --token-file token … (at the cluster)
        flotilla cluster accept edge-1
      """,
    subcommands: [
      ClusterJoinCommand.self, ClusterAcceptCommand.self, ClusterRevokeCommand.self,
    ])
}

/// `flotilla cluster join CLUSTER`.
struct ClusterJoinCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join", abstract: "Print a token with which one agent may ask to join.",
    discussion: """
      The token is printed this once. It holds for one agent and for a short time, and the agent \
      gets nothing before somebody accepts it.

        flotilla cluster join edge-1 --reason 'new shop' > token
      """)

  @Argument(help: ArgumentHelp("Name of the cluster.", valueName: "cluster"))
  var cluster: String
  @Option(help: ArgumentHelp("How long it holds (default: 30m).", valueName: "time"))
  var expires: String?
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func validate() throws {
    if let expires, TimeSpan(parsing: expires) == nil {
      throw ValidationError("--expires takes a duration (30m), not '\(expires)'")
    }
  }

  func run() async throws {
    let name = bareClusterName(cluster)
    let seconds = expires.flatMap { TimeSpan(parsing: $0) }.map { Int($0.milliseconds / 1000) }
    let invitation: InvitationDocument = try await hub.client().post(
      "clusters/\(HubClient.escaped(name))/join",
      InvitationRequest(reason: reason.reason, seconds: seconds))
    StandardOutput.print(invitation.token)
    // Not into the file that the token goes to.
    StandardOutput.complain("for the agent of \(name), once, until \(invitation.until.description)")
  }
}

/// `flotilla cluster accept CLUSTER`.
struct ClusterAcceptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accept", abstract: "Let the agent in that asks to join.",
    discussion: """
      Without --key it shows who asks. Compare the key with what the agent says, then accept it:

        flotilla cluster accept edge-1
        flotilla cluster accept edge-1 --key SHA256:… --reason 'seen on site'
      """)

  @Argument(help: ArgumentHelp("Name of the cluster.", valueName: "cluster"))
  var cluster: String
  @Option(help: ArgumentHelp("Fingerprint of the key that asks.", valueName: "fingerprint"))
  var key: String?
  @Option(help: ArgumentHelp("Why; kept in the history.", valueName: "text"))
  var reason: String?
  @OptionGroup var hub: HubOption

  func validate() throws {
    if key != nil, reason?.allSatisfy(\.isWhitespace) ?? true {
      throw ValidationError("--key needs --reason, which must say something")
    }
  }

  func run() async throws {
    let name = bareClusterName(cluster)
    let path = "clusters/\(HubClient.escaped(name))"
    let client = try hub.client()
    if let key, let reason {
      let result: CommandResult = try await client.post(
        path + "/accept", AcceptanceRequest(reason: reason, key: key))
      StandardOutput.print("agent of cluster/\(name) accepted")
      CommandEcho.print(result)
      return
    }
    let agent: AgentDocument = try await client.get(path + "/agent")
    guard let asks = agent.asks else {
      StandardOutput.print(
        agent.key.map { "nobody asks; the agent of cluster/\(name) has key \($0)" }
          ?? "nobody asks to be the agent of cluster/\(name)")
      throw Ending.Exit(.waiting)
    }
    StandardOutput.print("an agent asks to join as cluster/\(name)")
    StandardOutput.print("  key   \(asks.key)")
    StandardOutput.print("  from  \(asks.origin), \(asks.at.description)")
    if let key = agent.key { StandardOutput.print("  it would replace the agent with key \(key)") }
    StandardOutput.print(
      "compare the key with what the agent says, then: flotilla cluster accept \(name) --key "
        + "\(asks.key) --reason 'WHY'\(hub.commandSuffix)")
    throw Ending.Exit(.waiting)
  }
}

/// `flotilla cluster revoke CLUSTER`.
struct ClusterRevokeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Shut the agent of a cluster out, at once.",
    discussion: """
      Its stream is cut and its certificate is worth nothing any more. Whoever was invited and has \
      not joined yet is shut out as well.

        flotilla cluster revoke edge-1 --reason 'stolen'
      """)

  @Argument(help: ArgumentHelp("Name of the cluster.", valueName: "cluster"))
  var cluster: String
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    let name = bareClusterName(cluster)
    let result: CommandResult = try await hub.client().post(
      "clusters/\(HubClient.escaped(name))/revoke", ReasonRequest(reason: reason.reason))
    StandardOutput.print("agent of cluster/\(name) revoked")
    CommandEcho.print(result)
  }
}
