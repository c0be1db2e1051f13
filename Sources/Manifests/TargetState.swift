/// One rendered object with its identity and the digest of its canonical form.
public struct ManifestObject: Sendable, Equatable {
  public let node: Node
  public let identity: ResourceIdentity
  /// SHA-256 of the canonical form: JSON with sorted keys and without insignificant white space.
  public let digest: Digest

  /// `nil` when `node` has no kind or no name.
  public init?(_ node: Node) {
    guard let identity = ResourceIdentity(of: node) else { return nil }
    self.node = node
    self.identity = identity
    digest = JSON.digest(node)
  }

  public static func == (a: Self, b: Self) -> Bool { a.digest == b.digest }
}

/// The exact, ordered objects of one app for one cluster, named by its digest.
public struct TargetState: Sendable, Equatable {
  public let objects: [ManifestObject]
  /// SHA-256 over the objects' digests, in order.
  public let digest: Digest

  public init(_ objects: [ManifestObject]) {
    self.objects = objects
    digest = Digest(combining: objects.lazy.map(\.digest))
  }

  public static func == (a: Self, b: Self) -> Bool { a.digest == b.digest }
}
