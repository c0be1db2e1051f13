public import FleetModel
public import Manifests

/// What is on a cluster of one app, by the last trustworthy evidence.
public struct Deployed: Sendable, Hashable, Codable {
  /// `nil` between a dispatch and its confirmation: then nobody knows.
  public internal(set) var digest: Digest?
  public internal(set) var since: Instant

  public init(digest: Digest?, since: Instant) {
    self.digest = digest
    self.since = since
  }
}
