/// One entry of the event log.
public struct EventDocument: Codable, Sendable, Hashable {
  /// 1, 2, 3, … without gaps: the id of the server-sent event.
  public var sequence: Int
  public var at: Timestamp
  /// A stable word: `rolloutStarted`, `targetHealthy`, ….
  public var type: String
  /// Who caused it; missing for what the hub decided by itself.
  public var actor: String?
  public var reason: String?
  public var rollout: String?
  public var wave: String?
  public var cluster: String?
  public var app: String?
  public var environment: String?
  /// One line for people.
  public var message: String

  public init(
    sequence: Int, at: Timestamp, type: String, actor: String? = nil, reason: String? = nil,
    rollout: String? = nil, wave: String? = nil, cluster: String? = nil, app: String? = nil,
    environment: String? = nil, message: String
  ) {
    self.sequence = sequence
    self.at = at
    self.type = type
    self.actor = actor
    self.reason = reason
    self.rollout = rollout
    self.wave = wave
    self.cluster = cluster
    self.app = app
    self.environment = environment
    self.message = message
  }
}
