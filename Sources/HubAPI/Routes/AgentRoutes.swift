internal import FleetModel
internal import HTTPTypes
internal import Hub
internal import Hummingbird
internal import RolloutEngine

/// Who may act as the agent of a cluster: orders of administrators.
enum AgentRoutes {
  private static let usualSpan = TimeSpan.minutes(30)
  private static let longestSpan = TimeSpan.minutes(24 * 60)

  static let all = [
    APIRoute(.post, "/api/v1/clusters/{name}/join") { call in
      let order = try await call.body(InvitationRequest.self)
      let (cluster, agents) = try await call.clusterWithAgents()
      let span = order.seconds.map { TimeSpan.seconds($0) } ?? usualSpan
      guard span > .seconds(0), span <= longestSpan else {
        throw Problem(
          .badRequest, status: 400, title: "No such time",
          detail: "a join token holds for at most a day")
      }
      let until = call.hub.now() + span
      let events = try await call.carryOut(
        .inviteAgent(cluster: cluster, until: until), reason: order.reason)
      return try call.json(
        InvitationDocument(
          token: try await agents.issueToken(for: cluster, until: until),
          until: Timestamp(until), events: events.map { EventDocument($0) }))
    },
    APIRoute(.get, "/api/v1/clusters/{name}/agent") { call in
      let (cluster, agents) = try await call.clusterWithAgents()
      let accepted = await call.read { $0.state.clusters[cluster]?.agent }
      let request = try await agents.request(for: cluster)
      return try call.json(
        AgentDocument(
          cluster: cluster, key: accepted?.key,
          asks: request.flatMap { request in
            request.id == accepted?.id
              ? nil
              : AgentDocument.Asking(
                key: request.key, origin: request.origin, at: Timestamp(request.at))
          }))
    },
    APIRoute(.post, "/api/v1/clusters/{name}/accept") { call in
      let order = try await call.body(AcceptanceRequest.self)
      let (cluster, agents) = try await call.clusterWithAgents()
      guard let request = try await agents.request(for: cluster), request.key == order.key else {
        throw Problem(
          .notFound, status: 404, title: "Not found",
          detail: "no agent asks with key \(order.key) to be the agent of \(cluster)",
          remedy: "`flotilla cluster accept \(cluster)` shows who asks")
      }
      return try await call.execute(
        .acceptAgent(AgentIdentity(id: request.id, key: request.key), cluster: cluster),
        reason: order.reason)
    },
    APIRoute(.post, "/api/v1/clusters/{name}/revoke") { call in
      let order = try await call.body(ReasonRequest.self)
      let (cluster, agents) = try await call.clusterWithAgents()
      let events = try await call.carryOut(.revokeAgent(cluster: cluster), reason: order.reason)
      try await agents.shutOut(cluster)
      return try call.json(CommandResult(events: events.map { EventDocument($0) }))
    },
  ]
}

extension APICall {
  /// The cluster in the path, where this hub listens for agents.
  fileprivate func clusterWithAgents() async throws -> (String, any AgentAdministration) {
    let cluster = try await cluster()
    guard let agents = hub.agents else {
      throw Problem(
        .notReady, status: 503, title: "No agents here",
        detail: "this hub does not listen for agents",
        remedy: "start it with --agent-listen HOST:PORT")
    }
    return (cluster, agents)
  }
}
