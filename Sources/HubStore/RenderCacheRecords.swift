/// A target state that was rendered once: what it was made from, by name, and its digest. No
/// content of any object.
public struct StoredTargetState: Sendable, Hashable {
  /// Names all that it was made from; 32 bytes, as all names here.
  public var key: [UInt8]
  public var rendererVersion: String
  public var overlay: String
  public var parameters: [UInt8]
  /// The name of the piece that says what it was made from.
  public var dependencies: [UInt8]
  public var digest: [UInt8]
  public var objects: Int
  /// Hashes of the identities of its objects.
  public var claims: [UInt8]

  public init(
    key: [UInt8], rendererVersion: String, overlay: String, parameters: [UInt8],
    dependencies: [UInt8], digest: [UInt8], objects: Int, claims: [UInt8]
  ) {
    self.key = key
    self.rendererVersion = rendererVersion
    self.overlay = overlay
    self.parameters = parameters
    self.dependencies = dependencies
    self.digest = digest
    self.objects = objects
    self.claims = claims
  }
}

/// A piece of what target states were made from: paths and object ids.
public struct StoredPiece: Sendable, Hashable {
  public var name: [UInt8]
  public var body: [UInt8]

  public init(name: [UInt8], body: [UInt8]) {
    self.name = name
    self.body = body
  }
}

/// How much the database remembers of earlier renderings.
public struct RenderCacheLimits: Sendable {
  /// Target states.
  public var rows: Int
  /// Bytes of the pieces that they rest on.
  public var bytes: Int

  public init(rows: Int = 100_000, bytes: Int = 128 << 20) {
    self.rows = rows
    self.bytes = bytes
  }
}
