/// kustomize's built-in name references, in the order in which it looks at them: that of the
/// legacy sort of their target types.
enum DefaultNameReferences {
  private typealias Reference = TransformerConfiguration.NameReference

  private static func type(
    _ kind: String, group: String = "", version: String = ""
  ) -> GroupVersionKind {
    GroupVersionKind(group: group, version: version, kind: kind)
  }

  private static let rbac = "rbac.authorization.k8s.io"

  /// Kinds that hold a pod, with the path of its spec.
  private static let pods: [(type: GroupVersionKind, path: String)] = [
    (type("Pod", version: "v1"), "spec"), (type("PodTemplate"), "template/spec"),
    (type("Deployment"), "spec/template/spec"), (type("ReplicaSet"), "spec/template/spec"),
    (type("DaemonSet"), "spec/template/spec"), (type("StatefulSet"), "spec/template/spec"),
    (type("Job"), "spec/template/spec"),
    (type("CronJob"), "spec/jobTemplate/spec/template/spec"),
  ]

  /// The kinds whose service accounts, claims and priority classes are looked at.
  private static let workloads: [(type: GroupVersionKind, path: String)] = [
    (type("Pod"), "spec"), (type("StatefulSet"), "spec/template/spec"),
    (type("Deployment"), "spec/template/spec"),
    (type("ReplicationController"), "spec/template/spec"),
    (type("CronJob"), "spec/jobTemplate/spec/template/spec"),
    (type("Job"), "spec/template/spec"), (type("DaemonSet"), "spec/template/spec"),
  ]

  private static func inPods(_ fields: [String]) -> [FieldSpec] {
    pods.flatMap { pod in fields.map { FieldSpec("\(pod.path)/\($0)", type: pod.type) } }
  }

  private static func inWorkloads(_ field: String) -> [FieldSpec] {
    workloads.map { FieldSpec("\($0.path)/\(field)", type: $0.type) }
  }

  private static func containerFields(_ fields: [String]) -> [String] {
    ["containers", "initContainers"].flatMap { list in fields.map { "\(list)/\($0)" } }
  }

  private static func paths(
    _ kind: String, _ paths: [String], group: String = "", version: String = ""
  ) -> [FieldSpec] {
    paths.map { FieldSpec($0, type: type(kind, group: group, version: version)) }
  }

  private static let scaled = paths("HorizontalPodAutoscaler", ["spec/scaleTargetRef/name"])
  private static let rules =
    paths("Role", ["rules/resourceNames"]) + paths("ClusterRole", ["rules/resourceNames"])

  private static let configMap: [FieldSpec] =
    inPods(
      ["volumes/configMap/name", "volumes/projected/sources/configMap/name"]
        + containerFields(["env/valueFrom/configMapKeyRef/name", "envFrom/configMapRef/name"]))
    + paths("Node", ["spec/configSource/configMap"]) + rules
    + paths(
      "Ingress",
      ["metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap"])

  private static let secret: [FieldSpec] =
    inPods(
      [
        "volumes/secret/secretName", "volumes/projected/sources/secret/name",
        "imagePullSecrets/name",
      ] + containerFields(["env/valueFrom/secretKeyRef/name", "envFrom/secretRef/name"]))
    + paths(
      "Ingress",
      [
        "spec/tls/secretName", "metadata/annotations/ingress.kubernetes.io\\/auth-secret",
        "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret",
        "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret",
      ])
    + paths("ServiceAccount", ["imagePullSecrets/name"])
    + paths(
      "StorageClass",
      [
        "parameters/secretName", "parameters/adminSecretName", "parameters/userSecretName",
        "parameters/secretRef",
      ])
    + paths("PersistentVolume", ["spec/azureFile/secretName"]) + rules
    + paths(
      "Service", ["spec/template/spec/containers/env/valueFrom/secretKeyRef/name"],
      group: "serving.knative.dev", version: "v1")

  private static let service: [FieldSpec] =
    paths("StatefulSet", ["spec/serviceName"], group: "apps")
    + paths(
      "Ingress",
      [
        "spec/rules/http/paths/backend/serviceName", "spec/backend/serviceName",
        "spec/rules/http/paths/backend/service/name", "spec/defaultBackend/service/name",
      ])
    + paths("APIService", ["spec/service/name"], group: "apiregistration.k8s.io")
    + ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"].flatMap {
      paths($0, ["webhooks/clientConfig/service"], group: "admissionregistration.k8s.io")
    }

  static let all: [TransformerConfiguration.NameReference] = {
    var references = [
      Reference(target: type("Deployment"), referrers: scaled),
      Reference(target: type("ReplicationController"), referrers: scaled),
      Reference(target: type("ReplicaSet"), referrers: scaled),
      Reference(target: type("StatefulSet"), referrers: scaled),
      Reference(target: type("ConfigMap", version: "v1"), referrers: configMap),
      Reference(target: type("Secret", version: "v1"), referrers: secret),
      Reference(target: type("Service", version: "v1"), referrers: service),
      Reference(
        target: type("Role", group: rbac),
        referrers: paths("RoleBinding", ["roleRef/name"], group: rbac)),
      Reference(
        target: type("ClusterRole", group: rbac),
        referrers: paths("RoleBinding", ["roleRef/name"], group: rbac)
          + paths("ClusterRoleBinding", ["roleRef/name"], group: rbac)),
      Reference(
        target: type("ServiceAccount", version: "v1"),
        referrers: paths("RoleBinding", ["subjects"], group: rbac)
          + paths("ClusterRoleBinding", ["subjects"], group: rbac)
          + inWorkloads("serviceAccountName")),
      Reference(
        target: type("PersistentVolumeClaim", version: "v1"),
        referrers: inWorkloads("volumes/persistentVolumeClaim/claimName")),
      Reference(
        target: type("PersistentVolume", version: "v1"),
        referrers: paths("PersistentVolumeClaim", ["spec/volumeName"])
          + paths("ClusterRole", ["rules/resourceNames"])),
      Reference(
        target: type("StorageClass", group: "storage.k8s.io", version: "v1"),
        referrers: paths("PersistentVolume", ["spec/storageClassName"])
          + paths("PersistentVolumeClaim", ["spec/storageClassName"])
          + paths("StatefulSet", ["spec/volumeClaimTemplates/spec/storageClassName"])),
      Reference(
        target: type("PriorityClass", group: "scheduling.k8s.io", version: "v1"),
        referrers: inWorkloads("priorityClassName")),
      // The group is kustomize's own slip: it matches nothing.
      Reference(
        target: type("IngressClass", group: "networking.k8s.io/v1", version: "v1"),
        referrers: paths("Ingress", ["spec/ingressClassName"])),
      Reference(
        target: type(
          "ValidatingAdmissionPolicy", group: "admissionregistration.k8s.io"),
        referrers: paths(
          "ValidatingAdmissionPolicyBinding", ["spec/policyName"],
          group: "admissionregistration.k8s.io")),
    ]
    references.sort { LegacyOrder.precedes($0.target, $1.target) }
    return references
  }()
}
