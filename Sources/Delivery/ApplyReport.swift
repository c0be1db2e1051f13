public import Manifests

/// What an apply did to the objects of a target state.
public struct ApplyReport: Sendable, Equatable, Codable {
  /// Created or changed.
  public var applied: [ResourceIdentity]
  /// Found as they were: not sent, because neither what was rendered nor what is there has changed
  /// since the last apply, or sent without effect.
  public var unchanged: [ResourceIdentity]
  /// Deleted, because they are ours and no longer in the target state.
  public var pruned: [ResourceIdentity]
  /// Deleted, now or before, and still there: finalizers or their content hold them.
  public var terminating: [ResourceIdentity]
  /// Ours, no longer in the target state, and left: by the policy, or because no list named them.
  public var kept: [ResourceIdentity]

  public init(
    applied: [ResourceIdentity] = [], unchanged: [ResourceIdentity] = [],
    pruned: [ResourceIdentity] = [], terminating: [ResourceIdentity] = [],
    kept: [ResourceIdentity] = []
  ) {
    self.applied = applied
    self.unchanged = unchanged
    self.pruned = pruned
    self.terminating = terminating
    self.kept = kept
  }
}

/// What becomes of objects that are ours and left the target state.
public enum PrunePolicy: String, Sendable, Hashable, Codable {
  /// They are deleted once the target state is applied.
  case delete
  /// They stay and are reported; ``ClusterDelivery/prune(_:beside:app:mark:)`` may delete them later.
  case keep
}
