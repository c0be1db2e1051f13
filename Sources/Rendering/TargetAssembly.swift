internal import Manifests

/// From the objects that an overlay builds to the target states of clusters: what all clusters have
/// in common is made once, only objects that hold variables are made for each.
struct TargetAssembly: Sendable {
  private enum Part: Sendable {
    case finished(ManifestObject)
    case substituted(ObjectSubstitution, index: Int)
  }

  private let parts: [Part]
  private let namespace: String?
  private let scopes: Scopes?
  private let key: Digest?

  /// Most that one target state costs to keep, in objects.
  var count: Int { parts.count }

  /// - Parameters:
  ///   - namespace: for objects that belong into one and name none.
  ///   - substitutes: whether `${name}` stands for a value of the cluster.
  ///   - key: a secret that the digest depends on, where the objects hold clear text of encrypted
  ///     files.
  init(
    _ nodes: [Node], namespace: String?, substitutes: Bool, key: Digest? = nil
  ) throws(OverlayFault) {
    self.key = key
    self.namespace = namespace
    scopes = namespace == nil ? nil : Scopes(of: nodes)
    var parts: [Part] = []
    parts.reserveCapacity(nodes.count)
    for (index, node) in nodes.enumerated() {
      if substitutes, let substitution = try ObjectSubstitution(node) {
        parts.append(.substituted(substitution, index: index))
      } else {
        parts.append(
          .finished(try Self.object(node, at: index, namespace: namespace, scopes: scopes)))
      }
    }
    if parts.isEmpty {
      throw OverlayFault(
        "builds to no object at all, which would delete everything that the app has on "
          + "the cluster; to take the app from a cluster, narrow its 'clusters' selector")
    }
    self.parts = parts
  }

  /// The target state with these values of variables.
  func state(_ variables: [String: String]) throws(OverlayFault) -> TargetState {
    var objects: [ManifestObject] = []
    objects.reserveCapacity(parts.count)
    for part in parts {
      switch part {
      case .finished(let object): objects.append(object)
      case .substituted(let substitution, let index):
        let node = try substitution.applied(variables)
        objects.append(
          try Self.object(node, at: index, namespace: namespace, scopes: scopes))
      }
    }
    var seen = Set<ResourceIdentity>(minimumCapacity: objects.count)
    for object in objects where !seen.insert(object.identity).inserted {
      throw OverlayFault(
        "holds \(object.identity) (\(object.identity.apiVersion)) twice; remove one of them")
    }
    return TargetState(objects, key: key)
  }

  private static func object(
    _ node: Node, at index: Int, namespace: String?, scopes: Scopes?
  ) throws(OverlayFault) -> ManifestObject {
    var placed = node
    if let namespace, let scopes { placed = scopes.placing(node, into: namespace) }
    guard let object = ManifestObject(placed) else {
      throw OverlayFault(lack(of: placed, at: index))
    }
    return object
  }

  /// What an object without an identity lacks.
  private static func lack(of node: Node, at index: Int) -> String {
    let kind = node["kind"]?.scalar?.text
    let what = kind.map { "a \($0)" } ?? "object \(index + 1) of the output"
    if kind == nil { return "\(what) has no kind" }
    if node.value(at: "metadata", "generateName") != nil {
      return "\(what) has 'generateName' and no name: it would be created anew with every apply; "
        + "give it a name"
    }
    return "\(what) has no metadata.name"
  }
}
