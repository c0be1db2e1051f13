internal import Manifests

/// Which objects belong into a namespace.
///
/// Known are Kubernetes' own kinds and those that the same objects define. Every other kind counts
/// as namespaced, as in kustomize.
struct Scopes {
  private struct Kind: Hashable {
    let group: String
    let kind: String
  }

  /// Cluster-scoped kinds of Kubernetes 1.20 to today that manifests hold, by group.
  private static let clusterScoped: [String: Set<String>] = [
    "": ["Namespace", "Node", "PersistentVolume"],
    "admissionregistration.k8s.io": [
      "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration",
      "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
      "ValidatingWebhookConfiguration",
    ],
    "apiextensions.k8s.io": ["CustomResourceDefinition"],
    "apiregistration.k8s.io": ["APIService"],
    "certificates.k8s.io": ["CertificateSigningRequest", "ClusterTrustBundle"],
    "flowcontrol.apiserver.k8s.io": ["FlowSchema", "PriorityLevelConfiguration"],
    "networking.k8s.io": ["IPAddress", "IngressClass", "ServiceCIDR"],
    "node.k8s.io": ["RuntimeClass"],
    "policy": ["PodSecurityPolicy"],
    "rbac.authorization.k8s.io": ["ClusterRole", "ClusterRoleBinding"],
    "resource.k8s.io": ["DeviceClass", "ResourceSlice"],
    "scheduling.k8s.io": ["PriorityClass"],
    "storage.k8s.io": [
      "CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass",
    ],
  ]

  /// Cluster-scoped kinds that the objects define.
  private var defined = Set<Kind>()

  init(of objects: some Sequence<Node>) {
    for object in objects where object["kind"]?.string == "CustomResourceDefinition" {
      guard let spec = object["spec"], spec["scope"]?.string == "Cluster",
        let group = spec["group"]?.string, let kind = spec.value(at: "names", "kind")?.string
      else { continue }
      defined.insert(Kind(group: group, kind: kind))
    }
  }

  /// The object with `namespace` set, if it belongs into one and names none.
  func placing(_ object: Node, into namespace: String) -> Node {
    guard let identity = ResourceIdentity(of: object), identity.namespace.isEmpty,
      !isClusterScoped(identity)
    else { return object }
    var placed = object
    placed["metadata"]?["namespace"] = .string(namespace)
    return placed
  }

  func isClusterScoped(_ identity: ResourceIdentity) -> Bool {
    Scopes.clusterScoped[identity.group]?.contains(identity.kind) == true
      || defined.contains(Kind(group: identity.group, kind: identity.kind))
  }
}
