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
}

extension MergeSchema {
  /// Kubernetes 1.21, as built into kustomize.
  static let kubernetes: MergeSchema = {
    var builder = Builder()
    builder.build()
    return builder.schema
  }()

  private struct Builder {
    var schema = MergeSchema()

    private mutating func type(_ fields: [String: Field]) -> TypeID {
      schema.add(TypeRecord(fields: fields))
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
      let metadata = type([
        "finalizers": Field(list: .set), "ownerReferences": list("uid"),
      ])
      let container = type([
        "env": list("name"), "ports": list("containerPort", "protocol"),
        "volumeMounts": list("mountPath"), "volumeDevices": list("devicePath"),
      ])
      let ephemeral = type([
        "env": list("name"), "volumeMounts": list("mountPath"),
        "volumeDevices": list("devicePath"),
      ])
      let podSpec = type([
        "containers": list("name", of: container), "initContainers": list("name", of: container),
        "ephemeralContainers": list("name", of: ephemeral), "volumes": list("name"),
        "imagePullSecrets": list("name"), "hostAliases": list("ip"),
        "topologySpreadConstraints": list("topologyKey", "whenUnsatisfiable"),
      ])
      let template = type(["metadata": object(metadata), "spec": object(podSpec)])
      let conditions = type(["conditions": list("type")])
      let workload = type(["template": object(template)])
      let jobTemplate = type(["metadata": object(metadata), "spec": object(workload)])
      let cronJob = type(["jobTemplate": object(jobTemplate)])

      let core = "io.k8s.api.core.v1."
      schema.named = [
        "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": metadata,
        core + "Container": container, core + "EphemeralContainer": ephemeral,
        core + "PodSpec": podSpec, core + "PodTemplateSpec": template,
        "io.k8s.api.batch.v1.JobSpec": workload,
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
      schema.setRoot(running, for: kind("Job", "batch", "v1"))
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
      for version in ["v1", "v1beta1"] {
        schema.setRoot(status, for: kind("PodDisruptionBudget", "policy", version))
        schema.setRoot(status, for: kind("APIService", "apiregistration.k8s.io", version))
        let drivers = type(["drivers": list("name")])
        schema.setRoot(type(spec(drivers)), for: kind("CSINode", "storage.k8s.io", version))
        for name in ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"] {
          schema.setRoot(
            type(["metadata": object(metadata), "webhooks": list("name")]),
            for: kind(name, "admissionregistration.k8s.io", version))
        }
      }
    }
  }
}
