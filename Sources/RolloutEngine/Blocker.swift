public import FleetModel

/// Why something open does not move, and what ends that. Computed from the state, never stored.
public struct Blocker: Sendable, Hashable, Codable {
  public enum Subject: Sendable, Hashable {
    case pin(PinID)
    case rollout(RolloutID)
    case wave(RolloutID, String)
    case target(RolloutID, cluster: String)
  }

  /// One line: `paused by anna: waiting for the database team`.
  public var what: String
  public var since: Instant?
  /// When it ends by itself.
  public var until: Instant?
  /// Who can clear it.
  public var who: String
  /// The command that clears it, ready to paste; `nil` where only time or a cluster can.
  public var command: String?

  public init(
    what: String, since: Instant?, until: Instant? = nil, who: String, command: String? = nil
  ) {
    self.what = what
    self.since = since
    self.until = until
    self.who = who
    self.command = command
  }
}
