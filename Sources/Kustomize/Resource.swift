internal import Manifests

/// One object on its way through a build, with what kustomize remembers about it.
struct Resource: Sendable {
  /// Apart, so that resources stay small where nothing is traced.
  private final class Tracing: Sendable {
    let trace: ObjectTrace
    init(_ trace: ObjectTrace) { self.trace = trace }
  }

  /// A name that the resource had earlier.
  struct PreviousName: Hashable, Sendable {
    var kind: String
    var name: String
    var effectiveNamespace: String
  }

  /// The object. After a change of its kind, API version or metadata call ``refreshID()``.
  var node: Node
  private(set) var id: ResourceID
  /// `metadata.namespace` as it is written; empty for none.
  private(set) var namespace: String
  /// Oldest first; only changes are recorded.
  var history: [PreviousName] = []
  var prefixes: [String] = []
  var suffixes: [String] = []
  var needsHash = false
  /// Names of the variables that take their value from here.
  var variables: [String] = []
  var origin: Origin?
  var transformations: [Origin] = []
  var place: SourcePlace?
  /// Its history, where the build is traced.
  var trace: ObjectTrace? {
    get { tracing?.trace }
    set { tracing = newValue.map(Tracing.init) }
  }
  private var tracing: Tracing?
  /// The next number for scalars that share.
  var nextSharing: UInt32 = 1

  init(_ node: Node, place: SourcePlace? = nil) {
    self.node = node
    self.place = place
    (id, namespace) = Self.identify(node)
  }

  var type: GroupVersionKind { id.type }
  var name: String { id.name }
  var kind: String { id.type.kind }

  private static func identify(_ node: Node) -> (ResourceID, String) {
    let metadata = node["metadata"]
    let namespace = text(metadata?["namespace"])
    let type = GroupVersionKind(apiVersion: text(node["apiVersion"]), kind: text(node["kind"]))
    return (ResourceID(type: type, name: text(metadata?["name"]), namespace: namespace), namespace)
  }

  private static func text(_ node: Node?) -> String {
    guard let scalar = node?.scalar, scalar.tag != .null || scalar.isUntagged else { return "" }
    return scalar.text
  }

  mutating func refreshID() { (id, namespace) = Self.identify(node) }

  /// Remembers the present name before a change.
  mutating func recordPreviousName() {
    history.append(
      PreviousName(
        kind: id.type.kind, name: id.name, effectiveNamespace: id.effectiveNamespace))
  }

  /// Earlier ids, oldest first. The API version is always the present one, as in kustomize.
  var previousIDs: [ResourceID] { history.map(id(of:)) }

  private func id(of previous: PreviousName) -> ResourceID {
    ResourceID(
      type: GroupVersionKind(
        group: id.type.group, version: id.type.version, kind: previous.kind),
      name: previous.name, namespace: previous.effectiveNamespace)
  }

  /// Whether `selector` selects the type that the resource had under any earlier name.
  func hadType(selectedBy selector: GroupVersionKind) -> Bool {
    (selector.group.isEmpty || selector.group == id.type.group)
      && (selector.version.isEmpty || selector.version == id.type.version)
      && history.contains { selector.kind.isEmpty || selector.kind == $0.kind }
  }

  /// The type of ``originalID``.
  var originalType: GroupVersionKind {
    var type = id.type
    if let first = history.first { type.kind = first.kind }
    return type
  }

  /// The first id that the resource had.
  var originalID: ResourceID { history.first.map(id(of:)) ?? id }

  /// All ids, oldest first, the present one last.
  var allIDs: [ResourceID] { history.isEmpty ? [id] : previousIDs + [id] }

  /// Whether anything is left of the object; a deleted one is empty until it is dropped.
  var isEmpty: Bool {
    switch node {
    case .mapping(let mapping): mapping.isEmpty
    default: node.isNull
    }
  }

  func scalarMap(_ path: String...) -> [String: String] {
    var node = node
    for key in path {
      guard let next = node[key] else { return [:] }
      node = next
    }
    guard let mapping = node.mapping else { return [:] }
    var result: [String: String] = [:]
    for pair in mapping.pairs {
      if let scalar = pair.value.scalar { result[pair.key] = scalar.text }
    }
    return result
  }
}
