/// The built-in resources that a simulated cluster serves: those of Kubernetes 1.30 that people
/// deploy.
enum BuiltinResources {
  static let all: [ResourceType] = core + workloads + policies + cluster

  private static let core = [
    namespaced("", "v1", "configmaps", "ConfigMap", ["cm"], hasStatus: false),
    namespaced("", "v1", "endpoints", "Endpoints", ["ep"], hasStatus: false),
    namespaced("", "v1", "events", "Event", ["ev"], hasStatus: false),
    namespaced("", "v1", "limitranges", "LimitRange", ["limits"], hasStatus: false),
    wide("", "v1", "namespaces", "Namespace", ["ns"]),
    wide("", "v1", "nodes", "Node", ["no"]),
    namespaced("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", ["pvc"]),
    wide("", "v1", "persistentvolumes", "PersistentVolume", ["pv"]),
    namespaced("", "v1", "pods", "Pod", ["po"], categories: ["all"]),
    namespaced("", "v1", "podtemplates", "PodTemplate", hasStatus: false),
    namespaced(
      "", "v1", "replicationcontrollers", "ReplicationController", ["rc"], categories: ["all"],
      hasScale: true),
    namespaced("", "v1", "resourcequotas", "ResourceQuota", ["quota"]),
    namespaced("", "v1", "secrets", "Secret", hasStatus: false),
    namespaced("", "v1", "serviceaccounts", "ServiceAccount", ["sa"], hasStatus: false),
    namespaced("", "v1", "services", "Service", ["svc"], categories: ["all"]),
  ]

  private static let workloads = [
    namespaced("apps", "v1", "controllerrevisions", "ControllerRevision", hasStatus: false),
    namespaced("apps", "v1", "daemonsets", "DaemonSet", ["ds"], categories: ["all"]),
    namespaced(
      "apps", "v1", "deployments", "Deployment", ["deploy"], categories: ["all"], hasScale: true),
    namespaced(
      "apps", "v1", "replicasets", "ReplicaSet", ["rs"], categories: ["all"], hasScale: true),
    namespaced(
      "apps", "v1", "statefulsets", "StatefulSet", ["sts"], categories: ["all"], hasScale: true),
    namespaced("batch", "v1", "cronjobs", "CronJob", ["cj"], categories: ["all"]),
    namespaced("batch", "v1", "jobs", "Job", categories: ["all"]),
    namespaced(
      "autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", ["hpa"],
      categories: ["all"]),
    namespaced(
      "autoscaling", "v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", ["hpa"],
      categories: ["all"]),
  ]

  private static let policies = [
    wide("networking.k8s.io", "v1", "ingressclasses", "IngressClass", hasStatus: false),
    namespaced("networking.k8s.io", "v1", "ingresses", "Ingress", ["ing"]),
    namespaced(
      "networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", ["netpol"], hasStatus: false),
    namespaced("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", ["pdb"]),
    wide(
      "rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding",
      hasStatus: false),
    wide("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", hasStatus: false),
    namespaced(
      "rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", hasStatus: false),
    namespaced("rbac.authorization.k8s.io", "v1", "roles", "Role", hasStatus: false),
  ]

  private static let cluster = [
    wide(
      "admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations",
      "MutatingWebhookConfiguration", hasStatus: false),
    wide(
      "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations",
      "ValidatingWebhookConfiguration", hasStatus: false),
    wide(
      "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition",
      ["crd", "crds"]),
    wide("apiregistration.k8s.io", "v1", "apiservices", "APIService"),
    namespaced("coordination.k8s.io", "v1", "leases", "Lease", hasStatus: false),
    namespaced("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", hasStatus: false),
    wide("node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", hasStatus: false),
    wide("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", ["pc"], hasStatus: false),
    wide("storage.k8s.io", "v1", "csidrivers", "CSIDriver", hasStatus: false),
    wide("storage.k8s.io", "v1", "csinodes", "CSINode", hasStatus: false),
    wide("storage.k8s.io", "v1", "storageclasses", "StorageClass", ["sc"], hasStatus: false),
    wide("storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment"),
  ]

  private static func namespaced(
    _ group: String, _ version: String, _ plural: String, _ kind: String,
    _ shortNames: [String] = [], categories: [String] = [], hasStatus: Bool = true,
    hasScale: Bool = false
  ) -> ResourceType {
    ResourceType(
      group: group, version: version, plural: plural, kind: kind, isNamespaced: true,
      shortNames: shortNames, categories: categories, hasStatus: hasStatus, hasScale: hasScale)
  }

  private static func wide(
    _ group: String, _ version: String, _ plural: String, _ kind: String,
    _ shortNames: [String] = [], hasStatus: Bool = true
  ) -> ResourceType {
    ResourceType(
      group: group, version: version, plural: plural, kind: kind, isNamespaced: false,
      shortNames: shortNames, hasStatus: hasStatus)
  }
}
