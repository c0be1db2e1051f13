public import FleetModel
public import Manifests

/// The frozen intention of a rollout: which clusters, in which waves, from which digest to which.
public struct Plan: Sendable, Hashable, Codable {
  public struct Wave: Sendable, Hashable, Codable {
    public let name: String
    /// `nil` is no limit.
    public let maxConcurrent: Int?
    public let maxFailures: Int
    public let maxUnreachable: Int
    public let progressDeadline: TimeSpan
    public let soak: TimeSpan
    /// In the order of dispatch.
    public let targets: [Target]
  }

  public struct Target: Sendable, Hashable, Codable {
    public let cluster: String
    public let base: Digest?
    public let digest: Digest
  }

  public let app: String
  public let environment: String
  public let release: ReleaseID
  public let from: ReleaseID?
  public let waves: [Wave]
  /// Clusters that already have the wanted digest.
  public let unchanged: Int

  public var targetCount: Int { waves.reduce(0) { $0 + $1.targets.count } }

  /// SHA-256 of the canonical JSON: two plans with one digest do the same.
  public var digest: Digest { Digest(hashing: CanonicalJSON.encode(self)) }
}
