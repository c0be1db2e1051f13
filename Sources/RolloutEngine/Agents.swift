internal import FleetModel

// Who may act as the agent of a cluster. That is decided here, so that it is in the log; keys,
// certificates and tokens are the hub's.

/// The agent that somebody let in for a cluster.
public struct AgentIdentity: Sendable, Hashable, Codable {
  /// Names this admission; stands in every certificate that follows from it.
  public var id: String
  /// The key that asked: `SHA256:` and its digest.
  public var key: String

  public init(id: String, key: String) {
    self.id = id
    self.key = key
  }
}

extension Engine {
  /// Who decides about agents, wherever `fleet/` binds this role to somebody.
  static let agentRole = "admin"

  mutating func inviteAgent(
    of cluster: String, until: Instant, by command: Command
  ) throws(Refusal) {
    let what = "invite an agent of \(cluster)"
    try requireAdministrator(command, for: what)
    try requirePullCluster(cluster, for: what)
    guard until > now else {
      throw Refusal(
        what: what, why: "\(until.text) has passed", remedy: "give --expires a longer time")
    }
    emit(.agentInvited(AgentInvited(cluster: cluster, until: until)), by: command)
  }

  mutating func accept(
    _ agent: AgentIdentity, of cluster: String, by command: Command
  ) throws(Refusal) {
    let what = "accept the agent of \(cluster)"
    try requireAdministrator(command, for: what)
    try requirePullCluster(cluster, for: what)
    guard state.clusters[cluster]?.agent != agent else { return }
    emit(.agentAccepted(AgentAccepted(cluster: cluster, agent: agent)), by: command)
  }

  /// Also where no agent was accepted yet: who revokes wants to be sure.
  mutating func revokeAgent(of cluster: String, by command: Command) throws(Refusal) {
    let what = "revoke the agent of \(cluster)"
    try requireAdministrator(command, for: what)
    guard state.clusters[cluster] != nil else { throw Engine.noCluster(what) }
    emit(.agentRevoked(AgentRevoked(cluster: cluster)), by: command)
  }

  private func requirePullCluster(_ cluster: String, for what: String) throws(Refusal) {
    guard let status = state.clusters[cluster] else { throw Engine.noCluster(what) }
    guard status.record.delivery == .agent else {
      throw Refusal(
        what: what, why: "the cluster is not delivered to by an agent",
        remedy: "write 'delivery: agent' into its Cluster in fleet/clusters first")
    }
  }

  /// Where nobody has the role, whoever reaches the hub's socket may: the rule of small fleets.
  private func requireAdministrator(_ command: Command, for what: String) throws(Refusal) {
    let bindings = (state.configuration?.access ?? []).filter { $0.role == Engine.agentRole }
    guard !bindings.isEmpty, !command.roles.contains(Engine.agentRole) else { return }
    // A cluster is neither of an app nor of an environment alone.
    let everywhere = bindings.filter { $0.apps.isEmpty && $0.environments.isEmpty }
    if case .known(let groups) = command.proof,
      everywhere.contains(where: { $0.names(user: command.actor, groups: groups) })
    {
      return
    }
    throw Refusal(
      what: what, why: "\(command.actor) has not the role \(Engine.agentRole) for the whole fleet",
      remedy: "ask somebody whom fleet/ binds to it")
  }

  private static func noCluster(_ what: String) -> Refusal {
    Refusal(
      what: what, why: "there is no such cluster", remedy: "list them: flotilla get clusters")
  }
}
