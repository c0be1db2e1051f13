/// One entry of the event log as it is stored.
public struct StoredEvent: Sendable, Hashable {
  /// 1 for the first event; no gaps.
  public var sequence: Int
  /// Milliseconds since 1970-01-01T00:00:00Z.
  public var at: Int64
  public var actor: String
  public var reason: String?
  /// The name of the event, for queries.
  public var type: String
  /// The event as JSON, with all of the above: what the chain of hashes is made over.
  public var body: String

  public init(
    sequence: Int, at: Int64, actor: String, reason: String?, type: String, body: String
  ) {
    self.sequence = sequence
    self.at = at
    self.actor = actor
    self.reason = reason
    self.type = type
    self.body = body
  }
}

/// One piece of the state that the log folds to: what a reader needs without folding.
public struct StoredProjection: Sendable, Hashable {
  public var kind: String
  public var key: String
  /// Canonical JSON.
  public var body: String

  public init(kind: String, key: String, body: String) {
    self.kind = kind
    self.key = key
    self.body = body
  }
}

/// A change of one projection row: `body` is `nil` where the row goes away.
public struct StoredProjectionChange: Sendable, Hashable {
  public var kind: String
  public var key: String
  public var body: String?

  public init(kind: String, key: String, body: String?) {
    self.kind = kind
    self.key = key
    self.body = body
  }
}

/// All that one transaction writes: events, and what they change.
public struct StoreBatch: Sendable {
  public var events: [StoredEvent] = []
  public var projections: [StoredProjectionChange] = []

  public init() {}
}
