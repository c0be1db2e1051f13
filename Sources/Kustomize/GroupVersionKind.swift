/// The API type of an object. As a selector, empty parts match everything.
struct GroupVersionKind: Hashable, Sendable {
  var group: String
  var version: String
  var kind: String

  init(group: String = "", version: String = "", kind: String = "") {
    self.group = group
    self.version = version
    self.kind = kind
  }

  init(apiVersion: String, kind: String) {
    if let slash = apiVersion.utf8.firstIndex(of: UInt8(ascii: "/")) {
      group = String(apiVersion[..<slash])
      version = String(apiVersion[apiVersion.utf8.index(after: slash)...])
    } else if apiVersion == "builtin" {
      // The old API version of kustomize's own plug-ins.
      group = apiVersion
      version = ""
    } else {
      group = ""
      version = apiVersion
    }
    self.kind = kind
  }

  var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

  func isSelected(by selector: GroupVersionKind) -> Bool {
    (selector.kind.isEmpty || selector.kind == kind)
      && (selector.group.isEmpty || selector.group == group)
      && (selector.version.isEmpty || selector.version == version)
  }

  /// Whether kustomize's built-in schema (Kubernetes 1.21) says that objects of this type have no
  /// namespace. Unknown types count as namespaced.
  var isClusterScoped: Bool {
    ResourceScopes.clusterKinds.contains(kind) && ResourceScopes.isCluster(self)
  }

  /// `group_version_kind`, where the core group sorts behind the others.
  var sortKey: String {
    "\(group.isEmpty ? "~G" : group)_\(version.isEmpty ? "~V" : version)"
      + "_\(kind.isEmpty ? "~K" : kind)"
  }
}

/// What the schema of Kubernetes 1.21 says about types.
enum ResourceScopes {
  /// Group, versions, kinds of cluster-scoped types.
  private static let cluster: [(group: String, versions: [String], kinds: [String])] = [
    (
      "admissionregistration.k8s.io", ["v1", "v1beta1"],
      ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]
    ),
    ("apiextensions.k8s.io", ["v1", "v1beta1"], ["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", ["v1", "v1beta1"], ["APIService"]),
    ("certificates.k8s.io", ["v1", "v1beta1"], ["CertificateSigningRequest"]),
    (
      "flowcontrol.apiserver.k8s.io", ["v1beta1"], ["FlowSchema", "PriorityLevelConfiguration"]
    ),
    ("networking.k8s.io", ["v1", "v1beta1"], ["IngressClass"]),
    ("node.k8s.io", ["v1", "v1beta1"], ["RuntimeClass"]),
    ("policy", ["v1beta1"], ["PodSecurityPolicy"]),
    ("rbac.authorization.k8s.io", ["v1", "v1beta1"], ["ClusterRole", "ClusterRoleBinding"]),
    ("scheduling.k8s.io", ["v1", "v1beta1"], ["PriorityClass"]),
    (
      "storage.k8s.io", ["v1", "v1beta1"],
      ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"]
    ),
    (
      "", ["v1"], ["ComponentStatus", "Namespace", "Node", "NodeProxyOptions", "PersistentVolume"]
    ),
  ]

  /// Group, versions, kinds of namespaced types.
  private static let namespaced: [(group: String, versions: [String], kinds: [String])] = [
    (
      "apps", ["v1"],
      ["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"]
    ),
    ("autoscaling", ["v1", "v2beta1", "v2beta2"], ["HorizontalPodAutoscaler"]),
    ("autoscaling", ["v1"], ["Scale"]),
    ("batch", ["v1", "v1beta1"], ["CronJob"]),
    ("batch", ["v1"], ["Job"]),
    ("coordination.k8s.io", ["v1", "v1beta1"], ["Lease"]),
    ("discovery.k8s.io", ["v1", "v1beta1"], ["EndpointSlice"]),
    ("events.k8s.io", ["v1", "v1beta1"], ["Event"]),
    ("extensions", ["v1beta1"], ["Ingress"]),
    ("networking.k8s.io", ["v1", "v1beta1"], ["Ingress"]),
    ("networking.k8s.io", ["v1"], ["NetworkPolicy"]),
    ("policy", ["v1", "v1beta1"], ["PodDisruptionBudget"]),
    ("rbac.authorization.k8s.io", ["v1", "v1beta1"], ["Role", "RoleBinding"]),
    ("storage.k8s.io", ["v1beta1"], ["CSIStorageCapacity"]),
    (
      "", ["v1"],
      [
        "ConfigMap", "Endpoints", "Event", "LimitRange", "PersistentVolumeClaim", "Pod",
        "PodTemplate", "ReplicationController", "ResourceQuota", "Secret", "Service",
        "ServiceAccount",
      ]
    ),
  ]

  private static func expanded(
    _ rows: [(group: String, versions: [String], kinds: [String])]
  ) -> Set<GroupVersionKind> {
    var result = Set<GroupVersionKind>()
    for row in rows {
      for version in row.versions {
        for kind in row.kinds {
          result.insert(GroupVersionKind(group: row.group, version: version, kind: kind))
        }
      }
    }
    return result
  }

  private static let clusterTypes = expanded(cluster)
  private static let namespacedTypes = expanded(namespaced)
  static let clusterKinds = Set(cluster.flatMap(\.kinds))

  /// Every type of the table.
  static let all = clusterTypes.union(namespacedTypes)

  static func isCluster(_ type: GroupVersionKind) -> Bool { clusterTypes.contains(type) }
}
