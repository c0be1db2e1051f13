/// Where strategic merge patches merge lists instead of replacing them: the part of the schema of
/// Kubernetes 1.21 that matters, as a table. A custom schema takes its place as a whole.
struct MergeSchema: Sendable {
  /// How a list merges.
  enum ListStrategy: Sendable, Equatable {
    case replace
    /// Elements with equal values of these keys are the same.
    case byKeys([String])
    /// A set of scalars.
    case set
  }

  /// One type: its fields that lead to merging lists, directly or below.
  struct TypeID: Hashable, Sendable { var index: Int }

  struct Field: Sendable {
    var type: TypeID?
    var list = ListStrategy.replace
    /// Of a list: the type of its elements.
    var elements: TypeID?
  }

  struct TypeRecord: Sendable {
    var fields: [String: Field] = [:]
    /// Of all other fields.
    var additional: Field?
  }

  private(set) var types: [TypeRecord] = []
  private(set) var roots: [GroupVersionKind: TypeID] = [:]
  /// Types by the name of their definition.
  var named: [String: TypeID] = [:]
  /// Of kinds that the schema does not know.
  private(set) var otherRoot: TypeID?

  init() {}

  func root(_ type: GroupVersionKind) -> TypeID? { roots[type] }

  func field(_ name: String, of type: TypeID?) -> Field? {
    guard let type, types.indices.contains(type.index) else { return nil }
    return types[type.index].fields[name] ?? types[type.index].additional
  }

  mutating func add(_ record: TypeRecord = TypeRecord()) -> TypeID {
    types.append(record)
    return TypeID(index: types.count - 1)
  }

  mutating func set(_ record: TypeRecord, at type: TypeID) { types[type.index] = record }
  mutating func setRoot(_ type: TypeID, for kind: GroupVersionKind) { roots[kind] = type }
  fileprivate mutating func setOtherRoot(_ type: TypeID) { otherRoot = type }
}

extension MergeSchema {
  /// Kubernetes 1.21, as built into kustomize.
  static let kubernetes: MergeSchema = {
    var builder = Builder()
    builder.build()
    return builder.schema
  }()

  /// Kubernetes 1.37, from the `x-kubernetes-patch-merge-key` and `x-kubernetes-list-map-keys` of its
  /// OpenAPI document (Apache License 2.0), and the gateway API 1.5, from its type definitions: what
  /// Kubernetes 1.21 has and what was added. Added lists of `status` are left out, as no file has
  /// them, and so are sets without a patch strategy, which a strategic merge replaces.
  static let current: MergeSchema = {
    var builder = Builder(isCurrent: true)
    builder.build()
    builder.addNewKinds()
    return builder.schema
  }()

  /// ObjectMeta.
  static let metadata = TypeRecord(fields: [
    "finalizers": Field(list: .set), "ownerReferences": Field(list: .byKeys(["uid"])),
  ])

  private struct Builder {
    var schema = MergeSchema()
    /// Whether kinds of Kubernetes 1.21 get the merging lists that were added since.
    var isCurrent = false

    private mutating func type(_ fields: [String: Field]) -> TypeID {
      schema.add(TypeRecord(fields: fields))
    }

    /// A type of Kubernetes 1.21 that has got merging lists since.
    private mutating func type(_ fields: [String: Field], since new: [String: Field]) -> TypeID {
      type(isCurrent ? fields.merging(new) { old, _ in old } : fields)
    }

    private func object(_ type: TypeID) -> Field { Field(type: type) }

    private func list(_ keys: String..., of type: TypeID? = nil) -> Field {
      Field(list: .byKeys(keys), elements: type)
    }

    private func kind(
      _ kind: String, _ group: String, _ version: String
    ) -> GroupVersionKind {
      GroupVersionKind(group: group, version: version, kind: kind)
    }

