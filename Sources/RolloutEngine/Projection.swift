/// Names one row that the state is stored as.
public struct ProjectionKey: Sendable, Hashable, Comparable, Codable {
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    case configuration, cluster, commit, release, pin, rollout, wave, target, hold, freeze
    case deletions
  }

  public let kind: Kind
  /// Unique within its kind: `web-prod-3`, `web-prod-3/eu-1`, `web/prod`, …
  public let id: String

  public init(_ kind: Kind, _ id: String) {
    self.kind = kind
    self.id = id
  }

  public static func < (a: Self, b: Self) -> Bool {
    (a.kind.rawValue, a.id) < (b.kind.rawValue, b.id)
  }
}

/// One piece of the state in canonical JSON.
public struct ProjectionRow: Sendable, Hashable {
  public let key: ProjectionKey
  public let json: [UInt8]

  public init(key: ProjectionKey, json: [UInt8]) {
    self.key = key
    self.json = json
  }
}
