internal import Certificates
public import Delivery
public import FleetModel
internal import Foundation
internal import GitSource
internal import HubStore
internal import KubernetesAPI
internal import Logging
internal import RolloutEngine

/// Who asks to become the agent of a cluster.
public struct AgentRequest: Sendable, Hashable {
  /// Names the admission that would follow.
  public let id: String
  /// Fingerprint of the key.
  public let key: String
  /// From where, and with which version.
  public let origin: String
  public let at: Instant

  public init(id: String, key: String, origin: String, at: Instant) {
    self.id = id
    self.key = key
    self.origin = origin
    self.at = at
  }
}

/// What operators may ask about agents, beside the commands of the engine.
public protocol AgentAdministration: Sendable {
  /// A token with which one agent may ask, until then, to be the agent of `cluster`. It is in nobody's
  /// memory afterwards.
  func issueToken(for cluster: String, until: Instant) async throws -> String
  /// Who asks to be the agent of `cluster`; `nil` for nobody.
  func request(for cluster: String) async throws -> AgentRequest?
  /// Cuts the stream of the agent of `cluster` and forgets who was invited.
  func shutOut(_ cluster: String) async throws
}

/// Lets agents in: tokens, certificates, and their streams of orders. Who is the agent of a cluster
/// stands in the state, so what a certificate says counts only together with that.
public actor AgentGate: AgentAdministration {
  private let database: HubDatabase
  private let authority: AgentAuthority
  private let names: [String]
  private let lifetime: Int
  private let writer: Writer
  private let pace: Duration
  private let clock: @Sendable () -> Instant
  private let logger: Logger
  nonisolated let sessions: AgentSessions

  // The database blocks.
  private let executor = QueueExecutor("flotilla.agents")
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  init(
    _ configuration: HubConfiguration.Agents, database: HubDatabase, writer: Writer,
    clock: @escaping @Sendable () -> Instant, logger: Logger
  ) throws {
    self.database = database
    self.writer = writer
    self.clock = clock
    self.logger = logger
    names = configuration.names
    lifetime = Int(configuration.certificateLifetime.components.seconds)
    pace = configuration.signsOfLife
    authority = try AgentAuthority(
      folder: URL(fileURLWithPath: database.path).deletingLastPathComponent().path)
    sessions = AgentSessions(logger: logger)
  }

  /// The certificate of the hub's authority, PEM.
  public nonisolated var authorityCertificate: String { authority.signer.certificate.pem }

  /// A new identity for the listener.
  public nonisolated func serverIdentity() throws -> AgentServerIdentity {
    try authority.serverIdentity(names: names)
  }

  // MARK: - Administration

  public func issueToken(for cluster: String, until: Instant) throws -> String {
    let token = JoinToken(authority: authority.signer.certificate.digest)
    try database.invite(
      StoredInvitation(
        id: token.id, cluster: cluster, proof: token.proof, expires: until.milliseconds),
      now: clock().milliseconds)
    return token.text
  }

  public func request(for cluster: String) throws -> AgentRequest? {
    guard let invitation = try database.invitation(askedFor: cluster),
      let asked = invitation.asked
    else { return nil }
    return AgentRequest(
      id: invitation.id, key: asked.key, origin: asked.origin,
      at: Instant(milliseconds: asked.at))
  }

  public func shutOut(_ cluster: String) async throws {
    await sessions.cut(cluster, why: "its agent was revoked")
    try database.withdrawInvitations(for: cluster)
  }

  // MARK: - Agents

  /// Lets an agent ask, and gives it its certificate once somebody accepted it. `origin` is where it
  /// comes from, for people.
  public func join(_ join: JoinRequest, origin: String) async throws -> JoinAnswer {
    guard let token = JoinToken(join.token) else {
      throw AgentRefusal(.malformed, "the token is malformed; copy all of what was printed")
    }
    let request = try signingRequest(join.request)
    let key = try request.key.fingerprint()
    let invitation = try database.invitation(token.id)
    guard let invitation, invitation.proof == token.proof else {
      throw AgentRefusal(
        .forbidden,
        "the token is not known (any more); make a new one: flotilla cluster join CLUSTER")
    }
    let cluster = invitation.cluster
    if invitation.asked == nil {
      guard clock().milliseconds < invitation.expires else {
        throw AgentRefusal(
          .forbidden,
          "the token has expired; make a new one: flotilla cluster join \(cluster)")
      }
      let asked = StoredInvitation.Asked(
        request: join.request, key: key, origin: origin, at: clock().milliseconds)
      if try database.use(token.id, asked) {
        logger.notice(
          "an agent asks to join",
          metadata: [
            "cluster": "\(cluster)", "key": "\(key)", "origin": "\(origin)",
            "accept": "flotilla cluster accept \(cluster) --key \(key)",
          ])
        return JoinAnswer(cluster: cluster)
      }
    }
    guard try database.invitation(token.id)?.asked?.key == key else {
      logger.warning(
        "a join token was used twice",
        metadata: ["cluster": "\(cluster)", "key": "\(key)", "origin": "\(origin)"])
      throw AgentRefusal(
        .forbidden,
        "the token was used before, by another key; if that was not you, run "
          + "flotilla cluster revoke \(cluster), and make a new one")
    }
    // Accepting another key, or revoking, ends the admission, not only the certificate.
    guard await agent(of: cluster) == AgentIdentity(id: token.id, key: key) else {
      return JoinAnswer(cluster: cluster)
    }
    return JoinAnswer(cluster: cluster, certificate: try certificate(for: request, token.id))
  }

  /// A new certificate, for the same key or another.
  public func renew(_ renewal: RenewalRequest, for agent: AgentName) throws -> JoinAnswer {
    let request = try signingRequest(renewal.request)
    logger.info("agent's certificate renewed", metadata: ["cluster": "\(agent.cluster)"])
    return JoinAnswer(
      cluster: agent.cluster, certificate: try certificate(for: request, agent.admission))
  }

  private func signingRequest(_ pem: String) throws -> SigningRequest {
    do { return try SigningRequest(pem: pem) } catch {
      throw AgentRefusal(.malformed, error.description)
    }
  }

  private func certificate(
    for request: SigningRequest, _ admission: String
  ) throws -> String {
    try authority.issue(request, admission: admission, lifetime: lifetime).pem
  }

  /// The agent whose certificate the TLS layer has verified. Throws where it is not the agent of
  /// `cluster`, whatever it was once.
  public nonisolated func identify(
    certificate der: [UInt8], cluster: String
  ) async throws -> AgentName {
    let certificate = try Certificate(der: der)
    let name = AgentName(
      cluster: cluster, admission: certificate.commonName ?? "", certificate: certificate)
    if let why = await whyNot(name) { throw AgentRefusal(.forbidden, why) }
    return name
  }

  /// Why an agent may not (any more) speak for its cluster; `nil` where it may.
  private nonisolated func whyNot(_ name: AgentName) async -> String? {
    guard let agent = await agent(of: name.cluster), agent.id == name.admission else {
      return "this is not the agent of cluster \(name.cluster) (any more): it was revoked, or "
        + "another was accepted; to join again: flotilla cluster join \(name.cluster)"
    }
    return name.certificate.secondsLeft > 0 ? nil : "the agent's certificate has expired"
  }

  private nonisolated func agent(of cluster: String) async -> AgentIdentity? {
    await writer.read { state in
      guard let status = state.clusters[cluster], status.record.delivery == .agent else {
        return nil
      }
      return status.agent
    }
  }

  /// Begins to give orders to an agent.
  public nonisolated func begin(
    _ name: AgentName, instance: String, version: String, language: Int
  ) async throws -> AgentSession {
    guard language == Order.protocolVersion else {
      throw AgentRefusal(
        .otherVersion,
        "the agent is flotilla \(version), this hub is flotilla \(HubVersion.current), and they do "
          + "not understand each other; run the agent in the hub's version")
    }
    if version != HubVersion.current {
      logger.warning(
        "an agent has another version than this hub",
        metadata: ["cluster": "\(name.cluster)", "agent": "\(version)"])
    }
    return try await sessions.begin(cluster: name.cluster, instance: instance)
  }

  /// Keeps a session until it ends: looks for signs of life, and whether the agent still may.
  public nonisolated func keep(_ session: AgentSession, of name: AgentName) async {
    await session.watch(every: pace) { await self.whyNot(name) }
  }

  public nonisolated func end(_ session: AgentSession) async { await sessions.ended(session) }

  /// Takes a reply to an order of the session named `id`.
  public nonisolated func take(
    _ reply: OrderReply, session id: String, from name: AgentName
  ) async throws {
    guard let session = await sessions.session(of: name.cluster), session.id == id else {
      throw AgentRefusal(.streamEnded, "the stream of orders that this answers has ended")
    }
    await session.take(reply)
  }
}

/// An agent whose certificate was verified and which the state knows.
public struct AgentName: Sendable {
  public let cluster: String
  let admission: String
  let certificate: Certificate
}
