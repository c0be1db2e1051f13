/// What names a resource inside a build.
struct ResourceID: Hashable, Sendable, CustomStringConvertible {
  var type: GroupVersionKind
  var name: String
  /// As comparisons see it: `default` for none, ``notANamespace`` for cluster-scoped types.
  var effectiveNamespace: String

  static let notANamespace = "_non_namespaceable_"

  init(type: GroupVersionKind, name: String, namespace: String) {
    self.type = type
    self.name = name
    effectiveNamespace =
      type.isClusterScoped ? Self.notANamespace : namespace.isEmpty ? "default" : namespace
  }

  var isClusterScoped: Bool { effectiveNamespace == Self.notANamespace }

  /// kustomize's text form, for messages.
  var description: String {
    "\(type.text)/\(name.isEmpty ? "[noName]" : name)."
      + (effectiveNamespace == "default" || isClusterScoped ? "[noNs]" : effectiveNamespace)
  }
}
