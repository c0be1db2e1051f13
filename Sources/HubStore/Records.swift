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
  /// The event as JSON.
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

/// Something that is to be done to the world, once. The key makes doing it twice the same as
/// doing it once.
public struct OutboxEntry: Sendable, Hashable {
  public var key: String
  /// The effect as JSON.
  public var body: String

  public init(key: String, body: String) {
    self.key = key
    self.body = body
  }
}

/// All that one transaction writes: events, what they change, what they cause, and what is done.
public struct StoreBatch: Sendable {
  public var events: [StoredEvent] = []
  public var projections: [StoredProjectionChange] = []
  public var effects: [OutboxEntry] = []
  /// Keys of outbox entries that were carried out.
  public var completedEffects: [String] = []

  public init() {}

  public var isEmpty: Bool {
    events.isEmpty && projections.isEmpty && effects.isEmpty && completedEffects.isEmpty
  }
}
