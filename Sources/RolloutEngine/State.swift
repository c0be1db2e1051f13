public import FleetModel
public import Manifests

/// The whole hub as a value: configuration in force, releases, pins, rollouts, clusters.
///
/// Folded from the event log by ``apply(_:)``, stored as projection rows, changed by nothing else.
public struct State: Sendable {
  public internal(set) var configuration: ConfigurationInForce?
  /// By name.
  public internal(set) var clusters: [String: ClusterStatus] = [:]
  public internal(set) var releases: [ReleaseID: Release] = [:]
  /// Commits that made no release, by `<app>@<commit>` with all digits of the commit.
  public internal(set) var commits: [String: CommitOutcome] = [:]
  public internal(set) var pins: [PinID: Pin] = [:]
  public internal(set) var rollouts: [RolloutID: Rollout] = [:]
  /// What clusters hold beyond their target states, by the digest of the list.
  public internal(set) var deletionLists: [Digest: DeletionList] = [:]
  /// By ``Hold/key``.
  public internal(set) var holds: [String: Hold] = [:]
  /// By ``Freeze/key``.
  public internal(set) var freezes: [String: Freeze] = [:]
  /// Sequence number of the last event applied; 0 for an empty log.
  public internal(set) var sequence = 0

  // Derived from the above, so never stored.
  var catalog = Catalog()
  var timers = Timers()

  public init() {}
}

/// What `fleet/` of the last valid commit says, apart from clusters.
public struct ConfigurationInForce: Sendable, Hashable, Codable {
  public internal(set) var commit: String
  public internal(set) var acceptedAt: Instant
  public internal(set) var fleet: Fleet
  public internal(set) var apps: [App]
  public internal(set) var environments: [Environment]
  public internal(set) var windows: [Window]
  /// Who has which roles; `nil` for nobody.
  public internal(set) var access: [RoleBinding]?
  /// The newest commit, where that is invalid.
  public internal(set) var refused: Refused?

  public struct Refused: Sendable, Hashable, Codable {
    public let commit: String
    public let findings: [String]
    public let since: Instant
  }

  public func app(_ name: String) -> App? { apps.first { $0.name == name } }
  public func environment(_ name: String) -> Environment? {
    environments.first { $0.name == name }
  }
}
