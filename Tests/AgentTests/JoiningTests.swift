import Agent
import Certificates
import Delivery
import FleetModel
import Foundation
import HTTPTransport
import Manifests
import RolloutEngine
import Testing

@testable import Hub

@Suite struct JoiningTests {
  private func failure(_ agent: Task<Void, any Error>) async -> String {
    switch await agent.result {
    case .success: "it ended well"
    case .failure(let error): "\(error)"
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `an agent gets nothing before its key is accepted`() async throws {
    try await Yard.with { yard in
      let agent = try yard.agent(token: try await yard.invite())
      try await eventually("somebody asks") {
        try await yard.gate.request(for: Yard.cluster) != nil
      }
      let asked = try #require(try await yard.gate.request(for: Yard.cluster))
      struct Stored: Decodable { let key: String }
      let stored = try JSONDecoder().decode(
        Stored.self,
        from: Data(contentsOf: URL(fileURLWithPath: yard.state("agent") + "/identity.json")))
      #expect(try Key(pem: stored.key).fingerprint() == asked.key)
      #expect(throws: (any Error).self) { try yard.connection() }
      #expect(await yard.session == nil)
      try await yard.accept()
      try await eventually("the agent is connected") { await yard.session != nil }
      await stop(agent)
      try await eventually("the hub knows that it is gone") { await yard.session == nil }
      // The token is not needed any more.
      let again = try yard.agent()
      try await eventually("the agent is back") { await yard.session != nil }
      await stop(again)
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `a token is good once, for a while, and for nobody else`() async throws {
    try await Yard.with { yard in
      let token = try await yard.invite()
      let agent = try yard.agent("one", token: token)
      try await eventually("somebody asks") {
        try await yard.gate.request(for: Yard.cluster) != nil
      }
      let first = try await yard.gate.request(for: Yard.cluster)
      #expect(await failure(try yard.agent("two", token: token)).contains("used before"))
      #expect(try await yard.gate.request(for: Yard.cluster) == first)
      await stop(agent)

      let late = try await yard.invite()
      yard.pass(.minutes(31))
      #expect(await failure(try yard.agent("late", token: late)).contains("has expired"))
      #expect(await failure(try yard.agent("one", token: token)).contains("not known"))
      #expect(await failure(try yard.agent("none")).contains("--token-file"))
      #expect(
        await failure(try yard.agent("typo", token: "flotilla-join.1.2")).contains("no join token"))
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `a hub that is not the token's gets nothing of it`() async throws {
    try await Yard.with { yard in
      let token = try await yard.invite()
      let other = Digest(hashing: "another authority").hex
      let parts = token.split(separator: ".").map(String.init)
      let forged = (parts.dropLast() + [other]).joined(separator: ".")
      #expect(
        await failure(try yard.agent(token: forged)).contains("not the hub that made the token"))
      #expect(try await yard.gate.request(for: Yard.cluster) == nil)
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `a revoked agent is cut off at once and stays out`() async throws {
    try await Yard.with { yard in
      let agent = try await yard.joinedAgent()
      let connection = try yard.connection()
      try await yard.revoke()
      if let session = await yard.session { #expect(await session.end != nil) }
      #expect(await failure(agent).contains("revoked"))
      let http = try HTTPClient()
      for path in ["/v1/orders", "/v1/certificate", "/v1/replies"] {
        let answer = try await http.send(
          HTTPRequest(
            path == "/v1/orders" ? .get : .post, yard.hub + path,
            headers: [HTTPHeader("Flotilla-Cluster", Yard.cluster)], body: Array("{}".utf8),
            connection: connection))
        #expect(answer.status == 403, "\(path)")
      }
      await http.shutdown()
      // Whoever joins next is another agent.
      let next = try await yard.joinedAgent("next")
      await stop(next)
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `without a certificate there are no orders, and another authority's is none`() async throws {
    try await Yard.with { yard in
      let agent = try await yard.joinedAgent()
      let http = try HTTPClient()
      var connection = try yard.connection()
      func status() async throws -> Int {
        try await http.send(
          HTTPRequest(
            .post, yard.hub + "/v1/replies",
            headers: [HTTPHeader("Flotilla-Cluster", Yard.cluster)], body: Array("{}".utf8),
            connection: connection)
        ).status
      }
      connection.clientIdentity = nil
      #expect(try await status() == 403)
      let stranger = try CertificateAuthority(named: "flotilla agent authority", lifetime: 3600)
      let key = try Key.generate()
      let admission = try #require(
        await yard.writer.read { $0.clusters[Yard.cluster]?.agent?.id })
      let forged = try stranger.issue(
        [("O", "flotilla agents"), ("CN", admission)], for: key, usage: .client, lifetime: 600)
      connection.clientIdentity = .init(
        certificate: Array(forged.pem.utf8), key: Secret(try key.pem()))
      await #expect(throws: TransportError.self) { try await status() }
      await http.shutdown()
      await stop(agent)
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `an agent renews its certificate before it expires, and goes on`() async throws {
    try await Yard.with(lifetime: .seconds(60)) { yard in
      let agent = try await yard.joinedAgent()
      let first = try yard.connection().clientIdentity
      let session = await yard.session?.id
      try await eventually("another certificate") {
        try yard.connection().clientIdentity != first
      }
      try await eventually("another stream") {
        let present = await yard.session?.id
        return present != nil && present != session
      }
      #expect(try await yard.channel.readInventories().inventories.isEmpty)
      await stop(agent)
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `what is secret is for its owner alone, and no token is stored`() async throws {
    try await Yard.with { yard in
      let agent = try await yard.joinedAgent()
      await stop(agent)
      for path in ["/agent/identity.json", "/hub/agent-authority.key"] {
        let attributes = try FileManager.default.attributesOfItem(atPath: yard.folder + path)
        #expect(attributes[.posixPermissions] as? Int == 0o600, "\(path)")
      }
      let token = try String(contentsOfFile: yard.state("agent") + ".token", encoding: .utf8)
      let secret = try #require(token.split(separator: ".").dropFirst(2).first)
      for file in try FileManager.default.contentsOfDirectory(atPath: yard.folder + "/hub") {
        let bytes = try #require(
          FileManager.default.contents(atPath: yard.folder + "/hub/" + file))
        #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(file)")
      }
    }
  }
}
