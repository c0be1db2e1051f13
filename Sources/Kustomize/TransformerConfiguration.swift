/// Which fields the transformers change: kustomize's defaults plus the files that
/// `configurations` and `crds` name. What a base adds holds above it, too.
struct TransformerConfiguration: Sendable {
  /// The fields that may name an object of one type.
  struct NameReference: Sendable {
    var target: GroupVersionKind
    var referrers: [FieldSpec]
  }

  var namePrefix = FieldSpecs()
  var nameSuffix = FieldSpecs()
  var namespace = FieldSpecs()
  var labels = FieldSpecs()
  var commonLabels = FieldSpecs()
  var templateLabels = FieldSpecs()
  var commonAnnotations = FieldSpecs()
  var nameReferences: [NameReference] = []
  var variableReferences = FieldSpecs()
  var images = FieldSpecs()
  var replicas = FieldSpecs()
  /// Whether this is the defaults and nothing else.
  var isDefault = false

  /// Adds everything of `other`.
  mutating func merge(_ other: TransformerConfiguration) throws(BuildError) {
    try namePrefix.merge(other.namePrefix.all)
    try nameSuffix.merge(other.nameSuffix.all)
    try namespace.merge(other.namespace.all)
    try labels.merge(other.labels.all)
    try commonLabels.merge(other.commonLabels.all)
    try templateLabels.merge(other.templateLabels.all)
    try commonAnnotations.merge(other.commonAnnotations.all)
    try variableReferences.merge(other.variableReferences.all)
    try images.merge(other.images.all)
    try replicas.merge(other.replicas.all)
    for reference in other.nameReferences { try merge(reference) }
    nameReferences.sort { LegacyOrder.precedes($0.target, $1.target) }
    isDefault = false
  }

  private mutating func merge(_ reference: NameReference) throws(BuildError) {
    guard let index = nameReferences.firstIndex(where: { $0.target == reference.target }) else {
      nameReferences.append(reference)
      return
    }
    var specs = FieldSpecs(nameReferences[index].referrers)
    try specs.merge(reference.referrers)
    nameReferences[index].referrers = specs.all
  }
}

extension TransformerConfiguration {
  static let defaults: TransformerConfiguration = {
    var result = TransformerConfiguration()
    let names = [FieldSpec("metadata/name")]
    result.namePrefix = FieldSpecs(names)
    result.nameSuffix = FieldSpecs(names)
    result.namespace = FieldSpecs(DefaultFieldSpecs.namespace)
    result.commonLabels = FieldSpecs(DefaultFieldSpecs.commonLabels)
    result.templateLabels = FieldSpecs(DefaultFieldSpecs.templateLabels)
    result.commonAnnotations = FieldSpecs(DefaultFieldSpecs.commonAnnotations)
    result.nameReferences = DefaultNameReferences.all
    result.variableReferences = FieldSpecs(DefaultFieldSpecs.variableReferences)
    result.images = FieldSpecs(DefaultFieldSpecs.images)
    result.replicas = FieldSpecs(DefaultFieldSpecs.replicas)
    result.isDefault = true
    return result
  }()
}

/// kustomize's built-in field specs.
enum DefaultFieldSpecs {
  private static func type(
    _ kind: String, group: String = "", version: String = ""
  ) -> GroupVersionKind {
    GroupVersionKind(group: group, version: version, kind: kind)
  }

  static let namespace = [
    FieldSpec("metadata/name", type: type("Namespace", version: "v1"), create: true),
    FieldSpec(
      "spec/service/namespace", type: type("APIService", group: "apiregistration.k8s.io"),
      create: true),
    FieldSpec(
      "spec/conversion/webhook/clientConfig/service/namespace",
      type: type("CustomResourceDefinition", group: "apiextensions.k8s.io")),
  ]

