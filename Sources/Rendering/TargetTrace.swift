public import FleetModel
public import Kustomize
public import Manifests
internal import SourceTree

/// Who gave the fields of a target state their values.
///
/// Values of Secrets are masked.
public struct TargetTrace: Sendable {
  public struct Object: Sendable {
    public let identity: ResourceIdentity
    /// What brought the object in.
    public let origin: FieldSource
    public let fields: [Field]
  }

  /// A field that is not as the object's first source had it.
  public struct Field: Sendable {
    public let path: NodePath
    /// The last one to change it.
    public let source: FieldSource
    /// What the first source had; `nil` where it had nothing.
    public let before: Node?
    /// `nil` where the field was removed.
    public let value: Node?
  }

  public let app: String
  public let cluster: String
  /// The directory that was built.
  public let overlay: String
  public let digest: Digest
  /// In the order of the target state.
  public let objects: [Object]
}

extension Renderer {
  /// How the target state of `app` on `cluster` came about. Builds anew with notes of every step,
  /// which takes several times as long as rendering.
  ///
  /// - Parameter fleet: where app and cluster are declared.
  public func trace(
    app: String, cluster: String, fleet: LoadedFleet
  ) throws(RenderError) -> TargetTrace {
    let (rendered, traces) = try traced(app: app, cluster: cluster)
    func declared(_ what: String, _ kind: FleetKind, _ name: String) -> FieldSource {
      let place = fleet.place(kind, name)
      return FieldSource(what, file: place.flatMap { TreePath($0.file) }, line: place?.line)
    }
    // Objects stand in the order in which they were built.
    let objects = zip(rendered.state.objects, traces).map { object, trace in
      var trace = trace
      trace.attribute(object.node) { change in
        if change.path.isWithin("metadata", "namespace"), change.before == nil {
          return declared("namespace of the app", .app, app)
        }
        let names = change.before.map(Renderer.variables) ?? []
        return declared(
          names.isEmpty
            ? "substitution" : "variable \(names.sorted().joined(separator: ", "))", .cluster,
          cluster)
      }
      return TargetTrace.Object(object, trace)
    }
    return TargetTrace(
      app: app, cluster: cluster, overlay: rendered.overlay.description,
      digest: rendered.state.digest, objects: objects)
  }

  /// The variables that a value holds.
  private static func variables(_ node: Node) -> Set<String> {
    switch node {
    case .scalar(let scalar):
      // What could not be read was reported when the target state was rendered.
      (try? SubstitutionTemplate(Array(scalar.text.utf8)))?.names ?? []
    case .sequence(let items): items.reduce(into: []) { $0.formUnion(variables($1)) }
    case .mapping(let mapping):
      mapping.pairs.reduce(into: []) { $0.formUnion(variables($1.value)) }
    }
  }
}

extension TargetTrace.Object {
  fileprivate init(_ object: ManifestObject, _ trace: ObjectTrace) {
    identity = object.identity
    origin = trace.origin
    let isSecret = SecretMask.isSecret(object.node)
    fields = trace.changes.map { change in
      var before = change.before
      var value = change.isRemoval ? nil : object.node.value(at: change.path)
      if isSecret {
        let masked = SecretMask.masking(
          FieldChange(path: change.path, before: before, after: value))
        (before, value) = (masked.before, masked.after)
      }
      return TargetTrace.Field(
        path: change.path, source: change.source, before: before, value: value)
    }
  }
}

extension TargetTrace {
  /// The trace as a document for programs. Stable: fields are only added.
  public var document: Node {
    .object([
      "app": .string(app), "cluster": .string(cluster), "overlay": .string(overlay),
      "digest": .string(digest.hex), "objects": .sequence(objects.map(\.document)),
    ])
  }
}

extension TargetTrace.Object {
  fileprivate var document: Node {
    var pairs = [
      Mapping.Pair("apiVersion", .string(identity.apiVersion)),
      Mapping.Pair("kind", .string(identity.kind)),
    ]
    if !identity.namespace.isEmpty {
      pairs.append(Mapping.Pair("namespace", .string(identity.namespace)))
    }
    pairs.append(Mapping.Pair("name", .string(identity.name)))
    pairs.append(Mapping.Pair("source", origin.document))
    pairs.append(Mapping.Pair("fields", .sequence(fields.map(\.document))))
    return .mapping(Mapping(pairs))
  }
}

extension TargetTrace.Field {
  fileprivate var document: Node {
    var pairs = [Mapping.Pair("path", .string("\(path)"))]
    if let before { pairs.append(Mapping.Pair("before", before)) }
    if let value { pairs.append(Mapping.Pair("value", value)) }
    if value == nil { pairs.append(Mapping.Pair("removed", .bool(true))) }
    pairs.append(Mapping.Pair("source", source.document))
    return .mapping(Mapping(pairs))
  }
}

extension FieldSource {
  fileprivate var document: Node {
    var pairs = [Mapping.Pair("by", .string(what))]
    if let file { pairs.append(Mapping.Pair("file", .string(file.description))) }
    if let line { pairs.append(Mapping.Pair("line", .int(line))) }
    return .mapping(Mapping(pairs))
  }
}
