internal import FleetModel
internal import Manifests

/// What a change of an object does beyond the change itself.
public enum Impact: String, Sendable, CaseIterable, Comparable {
  /// The object is deleted, and what it holds or stands for with it: data, a whole namespace, all
  /// objects of a kind.
  case dataLoss
  /// The object is deleted.
  case deletion
  /// A field changes that the API server does not let change, and nothing allows the object to be
  /// deleted and created again: the apply will fail.
  case refusal
  /// The object is deleted and created again, because such a field changes.
  case replacement
  /// Pods are replaced.
  case restart
  /// A definition of kinds, which counts for the whole cluster.
  case definition
  /// Who may do what.
  case permission
  /// A webhook or admission policy, which stands in the way of everybody's requests.
  case admission

  public static func < (a: Impact, b: Impact) -> Bool { order(a) < order(b) }
  private static func order(_ impact: Impact) -> Int { allCases.firstIndex(of: impact) ?? 0 }

  static func of(_ object: ManifestObject, _ kind: ObjectChange.Kind) -> Set<Impact> {
    var impacts = ofKind(object.identity)
    if kind == .deleted {
      impacts.insert(.deletion)
      if holdsMore(object.identity) { impacts.insert(.dataLoss) }
    }
    return impacts
  }

  /// - Parameter isRenamed: the object is generated, so the old one stays what it was.
  /// - Parameter policy: what the app's applies may do.
  static func of(
    _ fields: [FieldChange], from before: ManifestObject, to after: ManifestObject, isRenamed: Bool,
    policy: ApplyPolicy
  ) -> Set<Impact> {
    var impacts = ofKind(after.identity)
    if !isRenamed, fields.contains(where: { ImmutableFields.holds($0.path, of: before) }) {
      impacts.insert(policy.mayReplace(after) ? .replacement : .refusal)
    }
    if replacesPods(after), fields.contains(where: { $0.path.isWithin("spec", "template") }) {
      impacts.insert(.restart)
    }
    return impacts
  }

  private static func ofKind(_ identity: ResourceIdentity) -> Set<Impact> {
    switch (identity.group, identity.kind) {
    case ("apiextensions.k8s.io", _), ("apiregistration.k8s.io", _): [.definition]
    case ("rbac.authorization.k8s.io", _): [.permission]
    case ("admissionregistration.k8s.io", _): [.admission]
    default: []
    }
  }

  private static func holdsMore(_ identity: ResourceIdentity) -> Bool {
    switch (identity.group, identity.kind) {
    case ("", "Namespace"), ("", "PersistentVolume"), ("", "PersistentVolumeClaim"),
      ("apps", "StatefulSet"), ("apiextensions.k8s.io", "CustomResourceDefinition"):
      true
    default: false
    }
  }

  /// Whether a change of the template replaces the pods without more ado.
  private static func replacesPods(_ object: ManifestObject) -> Bool {
    guard object.identity.group == "apps" else { return false }
    switch object.identity.kind {
    case "Deployment": return true
    case "StatefulSet", "DaemonSet":
      return object.node.value(at: "spec", "updateStrategy", "type")?.string != "OnDelete"
    default: return false
    }
  }
}

/// Fields that the API server refuses to change, of Kubernetes' own kinds.
enum ImmutableFields {
  static func holds(_ path: NodePath, of before: ManifestObject) -> Bool {
    switch (before.identity.group, before.identity.kind) {
    case ("apps", "Deployment"), ("apps", "DaemonSet"), ("apps", "ReplicaSet"):
      path.isWithin("spec", "selector")
    case ("apps", "StatefulSet"):
      path.isWithin("spec") && !isAny(of: changeableOfStatefulSets, path)
    case ("batch", "Job"):
      isAny(of: ["selector", "template", "completionMode", "completions"], path)
    case ("", "PersistentVolumeClaim"):
      path.isWithin("spec")
        && !isAny(of: ["resources", "volumeName", "volumeAttributesClassName"], path)
    case ("", "Service"): isAny(of: ["clusterIP", "clusterIPs"], path)
    case ("", "ConfigMap"): isFrozen(before) && isData(path)
    case ("", "Secret"): path.isWithin("type") || isFrozen(before) && isData(path)
    case ("rbac.authorization.k8s.io", "RoleBinding"),
      ("rbac.authorization.k8s.io", "ClusterRoleBinding"):
      path.isWithin("roleRef")
    case ("storage.k8s.io", "StorageClass"):
      ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"].contains {
        path.isWithin($0)
      }
    case ("networking.k8s.io", "IngressClass"): path.isWithin("spec", "controller")
    case ("scheduling.k8s.io", "PriorityClass"):
      path.isWithin("value") || path.isWithin("preemptionPolicy")
    case ("apiextensions.k8s.io", "CustomResourceDefinition"):
      isAny(of: ["group", "scope"], path)
    default: false
    }
  }

  private static let changeableOfStatefulSets = [
    "replicas", "template", "updateStrategy", "minReadySeconds", "ordinals",
    "persistentVolumeClaimRetentionPolicy", "revisionHistoryLimit",
  ]

  private static func isAny(of fields: [String], _ path: NodePath) -> Bool {
    fields.contains { path.isWithin("spec", $0) }
  }

  private static func isFrozen(_ object: ManifestObject) -> Bool {
    object.node["immutable"]?.bool == true
  }

  private static func isData(_ path: NodePath) -> Bool {
    ["data", "stringData", "binaryData", "immutable"].contains { path.isWithin($0) }
  }
}
