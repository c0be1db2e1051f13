public import FleetModel
public import Manifests

/// What is on a cluster of one app, by the last trustworthy evidence.
public struct Deployed: Sendable, Hashable, Codable {
  /// `nil` between a dispatch and its confirmation: then nobody knows.
  public internal(set) var digest: Digest?
  public internal(set) var since: Instant
  /// What is there beyond the target state and waits to be deleted, by the digest of the list.
  public internal(set) var leftovers: Digest?
  /// What somebody changed since.
  public internal(set) var drift: DriftFound?
  /// When drift was last taken back here.
  public internal(set) var correctedAt: Instant?

  public init(
    digest: Digest?, since: Instant, leftovers: Digest? = nil, correctedAt: Instant? = nil
  ) {
    self.digest = digest
    self.since = since
    self.leftovers = leftovers
    self.correctedAt = correctedAt
  }
}
