public import Manifests

/// One write that a simulated cluster accepted.
public struct AuditRecord: Sendable {
  /// Counts the writes of a cluster from 1, without gaps.
  public let sequence: Int
  /// `apply`, `create`, `update`, `patch` or `delete`.
  public let verb: String
  /// The request's path inside the cluster, such as `/api/v1/namespaces/web/configmaps/shop`.
  public let path: String
  public let user: String
  public let fieldManager: String
  /// The digest of the canonical form of the object as the client sent it; `nil` without a body.
  public let digest: Digest?
  /// `labels` and `annotations` of what was sent, shared with equal records.
  let metadata: Node
  /// The object's resource version after the write.
  public let resourceVersion: Int
  /// Seconds since 1970.
  public let time: Double

  /// Labels of the object as the client sent it.
  public var labels: [String: String] { strings("labels") }
  /// Annotations of the object as the client sent it.
  public var annotations: [String: String] { strings("annotations") }

  private func strings(_ key: String) -> [String: String] {
    var found: [String: String] = [:]
    for pair in metadata[key]?.mapping?.pairs ?? [] { found[pair.key] = pair.value.string }
    return found
  }

  var node: Node {
    .object([
      "sequence": .int(sequence), "verb": .string(verb), "path": .string(path),
      "user": .string(user), "fieldManager": .string(fieldManager),
      "digest": digest.map { .string($0.hex) } ?? .null,
      "labels": metadata["labels"] ?? .emptyMapping,
      "annotations": metadata["annotations"] ?? .emptyMapping,
      "resourceVersion": .string(String(resourceVersion)),
      "time": .scalar(Scalar(String(time), tag: .float)),
    ])
  }
}

/// The latest writes of a cluster, a ring of fixed size.
struct AuditLog: Sendable {
  let limit: Int
  private var ring: [AuditRecord] = []
  private var next = 0
  private(set) var lastSequence = 0

  init(limit: Int) { self.limit = max(1, limit) }

  mutating func append(_ make: (_ sequence: Int) -> AuditRecord) {
    lastSequence += 1
    let record = make(lastSequence)
    if ring.count < limit {
      ring.append(record)
    } else {
      ring[next] = record
      next = (next + 1) % limit
    }
  }

  /// The records that are still held and come after `sequence`, oldest first.
  func records(after sequence: Int) -> [AuditRecord] {
    (ring[next...] + ring[..<next]).filter { $0.sequence > sequence }
  }
}
