public import Manifests

/// What an apply did to the objects of a target state.
public struct ApplyReport: Sendable, Equatable {
  /// Created or changed.
  public var applied: [ResourceIdentity]
  /// Sent, and found as they were.
  public var unchanged: [ResourceIdentity]
  /// Deleted, because they are ours and no longer in the target state.
  public var pruned: [ResourceIdentity]
  /// Of the pruned: those that finalizers or their content still hold.
  public var terminating: [ResourceIdentity]
  /// Ours and no longer in the target state, and kept by the prune policy.
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
public enum PrunePolicy: Sendable, Hashable {
  case delete
  case keep
}
