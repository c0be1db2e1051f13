internal import Manifests

/// Which objects a target state holds, as hashes of their identities: enough to see that two apps do
/// not hold the same object, without keeping either. Equal identities have equal hashes on every
/// machine and in every run.
struct ObjectClaims: Sendable, Hashable {
  /// Ascending.
  let hashes: [UInt64]

  init(_ objects: [ManifestObject]) {
    hashes = objects.map { Self.hash($0.identity) }.sorted()
  }

  /// FNV-1a over group, kind, namespace and name.
  private static func hash(_ identity: ResourceIdentity) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for part in [identity.group, identity.kind, identity.namespace, identity.name] {
      for byte in part.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      // Names hold no such byte.
      hash = (hash ^ 0xff) &* 0x100_0000_01b3
    }
    return hash
  }
}

extension ObjectClaims {
  /// Eight bytes for each hash, the highest first.
  var bytes: [UInt8] {
    hashes.flatMap { hash in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: hash >> UInt64($0)) }
    }
  }

  /// Reads ``bytes`` back.
  init?(bytes: [UInt8]) {
    guard bytes.count % 8 == 0 else { return nil }
    hashes = stride(from: 0, to: bytes.count, by: 8).map { start in
      bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
  }
}
