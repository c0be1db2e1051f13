/// A list as every collection of the API answers it.
public struct ItemList<Item: Codable & Sendable>: Codable, Sendable {
  public var items: [Item]
  /// The number of the last event that this answer includes: events after it are news.
  public var sequence: Int

  public init(items: [Item], sequence: Int) {
    self.items = items
    self.sequence = sequence
  }
}

/// Who did something on purpose, when and why.
public struct DecisionDocument: Codable, Sendable, Hashable {
  public var by: String
  public var since: Timestamp
  public var reason: String?
  /// When it ends by itself.
  public var until: Timestamp?

  public init(by: String, since: Timestamp, reason: String? = nil, until: Timestamp? = nil) {
    self.by = by
    self.since = since
    self.reason = reason
    self.until = until
  }
}
