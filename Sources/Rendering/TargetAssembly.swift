internal import Manifests

/// From the objects that an overlay builds to the target state of a cluster.
enum TargetAssembly {
  static func state(
    of nodes: [Node], _ parameters: TargetParameters
  ) throws(OverlayFault) -> TargetState {
    var objects: [ManifestObject] = []
    objects.reserveCapacity(nodes.count)
    let scopes = parameters.namespace == nil ? nil : Scopes(of: nodes)
    for (index, node) in nodes.enumerated() {
      var placed = node
      if let namespace = parameters.namespace, let scopes {
        placed = scopes.placing(node, into: namespace)
      }
      guard let object = ManifestObject(placed) else {
        throw OverlayFault(lack(of: placed, at: index))
      }
      objects.append(object)
    }
    if objects.isEmpty {
      throw OverlayFault(
        "builds to no object at all, which would delete everything that the app has on "
          + "the cluster; to take the app from a cluster, narrow its 'clusters' selector")
    }
    var seen = Set<ResourceIdentity>()
    for object in objects where !seen.insert(object.identity).inserted {
      throw OverlayFault(
        "holds \(object.identity) (\(object.identity.apiVersion)) twice; remove one of them")
    }
    return TargetState(objects)
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
