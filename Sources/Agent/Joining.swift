internal import Certificates
internal import Delivery
internal import Foundation
internal import HTTPTransport
internal import Logging
internal import Manifests

/// How an agent comes to its identity.
struct Joining: Sendable {
  let configuration: AgentConfiguration
  let http: HTTPClient
  let instance: String
  let logger: Logger

  private static let pause = Duration.seconds(3)

  /// The identity in the agent's folder, or a new one by its token. Returns when the agent has a
  /// certificate; that may take until somebody accepts it.
  func identity() async throws -> Identity {
    let folder = configuration.stateDirectory
    let token = try token()
    var identity = try Identity.load(folder)
    if let token, identity?.admission != token.id {
      let made = Identity(
        admission: token.id, authority: try await authority(token.authority),
        key: try Key.generate().pem())
      try made.save(in: folder)
      identity = made
    }
    guard let identity else {
      throw AgentError(
        "this agent has not joined yet: give it a token with --token-file (an administrator prints "
          + "one with: flotilla cluster join CLUSTER)")
    }
    if identity.certificate != nil { return identity }
    guard let token else {
      throw AgentError("this agent has asked to join and needs --token-file until it is accepted")
    }
    let joined = try await join(identity, token)
    try joined.save(in: folder)
    return joined
  }

  private func token() throws -> JoinToken? {
    guard let path = configuration.tokenFile else { return nil }
    let text: String
    do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
      throw AgentError("\(path): cannot be read: \(error.localizedDescription)")
    }
    guard let token = JoinToken(text) else {
      throw AgentError(
        "\(path): is no join token; it must hold the line that flotilla cluster join printed")
    }
    return token
  }

  /// The certificate of the hub's authority. Nothing secret is sent to get it, and whoever answers is
  /// believed only if it is the one that the token names.
  private func authority(_ wanted: Digest) async throws -> String {
    let request = HTTPRequest(
      .get, configuration.hub + AgentEndpoint.authority,
      connection: ConnectionSettings(trust: .anyone), maximumBody: 1 << 16)
    let text = try await patiently {
      let answer = try await http.send(request)
      guard answer.status == 200 else { throw HubLink.refusal(answer.status, answer.body) }
      return String(decoding: answer.body, as: UTF8.self)
    }
    guard let certificate = try? Certificate(pem: text), certificate.digest == wanted else {
      throw AgentError(
        "what answers at \(configuration.hub) is not the hub that made the token; nothing was sent "
          + "to it")
    }
    return certificate.pem
  }

  private func join(_ identity: Identity, _ token: JoinToken) async throws -> Identity {
    let key = try Key(pem: identity.key)
    let link = HubLink(
      hub: configuration.hub, http: http, identity: identity, instance: instance,
      version: configuration.version)
    let request = JoinRequest(token: token.text, request: try SigningRequest(for: key).pem)
    var isTold = false
    while true {
      let answer = try await patiently { try await link.join(request) }
      if let certificate = answer.certificate {
        var joined = identity
        joined.cluster = answer.cluster
        joined.certificate = certificate
        logger.notice("joined", metadata: ["cluster": "\(answer.cluster)"])
        return joined
      }
      if !isTold {
        isTold = true
        let fingerprint = try key.fingerprint()
        logger.notice(
          "waiting to be accepted",
          metadata: [
            "cluster": "\(answer.cluster)", "key": "\(fingerprint)",
            "accept": "flotilla cluster accept \(answer.cluster) --key \(fingerprint)",
          ])
      }
      try await Task.sleep(for: Joining.pause * Double.random(in: 0.8...1.2))
    }
  }

  /// Tries again as long as the hub does not answer. A refusal ends it.
  private func patiently<Value>(
    _ body: () async throws -> Value
  ) async throws -> Value {
    var backOff = BackOff()
    while true {
      do { return try await body() } catch let refusal as HubLink.Refusal {
        if refusal.isFinal { throw AgentError(refusal.description) }
        logger.warning("not joined yet, tried again", metadata: ["why": "\(refusal)"])
      } catch let error as TransportError {
        logger.warning("hub not reached, tried again", metadata: ["why": "\(error)"])
      }
      try await backOff.rest()
    }
  }
}

/// Waits that double, up to a limit, each of them shortened by chance: agents that lost the same hub
/// do not come back in step.
struct BackOff: Sendable {
  private static let first = Duration.milliseconds(500)
  private static let longest = Duration.seconds(60)

  private var next = BackOff.first

  mutating func rest() async throws {
    let wait = next * Double.random(in: 0.5...1)
    next = min(next * 2, BackOff.longest)
    try await Task.sleep(for: wait)
  }

  mutating func reset() { next = BackOff.first }
}
