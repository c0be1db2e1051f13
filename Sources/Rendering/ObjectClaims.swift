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
