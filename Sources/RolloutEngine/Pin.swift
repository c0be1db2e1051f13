public import FleetModel

/// Which release an (app, environment) wants, which it has, and what waits.
public struct Pin: Sendable, Hashable, Codable {
  public let app: String
  public let environment: String
  /// What is wanted: rolled out, or being rolled out.
  public internal(set) var release: ReleaseID?
  public internal(set) var movedAt: Instant?
  public internal(set) var movedBy: String?
  public internal(set) var reason: String?
  /// The last release that arrived on every target of its plan but the debt.
  public internal(set) var stable: ReleaseID?
  /// Releases that wait for the open rollout, next first.
  public internal(set) var waiting: [Waiting] = []
  /// The one open rollout.
  public internal(set) var rollout: RolloutID?
  /// Rollouts so far; the next one's number is one more.
  public internal(set) var rollouts = 0
  /// Ordinal of the newest release that was ever wanted: automation never goes back behind it.
  public internal(set) var newest = 0
  /// Since when newer releases take over from each other without one that arrived.
  public internal(set) var supersedingSince: Instant?
  /// Clusters that the stable release left behind.
  public internal(set) var debt: [String: Debt] = [:]

  init(_ id: PinID) {
    app = id.app
    environment = id.environment
  }

  public var id: PinID { PinID(app: app, environment: environment) }

  public struct Waiting: Sendable, Hashable, Codable {
    public let release: ReleaseID
    public let actor: String
    public let reason: String?
    public let cause: PinMoved.Cause
    public let since: Instant
  }
}

/// What the engine knows of one registered cluster.
public struct ClusterStatus: Sendable, Hashable, Codable {
  public internal(set) var record: Cluster
  /// The environment that selects it; `nil` where none does.
  public internal(set) var environment: String?
  /// Sequence number of the event that placed it in its environment.
  public internal(set) var placed: Int
  public internal(set) var cordon: Pause?
  /// Who delivers there, where the cluster is pulled for.
  public internal(set) var agent: AgentIdentity?
  /// By app.
  public internal(set) var deployed: [String: Deployed] = [:]
}