  static let replicas = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"].map {
    FieldSpec("spec/replicas", type: type($0), create: true)
  }

  static let images = [
    "spec/containers[]/image", "spec/initContainers[]/image",
    "spec/template/spec/containers[]/image", "spec/template/spec/initContainers[]/image",
  ].map { FieldSpec($0, create: true) }

  /// `metadata/…` of the pod templates of the workload kinds.
  private static func templates(
    _ field: String, statefulSetGroup: String, volumeClaims: Bool
  ) -> [FieldSpec] {
    let template = "spec/template/metadata/\(field)"
    var specs = [
      FieldSpec("metadata/\(field)", create: true),
      FieldSpec(
        template, type: type("ReplicationController", version: "v1"), create: true),
      FieldSpec(template, type: type("Deployment"), create: true),
      FieldSpec(template, type: type("ReplicaSet"), create: true),
      FieldSpec(template, type: type("DaemonSet"), create: true),
      FieldSpec(template, type: type("StatefulSet", group: statefulSetGroup), create: true),
      FieldSpec(template, type: type("Job", group: "batch"), create: true),
      FieldSpec(
        "spec/jobTemplate/metadata/\(field)", type: type("CronJob", group: "batch"),
        create: true),
      FieldSpec(
        "spec/jobTemplate/\(template)", type: type("CronJob", group: "batch"), create: true),
    ]
    if volumeClaims {
      specs.append(
        FieldSpec(
          "spec/volumeClaimTemplates[]/metadata/\(field)",
          type: type("StatefulSet", group: "apps"), create: true))
    }
    return specs
  }

  static let commonAnnotations = templates(
    "annotations", statefulSetGroup: "", volumeClaims: false)
  private static let metadataLabels = templates(
    "labels", statefulSetGroup: "apps", volumeClaims: true)
  /// As `labels` with `includeTemplates` uses them: without the object's own labels.
  static let templateLabels = Array(metadataLabels.dropFirst())

  static let commonLabels: [FieldSpec] = {
    var specs = [
      FieldSpec("spec/selector", type: type("Service", version: "v1"), create: true),
      FieldSpec(
        "spec/selector", type: type("ReplicationController", version: "v1"), create: true),
      FieldSpec("spec/selector/matchLabels", type: type("Deployment"), create: true),
      FieldSpec("spec/selector/matchLabels", type: type("ReplicaSet"), create: true),
      FieldSpec("spec/selector/matchLabels", type: type("DaemonSet"), create: true),
      FieldSpec(
        "spec/selector/matchLabels", type: type("StatefulSet", group: "apps"), create: true),
      FieldSpec("spec/selector/matchLabels", type: type("Job", group: "batch")),
      FieldSpec(
        "spec/jobTemplate/spec/selector/matchLabels", type: type("CronJob", group: "batch")),
      FieldSpec(
        "spec/selector/matchLabels", type: type("PodDisruptionBudget", group: "policy")),
    ]
    let policy = type("NetworkPolicy", group: "networking.k8s.io")
    for path in ["spec", "spec/ingress/from", "spec/egress/to"] {
      specs.append(FieldSpec("\(path)/podSelector/matchLabels", type: policy))
    }
    for kind in ["Deployment", "StatefulSet"] {
      let workload = type(kind, group: "apps")
      for affinity in ["podAffinity", "podAntiAffinity"] {
        let path = "spec/template/spec/affinity/\(affinity)"
        specs.append(
          FieldSpec(
            "\(path)/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm"
              + "/labelSelector/matchLabels", type: workload))
        specs.append(
          FieldSpec(
            "\(path)/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
            type: workload))
      }
      specs.append(
        FieldSpec(
          "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels",
          type: workload))
    }
    return specs + metadataLabels
  }()

  static let variableReferences: [FieldSpec] = {
    var specs: [FieldSpec] = []
    let pods = [
      ("CronJob", "spec/jobTemplate/spec/template/spec"), ("DaemonSet", "spec/template/spec"),
      ("Deployment", "spec/template/spec"), ("Job", "spec/template/spec"), ("Pod", "spec"),
      ("ReplicaSet", "spec/template/spec"), ("StatefulSet", "spec/template/spec"),
    ]
    for (kind, path) in pods {
      for containers in ["containers", "initContainers"] {
        for field in ["args", "command", "env/value", "volumeMounts/mountPath"] {
          specs.append(FieldSpec("\(path)/\(containers)/\(field)", type: type(kind)))
        }
      }
    }
    for (kind, paths) in [
      ("CronJob", ["spec/jobTemplate/spec/template/volumes/nfs/server"]),
      ("DaemonSet", ["spec/template/spec/volumes/nfs/server"]),
      (
        "Deployment",
        ["spec/template/spec/volumes/nfs/server", "spec/template/metadata/annotations"]
      ),
      ("Ingress", ["spec/rules/host", "spec/tls/hosts", "spec/tls/secretName"]),
      ("Job", ["spec/template/spec/volumes/nfs/server"]),
      ("Pod", ["spec/volumes/nfs/server"]),
      ("ReplicaSet", ["spec/template/spec/volumes/nfs/server"]),
      ("Service", ["spec/ports/port", "spec/ports/targetPort"]),
      ("StatefulSet", ["spec/volumeClaimTemplates/spec/nfs/server"]),
      ("PersistentVolume", ["spec/nfs/server"]),
    ] {
      for path in paths { specs.append(FieldSpec(path, type: type(kind))) }
    }
    return specs + [FieldSpec("metadata/labels"), FieldSpec("metadata/annotations")]
  }()
}
