internal import Manifests

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
    let keys = resources.map { resource in
      Key(rank: ranks[resource.kind] ?? 0, id: resource.id, namespace: resource.namespace)
    }
    let places = keys.indices.sorted { keys[$0].precedes(keys[$1]) }
    resources = places.map { resources[$0] }
  }

  private struct Key {
    let rank: Int
    let id: ResourceID
    /// As it is written; empty for none.
    let namespace: String

    func precedes(_ other: Key) -> Bool {
      let (a, b) = (id.type, other.id.type)
      if a == b { return precedesInType(other) }
      if rank != other.rank { return rank < other.rank }
      let namespaces = a.kind == "Namespace" && b.kind == "Namespace"
      if namespaces, a.group.isEmpty || b.group.isEmpty {
        return ByteOrder.precedes(b.sortKey, a.sortKey)
      }
      return ByteOrder.precedes(a.sortKey, b.sortKey)
    }

    private func precedesInType(_ other: Key) -> Bool {
      if namespace == other.namespace { return ByteOrder.precedes(name, other.name) }
      return ByteOrder.precedes(scopedName, other.scopedName)
    }

    private var name: String { id.name.isEmpty ? "~N" : id.name }
    private var scopedName: String { "\(namespace.isEmpty ? "~X" : namespace)|\(name)" }
  }
}
