/// kustomize's default order of output: kinds that others need come first.
enum LegacyOrder {
  static let first = [
    "Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition", "ServiceAccount",
    "PodSecurityPolicy", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ConfigMap",
    "Secret", "Endpoints", "Service", "LimitRange", "PriorityClass", "PersistentVolume",
    "PersistentVolumeClaim", "Deployment", "StatefulSet", "CronJob", "PodDisruptionBudget",
  ]
  static let last = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]

  private static let defaultRanks = ranks(first: first, last: last)

  private static func ranks(first: [String], last: [String]) -> [String: Int] {
    var ranks: [String: Int] = [:]
    for (index, kind) in first.enumerated() { ranks[kind] = index - first.count }
    for (index, kind) in last.enumerated() { ranks[kind] = index + 1 }
    return ranks
  }

  /// The order of types, which is also that of transformer configurations.
  static func precedes(_ a: GroupVersionKind, _ b: GroupVersionKind) -> Bool {
    let (x, y) = (defaultRanks[a.kind] ?? 0, defaultRanks[b.kind] ?? 0)
    return x == y ? a.sortKey < b.sortKey : x < y
  }

  /// Sorts resources. `first` and `last` replace the default lists of kinds.
  static func sort(_ resources: inout [Resource], first: [String]?, last: [String]?) {
    let isDefault = first == nil && last == nil
    let ranks =
      isDefault ? defaultRanks : ranks(first: first ?? self.first, last: last ?? self.last)
    let keyed = resources.map { resource in
      Entry(
        rank: ranks[resource.kind] ?? 0, type: resource.type.sortKey,
        id: idKey(resource), resource: resource)
    }
    resources = keyed.sorted { a, b in
      if a.resource.type != b.resource.type {
        if a.rank != b.rank { return a.rank < b.rank }
        let namespaces = a.resource.kind == "Namespace" && b.resource.kind == "Namespace"
        if namespaces, a.resource.type.group.isEmpty || b.resource.type.group.isEmpty {
          return b.type.utf8.lexicographicallyPrecedes(a.type.utf8)
        }
        return a.type.utf8.lexicographicallyPrecedes(b.type.utf8)
      }
      return a.id.utf8.lexicographicallyPrecedes(b.id.utf8)
    }.map(\.resource)
  }

  private struct Entry {
    let rank: Int
    let type: String
    let id: String
    let resource: Resource
  }

  private static func idKey(_ resource: Resource) -> String {
    let type = resource.type
    let text =
      "\(type.kind.isEmpty ? "[noKind]" : type.kind).\(type.version.isEmpty ? "[noVer]" : type.version)"
      + ".\(type.group.isEmpty ? "[noGrp]" : type.group)"
    let namespace = resource.namespace.isEmpty ? "~X" : resource.namespace
    let name = resource.name.isEmpty ? "~N" : resource.name
    return "\(text)|\(namespace)|\(name)"
  }
}
