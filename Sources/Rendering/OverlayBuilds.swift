internal import Kustomize
internal import Manifests
internal import SourceTree
internal import Synchronization

/// Why an overlay gives no target state, not yet said for which app and cluster.
struct OverlayFault: Error {
  var file: String?
  var line: Int?
  var column: Int?
  let reason: String
}

/// The overlays of one commit, each built once for all clusters that use it.
final class OverlayBuilds: Sendable {
  let tree: SharedTree
  /// Parsed files and finished bases, which overlays have in common.
  private let cache = BuildCache()
  private let built = Mutex<[Key: Result<Renderer.Rendered, OverlayFault>]>([:])

  private struct Key: Hashable {
    let overlay: TreePath
    let namespace: String?
  }

  init(tree: any FileTree) { self.tree = SharedTree(tree) }

  /// The target state of the overlay, its objects put into `namespace` where they name none.
  func rendered(
    _ overlay: TreePath, namespace: String?
  ) throws(OverlayFault) -> Renderer.Rendered {
    let key = Key(overlay: overlay, namespace: namespace)
    if let known = built.withLock({ $0[key] }) { return try known.get() }
    // Two tasks may do the same build at the same time; what comes out is the same.
    let result = Result { () throws(OverlayFault) in try build(overlay, namespace: namespace) }
    built.withLock { $0[key] = result }
    return try result.get()
  }

  private func build(
    _ overlay: TreePath, namespace: String?
  ) throws(OverlayFault) -> Renderer.Rendered {
    let result: BuildResult
    do { result = try KustomizeBuild.build(tree, at: overlay, cache: cache) } catch {
      throw OverlayFault(
        file: error.file?.description, line: error.line, column: error.column,
        reason: error.message)
    }
    var objects: [ManifestObject] = []
    objects.reserveCapacity(result.objects.count)
    let scopes = Scopes(of: result.objects)
    for (index, node) in result.objects.enumerated() {
      let placed = namespace.map { scopes.placing(node, into: $0) } ?? node
      guard let object = ManifestObject(placed) else {
        throw OverlayFault(reason: OverlayBuilds.lack(of: placed, at: index))
      }
      objects.append(object)
    }
    if objects.isEmpty {
      throw OverlayFault(
        reason: "builds to no object at all, which would delete everything that the app has on "
          + "the cluster; to take the app from a cluster, narrow its 'clusters' selector")
    }
    var seen = Set<ResourceIdentity>()
    for object in objects where !seen.insert(object.identity).inserted {
      throw OverlayFault(
        reason: "holds \(object.identity) (\(object.identity.apiVersion)) twice; remove one of "
          + "them")
    }
    return Renderer.Rendered(
      state: TargetState(objects), overlay: overlay, warnings: result.warnings,
      files: result.files)
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
