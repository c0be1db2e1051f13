internal import Manifests

/// What happened to one object.
struct WatchEvent: Sendable {
  enum Kind: String, Sendable {
    case added = "ADDED"
    case modified = "MODIFIED"
    case deleted = "DELETED"
  }

  let kind: Kind
  let resourceVersion: Int
  /// As ``ResourceType/groupResource``.
  let groupResource: String
  let object: StoredObject
  /// What the object was before, to see whether it left a selector.
  let previous: StoredObject?
}

/// The latest events of a cluster, a ring of fixed size. Watches that start before it get 410.
struct WatchHistory: Sendable {
  let limit: Int
  private var ring: [WatchEvent] = []
  private var next = 0
  /// The newest resource version that is no longer held.
  private(set) var forgotten = 0

  init(limit: Int) { self.limit = max(1, limit) }

  mutating func append(_ event: WatchEvent) {
    if ring.count < limit {
      ring.append(event)
    } else {
      forgotten = ring[next].resourceVersion
      ring[next] = event
      next = (next + 1) % limit
    }
  }

  /// Forgets everything up to `resourceVersion`, as a compaction of etcd does.
  mutating func compact(to resourceVersion: Int) {
    forgotten = max(forgotten, resourceVersion)
  }

  /// The events after `resourceVersion`, oldest first; `nil` when some of them are gone.
  func events(after resourceVersion: Int) -> [WatchEvent]? {
    if resourceVersion < forgotten { return nil }
    return (ring[next...] + ring[..<next]).filter { $0.resourceVersion > resourceVersion }
  }
}
