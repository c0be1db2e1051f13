internal import FleetModel
internal import Manifests

/// Look-up tables over the state, rebuilt when it is loaded.
struct Catalog: Sendable {
  /// By app, in the order of the branch.
  var releases: [String: [ReleaseID]] = [:]
  /// By app and cluster: every change of the digest, in the order of releases.
  var digests: [String: [String: [Change]]] = [:]
  /// Clusters of each (app, environment), sorted.
  var members: [PinID: [String]] = [:]
  var openRollouts: Set<RolloutID> = []

  struct Change: Sendable {
    let ordinal: Int
    let sequence: Int
    let digest: Digest
  }
}
