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

  /// For messages: kind, namespace unless it is the default one, name.
  var description: String {
    let name = name.isEmpty ? "without a name" : name
    let hasNamespace = effectiveNamespace != "default" && !isClusterScoped
    return hasNamespace
      ? "\(type.kind) \(effectiveNamespace)/\(name)" : "\(type.kind) \(name)"
  }

  /// The same with the API version, where that may be what is wrong.
  var fullDescription: String { "\(self) (\(type.apiVersion))" }
}
