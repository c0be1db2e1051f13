/// Why something does not move.
public struct BlockerDocument: Codable, Sendable, Hashable {
  /// What waits, as `explain` takes it: `rollout/…`, `wave/…`, `target/…`, `pin/…`, `fleet`.
  public var object: String
  /// One sentence for people.
  public var message: String
  public var since: Timestamp?
  /// When it ends by itself, where that is known.
  public var until: Timestamp?
  /// Who or what can clear it.
  public var clearedBy: String
  /// The command that clears it, as it is to be typed.
  public var command: String?

  public init(
    object: String, message: String, since: Timestamp? = nil,
    until: Timestamp? = nil, clearedBy: String, command: String? = nil
  ) {
    self.object = object
    self.message = message
    self.since = since
    self.until = until
    self.clearedBy = clearedBy
    self.command = command
  }
}

/// `GET /api/v1/explain`: everything that waits, or one object.
public struct ExplanationDocument: Codable, Sendable, Hashable {
  /// The object that was asked about, as the hub understood it.
  public var object: String?
  /// How the object is, in one line.
  public var summary: String
  public var blockers: [BlockerDocument]

  public init(object: String?, summary: String, blockers: [BlockerDocument]) {
    self.object = object
    self.summary = summary
    self.blockers = blockers
  }
}