    mutating func build() {
      let metadata = schema.add(MergeSchema.metadata)
      let resources = type(["claims": list("name")])
      let container = type(
        [
          "env": list("name"), "ports": list("containerPort", "protocol"),
          "volumeMounts": list("mountPath"), "volumeDevices": list("devicePath"),
        ], since: ["resources": object(resources)])
      let ephemeral = type(
        [
          "env": list("name"), "volumeMounts": list("mountPath"),
          "volumeDevices": list("devicePath"),
        ], since: ["ports": list("containerPort", "protocol"), "resources": object(resources)])
      let podSpec = type(
        [
          "containers": list("name", of: container), "initContainers": list("name", of: container),
          "ephemeralContainers": list("name", of: ephemeral), "volumes": list("name"),
          "imagePullSecrets": list("name"), "hostAliases": list("ip"),
          "topologySpreadConstraints": list("topologyKey", "whenUnsatisfiable"),
        ],
        since: [
          "resourceClaims": list("name"), "schedulingGates": list("name"),
          "evictionResponders": list("name"), "resources": object(resources),
        ])
      let template = type(["metadata": object(metadata), "spec": object(podSpec)])
      let conditions = type(["conditions": list("type")])
      let workload = type(["template": object(template)])
      let scheduling = type(["resourceClaims": list("name")])
      let job = type(["template": object(template)], since: ["scheduling": object(scheduling)])
      let jobTemplate = type(["metadata": object(metadata), "spec": object(job)])
      let cronJob = type(["jobTemplate": object(jobTemplate)])

      let core = "io.k8s.api.core.v1."
      schema.named = [
        "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": metadata,
        core + "Container": container, core + "EphemeralContainer": ephemeral,
        core + "PodSpec": podSpec, core + "PodTemplateSpec": template,
        "io.k8s.api.batch.v1.JobSpec": job,
        "io.k8s.api.batch.v1.JobTemplateSpec": jobTemplate,
      ]

      let plain = type(["metadata": object(metadata)])
      for type in ResourceScopes.all { schema.setRoot(plain, for: type) }

      func spec(_ spec: TypeID?, status: TypeID? = nil) -> [String: Field] {
        var fields = ["metadata": object(metadata)]
        if let spec { fields["spec"] = object(spec) }
        if let status { fields["status"] = object(status) }
        return fields
      }
      let running = type(spec(workload, status: conditions))
      for name in ["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"] {
        schema.setRoot(running, for: kind(name, "apps", "v1"))
      }
      schema.setRoot(running, for: kind("ReplicationController", "", "v1"))
      schema.setRoot(type(spec(job, status: conditions)), for: kind("Job", "batch", "v1"))
      let cron = type(spec(cronJob))
      for version in ["v1", "v1beta1"] {
        schema.setRoot(cron, for: kind("CronJob", "batch", version))
      }
      let podStatus = type(["conditions": list("type"), "podIPs": list("ip")])
      schema.setRoot(type(spec(podSpec, status: podStatus)), for: kind("Pod", "", "v1"))
      schema.setRoot(
        type(["metadata": object(metadata), "template": object(template)]),
        for: kind("PodTemplate", "", "v1"))
      let service = type(["ports": list("port", "protocol")])
      schema.setRoot(type(spec(service, status: conditions)), for: kind("Service", "", "v1"))
      schema.setRoot(
        type(["metadata": object(metadata), "secrets": list("name")]),
        for: kind("ServiceAccount", "", "v1"))
      let node = type(["podCIDRs": Field(list: .set)])
      let nodeStatus = type(["conditions": list("type"), "addresses": list("type")])
      schema.setRoot(type(spec(node, status: nodeStatus)), for: kind("Node", "", "v1"))
      let status = type(spec(nil, status: conditions))
      schema.setRoot(status, for: kind("Namespace", "", "v1"))
      schema.setRoot(status, for: kind("PersistentVolumeClaim", "", "v1"))
      schema.setRoot(
        type(["metadata": object(metadata), "conditions": list("type")]),
        for: kind("ComponentStatus", "", "v1"))
      let claims = type([
        "template": object(template)
      ])
      schema.setRoot(
        type(spec(claims, status: conditions)), for: kind("StatefulSet", "apps", "v1"))
      let webhook = type([:], since: ["matchConditions": list("name")])
      for version in ["v1", "v1beta1"] {
        schema.setRoot(status, for: kind("PodDisruptionBudget", "policy", version))
        schema.setRoot(status, for: kind("APIService", "apiregistration.k8s.io", version))
        let drivers = type(["drivers": list("name")])
        schema.setRoot(type(spec(drivers)), for: kind("CSINode", "storage.k8s.io", version))
        for name in ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"] {
          schema.setRoot(
            type(["metadata": object(metadata), "webhooks": list("name", of: webhook)]),
            for: kind(name, "admissionregistration.k8s.io", version))
        }
      }
    }

    /// The kinds newer than Kubernetes 1.21 that have merging lists, and all others for their
    /// metadata.
    mutating func addNewKinds() {
      let metadata = object(schema.add(MergeSchema.metadata))
      let other = type(["metadata": metadata])
      schema.setOtherRoot(other)
      func set(
        _ name: String, _ group: String, _ versions: String..., spec fields: [String: Field]
      ) {
        let root = type(["metadata": metadata, "spec": object(type(fields))])
        for version in versions { schema.setRoot(root, for: kind(name, group, version)) }
      }
      let admission = "admissionregistration.k8s.io"
      set(
        "ValidatingAdmissionPolicy", admission, "v1", "v1beta1", "v1alpha1",
        spec: ["matchConditions": list("name"), "variables": list("name")])
      set(
        "MutatingAdmissionPolicy", admission, "v1", "v1beta1", "v1alpha1",
        spec: ["matchConditions": list("name")])
      let gateway = "gateway.networking.k8s.io"
      set("Gateway", gateway, "v1", "v1beta1", spec: ["listeners": list("name")])
      set("ListenerSet", gateway, "v1", spec: ["listeners": list("name")])
    }
  }
}
