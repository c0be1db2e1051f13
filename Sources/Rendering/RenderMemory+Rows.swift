internal import Kustomize
public import Manifests
internal import SourceTree

/// What a memory knows, as rows for a database: names of contents, never contents.
public struct RememberedRows: Sendable {
  /// A target state that was rendered once.
  public struct TargetState: Sendable, Hashable {
    /// Names all that it was made from: the renderer's version, the parameters, and every answer
    /// of the files.
    public let key: Digest
    public let rendererVersion: String
    /// Path of the overlay, its components with `/` between them.
    public let overlay: String
    /// Names the values of cluster and app that it was made from.
    public let parameters: Digest
    /// The piece that says what it was made from.
    public let dependencies: Digest
    public let digest: Digest
    public let objects: Int
    /// Hashes of the identities of its objects.
    public let claims: [UInt8]

    public init(
      key: Digest, rendererVersion: String, overlay: String, parameters: Digest,
      dependencies: Digest, digest: Digest, objects: Int, claims: [UInt8]
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

    init(
      _ target: RenderMemory.Name, digest: Digest, objects: Int, claims: [UInt8],
      dependencies: Digest
    ) {
      overlay = target.overlay.components.joined(separator: "/")
      rendererVersion = Renderer.version
      parameters = target.parameters
      self.dependencies = dependencies
      self.digest = digest
      self.objects = objects
      self.claims = claims
      var bytes = ByteWriter()
      bytes.write(rendererVersion)
      bytes.write(target.overlay.components)
      bytes.write(parameters)
      bytes.write(dependencies)
      key = Digest(hashing: bytes.bytes)
    }
  }

  public var states: [TargetState] = []
  /// What target states were made from, in pieces named by the digest of their bytes: paths and
  /// object ids. A piece may belong to many target states.
  public var pieces: [Digest: [UInt8]] = [:]

  public init() {}

  public var isEmpty: Bool { states.isEmpty }
}

extension RenderMemory {
  /// What was rendered since the last call, for a database.
  public func takeNewRows() -> RememberedRows { rows(of: takeNew()) }

  /// All that the latest versions of target states rest on.
  public func rowsInUse() -> RememberedRows { rows(of: latest()) }

  private func rows(of states: [(target: Name, known: Known)]) -> RememberedRows {
    var encoder = DependencyEncoder()
    var rows = RememberedRows()
    for (target, known) in states {
      rows.states.append(
        RememberedRows.TargetState(
          target, digest: known.digest, objects: known.objects, claims: known.claims.bytes,
          dependencies: encoder.name(of: known.dependencies)))
    }
    rows.pieces = encoder.pieces
    return rows
  }

  /// Takes over what an earlier process rendered, oldest first. Rows of another ``Renderer/version``,
  /// and what is damaged or incomplete, are passed over. Answers how many target states are known.
  @discardableResult
  public func restore(_ rows: RememberedRows) -> Int {
    var decoder = DependencyDecoder(rows.pieces, sets: builds.factSets)
    var count = 0
    for row in rows.states where row.rendererVersion == Renderer.version {
      let components = row.overlay.utf8.split(separator: UInt8(ascii: "/"))
        .map { String(decoding: $0, as: UTF8.self) }
      let target = Name(
        overlay: components.reduce(TreePath.root) { $0.appending(component: $1) },
        parameters: row.parameters)
      guard let claims = ObjectClaims(bytes: row.claims), claims.hashes.count == row.objects,
        let dependencies = decoder.dependencies(row.dependencies),
        RememberedRows.TargetState(
          target, digest: row.digest, objects: row.objects, claims: row.claims,
          dependencies: row.dependencies) == row
      else { continue }
      remember(
        Known(
          dependencies: dependencies, digest: row.digest, objects: row.objects, claims: claims),
        of: target, isNew: false)
      count += 1
    }
    return count
  }
}
