/// `POST /api/v1/clusters/{name}/join`.
public struct InvitationRequest: Codable, Sendable, Hashable {
  public var reason: String
  /// How long the token holds; missing for half an hour.
  public var seconds: Int?

  public init(reason: String, seconds: Int? = nil) {
    self.reason = reason
    self.seconds = seconds
  }
}

/// What comes back: the token, this once.
public struct InvitationDocument: Codable, Sendable, Hashable {
  /// A secret.
  public var token: String
  public var until: Timestamp
  public var events: [EventDocument]

  public init(token: String, until: Timestamp, events: [EventDocument]) {
    self.token = token
    self.until = until
    self.events = events
  }
}

/// `POST /api/v1/clusters/{name}/accept`.
public struct AcceptanceRequest: Codable, Sendable, Hashable {
  public var reason: String
  /// Fingerprint of the key that was compared with the agent's.
  public var key: String

  public init(reason: String, key: String) {
    self.reason = reason
    self.key = key
  }
}

/// `GET /api/v1/clusters/{name}/agent`.
public struct AgentDocument: Codable, Sendable, Hashable {
  public var cluster: String
  /// Fingerprint of the key that was accepted; missing where none was.
  public var key: String?
  /// Who asks to take the place.
  public var asks: Asking?

  public struct Asking: Codable, Sendable, Hashable {
    public var key: String
    /// Address and version.
    public var origin: String
    public var at: Timestamp

    public init(key: String, origin: String, at: Timestamp) {
      self.key = key
      self.origin = origin
      self.at = at
    }
  }

  public init(cluster: String, key: String? = nil, asks: Asking? = nil) {
    self.cluster = cluster
    self.key = key
    self.asks = asks
  }
}
