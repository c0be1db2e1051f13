/// `GET /api/v1/drift`: what somebody changed of one app on one cluster since it was delivered.
public struct DriftDocument: Codable, Sendable, Hashable {
  public var cluster: String
  /// Missing for a cluster that left the configuration.
  public var environment: String?
  public var app: String
  public var since: Timestamp
  /// A line per object: what differs, and who changed it where the cluster says so.
  public var lines: [String]
  /// Whether a rollout takes it back.
  public var isCorrected: Bool

  public init(
    cluster: String, environment: String?, app: String, since: Timestamp, lines: [String],
    isCorrected: Bool
  ) {
    self.cluster = cluster
    self.environment = environment
    self.app = app
    self.since = since
    self.lines = lines
    self.isCorrected = isCorrected
  }
}
