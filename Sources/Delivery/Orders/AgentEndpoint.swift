/// What agents ask of the hub's listener for them: paths, headers and documents that both sides
/// know. All of it over TLS 1.3; all but ``authority`` and ``join`` with a certificate of the agent.
public enum AgentEndpoint {
  /// `GET`: the certificate of the hub's authority, PEM. It is public; a token says which is right.
  public static let authority = "/v1/authority"
  /// `POST` ``JoinRequest``, again and again until ``JoinAnswer`` has a certificate.
  public static let join = "/v1/join"
  /// `POST` ``RenewalRequest``; answered by ``JoinAnswer``.
  public static let renewal = "/v1/certificate"
  /// `GET`: orders, for as long as the connection holds.
  public static let orders = "/v1/orders"
  /// `POST` ``OrderReply``; answered 204, or 410 when the stream of orders has ended.
  public static let replies = "/v1/replies"

  /// The cluster that an agent speaks for; its certificate says whether it may.
  public static let clusterHeader = "Flotilla-Cluster"
  /// Names a run of an agent, so that two of one identity are told apart.
  public static let instanceHeader = "Flotilla-Instance"
  /// Names a stream of orders: answered with it, and sent with replies to them.
  public static let sessionHeader = "Flotilla-Session"
  /// The agent's version, and ``Order/protocolVersion``.
  public static let versionHeader = "Flotilla-Version"
  public static let protocolHeader = "Flotilla-Protocol"

  /// The largest reply.
  public static let largestReply = 16 << 20
}

public struct JoinRequest: Sendable, Codable {
  /// `JoinToken.text`.
  public var token: String
  /// A certificate request, PEM.
  public var request: String

  public init(token: String, request: String) {
    self.token = token
    self.request = request
  }
}

public struct RenewalRequest: Sendable, Codable {
  public var request: String

  public init(request: String) { self.request = request }
}

public struct JoinAnswer: Sendable, Codable {
  public var cluster: String
  /// Missing while nobody has accepted the agent yet.
  public var certificate: String?

  public init(cluster: String, certificate: String? = nil) {
    self.cluster = cluster
    self.certificate = certificate
  }
}

/// Why an agent gets nothing; one line.
public struct AgentProblem: Sendable, Codable {
  public var detail: String

  public init(detail: String) { self.detail = detail }
}
