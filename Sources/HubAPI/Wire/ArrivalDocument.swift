/// `GET /api/v1/arrivals`: how far a change is on its way to an environment, one item per app.
public struct ArrivalDocument: Codable, Sendable, Hashable {
  public var app: String
  /// What the change means for the app.
  public var release: String
  public var environment: String
  /// The release that is stable there, where that is `release` or a later one.
  public var stable: String?
  /// The environment that it has to get through next: this one or one before it.
  public var at: String
  /// The rollout that is open there.
  public var rollout: String?
  /// That rollout's phase.
  public var phase: String?
  /// What keeps it.
  public var blockers: [BlockerDocument]

  public init(
    app: String, release: String, environment: String, stable: String?, at: String,
    rollout: String?, phase: String?, blockers: [BlockerDocument]
  ) {
    self.app = app
    self.release = release
    self.environment = environment
    self.stable = stable
    self.at = at
    self.rollout = rollout
    self.phase = phase
    self.blockers = blockers
  }
}
