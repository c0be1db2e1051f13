import FleetModel
import RolloutEngine
import Testing

@Suite struct AgentTests {
  private let agent = AgentIdentity(id: "a1", key: "SHA256:abc")

  /// Cluster a is pulled for, b is not.
  private func play() throws -> Play {
    var play = try Play(["dev": ["a", "b"]])
    try play.reconfigure { fleet in
      for index in fleet.clusters.indices where fleet.clusters[index].name == "a" {
        fleet.clusters[index].delivery = .agent
      }
    }
    return play
  }

  private func give(
    _ verb: Command.Verb, to play: inout Play, as actor: String = "anna",
    proof: Command.Proof = .known(groups: [])
  ) throws {
    try play.give(.command(Command(verb, actor: actor, proof: proof, reason: "new edge")))
  }

  @Test func `an agent is invited, accepted and revoked, and the log says by whom`() throws {
    var play = try play()
    try give(.inviteAgent(cluster: "a", until: play.now + .minutes(30)), to: &play)
    #expect(play.state.clusters["a"]?.agent == nil)
    try give(.acceptAgent(agent, cluster: "a"), to: &play)
    #expect(play.state.clusters["a"]?.agent == agent)
    try give(.revokeAgent(cluster: "a"), to: &play, as: "ben")
    #expect(play.state.clusters["a"]?.agent == nil)
    let told = play.log.suffix(3)
    #expect(told.map(\.event.type) == ["agentInvited", "agentAccepted", "agentRevoked"])
    #expect(told.map(\.actor) == ["anna", "anna", "ben"])
    var folded = State()
    for record in play.log { folded.apply(record) }
    #expect(folded.rows == play.state.rows)
  }

  @Test func `a cluster that is pushed to takes no agent`() throws {
    var play = try play()
    let refusal = #expect(throws: Refusal.self) {
      try give(.acceptAgent(agent, cluster: "b"), to: &play)
    }
    #expect(refusal?.remedy.contains("delivery: agent") == true)
    #expect(throws: Refusal.self) { try give(.acceptAgent(agent, cluster: "c"), to: &play) }
  }

  @Test func `where somebody is bound to the role admin, nobody else decides about agents`() throws
  {
    var play = try play()
    try play.reconfigure {
      $0.access = [
        RoleBinding(role: "admin", users: ["anna"], groups: ["platform"]),
        RoleBinding(role: "admin", users: ["carl"], environments: ["dev"]),
      ]
    }
    for (actor, proof) in [
      ("ben", Command.Proof.known(groups: ["shop"])), ("anna", .claimed),
      // For one environment only.
      ("carl", .known(groups: [])),
    ] {
      #expect(throws: Refusal.self) {
        try give(.acceptAgent(agent, cluster: "a"), to: &play, as: actor, proof: proof)
      }
    }
    try give(.acceptAgent(agent, cluster: "a"), to: &play)
    try give(.revokeAgent(cluster: "a"), to: &play, as: "ben", proof: .known(groups: ["platform"]))
    #expect(play.state.clusters["a"]?.agent == nil)
  }

  @Test func `with the cluster its agent is gone`() throws {
    var play = try play()
    try give(.acceptAgent(agent, cluster: "a"), to: &play)
    let record = try #require(play.state.clusters["a"]?.record)
    try play.reconfigure { $0.clusters.removeAll { $0.name == "a" } }
    try play.reconfigure { $0.clusters.append(record) }
    #expect(play.state.clusters["a"]?.agent == nil)
  }
}
