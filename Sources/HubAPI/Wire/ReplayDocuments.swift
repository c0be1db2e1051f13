/// A rollout as it stood after one event.
public struct ReplayDocument: Codable, Sendable, Hashable {
  /// Sequence number of that event.
  public var sequence: Int
  public var at: Timestamp
  /// What the event says.
  public var message: String
  /// Without what it waited for, which rests on more than its own log.
  public var rollout: RolloutDocument
  /// In the order of the waves.
  public var targets: [TargetDocument]
}

/// What changed in a rollout between two events.
public struct ReplayDifferenceDocument: Codable, Sendable, Hashable {
  public struct Change: Codable, Sendable, Hashable {
    /// `rollout`, `wave/NAME` or `target/CLUSTER`.
    public var object: String
    public var field: String
    /// Missing where there was nothing, as below.
    public var before: String?
    public var after: String?
  }

  public var rollout: String
  /// Sequence numbers.
  public var from: Int
  public var to: Int
  public var changes: [Change]
  /// Those after `from` up to `to`.
  public var events: [EventDocument]
}
