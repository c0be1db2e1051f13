internal import Manifests

/// One version of an object. Immutable, so the store and the watch history share it.
final class StoredObject: Sendable {
  /// What the clients wrote and the status, without the metadata that only the server writes.
  let content: Node
  let system: SystemFields
  let managers: [ManagedFieldsEntry]

  init(content: Node, system: SystemFields, managers: [ManagedFieldsEntry]) {
    self.content = content
    self.system = system
    self.managers = managers
  }

  var name: String { content.value(at: "metadata", "name")?.string ?? "" }
  var namespace: String { content.value(at: "metadata", "namespace")?.string ?? "" }

  /// String labels; others cannot be stored.
  var labels: [String: String] { strings("labels") }
  var annotations: [String: String] { strings("annotations") }
  var finalizers: [String] {
    content.value(at: "metadata", "finalizers")?.sequence?.compactMap(\.string) ?? []
  }

  private func strings(_ key: String) -> [String: String] {
    var found: [String: String] = [:]
    for pair in content.value(at: "metadata", key)?.mapping?.pairs ?? [] {
      found[pair.key] = pair.value.string
    }
    return found
  }

  /// The object as the API shows it.
  var node: Node {
    var node = content
    _ = node["metadata"]?.withMapping { metadata in
      metadata["uid"] = .string(system.uid.description)
      // 0 only in answers to dry runs that create.
      if system.resourceVersion > 0 {
        metadata["resourceVersion"] = .string(String(system.resourceVersion))
      }
      if system.generation > 0 { metadata["generation"] = .int(system.generation) }
      metadata["creationTimestamp"] = .string(Timestamp.text(system.created))
      if let deleted = system.deleted {
        metadata["deletionTimestamp"] = .string(Timestamp.text(deleted))
        metadata["deletionGracePeriodSeconds"] = .int(0)
      }
      if !managers.isEmpty { metadata["managedFields"] = .sequence(managers.map(\.node)) }
    }
    return node
  }
}

/// Metadata that the server writes.
struct SystemFields: Sendable {
  var uid: ObjectUID
  var resourceVersion: Int
  /// 0 for kinds without one.
  var generation: Int
  /// Seconds since 1970.
  var created: Int
  /// When deletion was asked for; the object waits for its finalizers.
  var deleted: Int?
}

/// A random (version 4) UUID.
struct ObjectUID: Sendable, Hashable, CustomStringConvertible {
  private let high: UInt64
  private let low: UInt64

  init(using random: inout SeededRandom) {
    high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
  }

  var description: String {
    func hex(_ value: UInt64, _ digits: Int) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    return [
      hex(high >> 32, 8), hex(high >> 16 & 0xFFFF, 4), hex(high & 0xFFFF, 4), hex(low >> 48, 4),
      hex(low & 0xFFFF_FFFF_FFFF, 12),
    ].joined(separator: "-")
  }
}

/// SplitMix64: the same seed gives the same run.
struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// A stream of its own for `name`.
  init(seed: UInt64, name: String) {
    state = name.utf8.reduce(seed ^ 0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
