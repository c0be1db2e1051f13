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
  /// SHA-256 over the objects' digests, in order; with a key, over the key and that.
  public let digest: Digest

  /// - Parameter key: a secret, for objects whose content must not be guessed from the digest.
  public init(_ objects: [ManifestObject], key: Digest? = nil) {
    self.objects = objects
    let digest = Digest(combining: objects.lazy.map(\.digest))
    self.digest = key.map { Digest(combining: [$0, digest]) } ?? digest
  }

  /// The objects under the name that whoever made the target state gave it: for who has not the key.
  public init(_ objects: [ManifestObject], named digest: Digest) {
    self.objects = objects
    self.digest = digest
  }

  public static func == (a: Self, b: Self) -> Bool { a.digest == b.digest }
}
