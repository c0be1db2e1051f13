public import FleetModel
public import Manifests

/// Something that is to be done in the world. Doing it twice equals doing it once, so a hub
/// that starts does all of ``State/openEffects``.
public struct Effect: Sendable, Hashable, Codable {
  public enum Kind: Sendable, Hashable, Codable {
    /// Bring a target state to a cluster, then report health until told otherwise.
    case deliver(Assignment)
    /// Delete what the list names and is still there, and nothing else; then report health.
    case prune(Assignment, DeletionList)
    /// Report health of what was delivered already; nothing is applied.
    case observe(Assignment)
    /// Stop delivering and observing this attempt. What was applied stays.
    case withdraw(Assignment)
    /// Compute digests of a release for clusters that joined after it.
    case render(RenderRequest)
    /// Ask a gate until it passes or fails or nobody waits for it any more.
    case check(GateCheck)
  }

  /// `rollout/cluster/attempt/kind`.
  public let key: String
  public let kind: Kind

  public init(key: String, kind: Kind) {
    self.key = key
    self.kind = kind
  }
}

/// One attempt at one target.
public struct Assignment: Sendable, Hashable, Codable {
  public var rollout: RolloutID
  public var app: String
  public var environment: String
  public var cluster: String
  public var attempt: Int
  public var release: ReleaseID
  public var commit: String
  public var digest: Digest
  /// What the plan found on the cluster.
  public var base: Digest?
  public var dispatchedAt: Instant
  /// What is on the cluster beyond the target state is reported and stays. Otherwise it is deleted
  /// with the apply, as plans of earlier versions ask for.
  public var reportsLeftovers: Bool
  /// Fields that others changed are taken back; otherwise they are an error.
  public var takesOver: Bool

  public init(
    rollout: RolloutID, app: String, environment: String, cluster: String, attempt: Int,
    release: ReleaseID, commit: String, digest: Digest, base: Digest?, dispatchedAt: Instant,
    reportsLeftovers: Bool, takesOver: Bool
  ) {
    self.rollout = rollout
    self.app = app
    self.environment = environment
    self.cluster = cluster
    self.attempt = attempt
    self.release = release
    self.commit = commit
    self.digest = digest
    self.base = base
    self.dispatchedAt = dispatchedAt
    self.reportsLeftovers = reportsLeftovers
    self.takesOver = takesOver
  }
}

/// Digests wanted of a release for clusters that it does not name yet.
public struct RenderRequest: Sendable, Hashable, Codable {
  public var release: ReleaseID
  public var app: String
  public var commit: String
  /// The environment that the clusters belong to.
  public var environment: String
  /// Sorted.
  public var clusters: [String]
  /// Of the configuration with which to render.
  public var configuration: String

  public init(
    release: ReleaseID, app: String, commit: String, environment: String, clusters: [String],
    configuration: String
  ) {
    self.release = release
    self.app = app
    self.commit = commit
    self.environment = environment
    self.clusters = clusters
    self.configuration = configuration
  }
}
