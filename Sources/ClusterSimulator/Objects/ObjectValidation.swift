internal import Manifests

/// The rules of the built-in kinds that people run into: required fields, selectors that do not match
/// their template, fields that may not change.
enum ObjectValidation {
  static func problems(_ object: Node, _ resource: ResourceType) -> [FieldProblem] {
    var found = metadata(object, resource)
    switch resource.groupResource {
    case "deployments.apps", "statefulsets.apps", "daemonsets.apps", "replicasets.apps":
      found += workload(object)
    case "jobs.batch":
      found += pod(object.value(at: "spec", "template", "spec"), "spec.template.spec")
    case "cronjobs.batch":
      if object.value(at: "spec", "schedule")?.string ?? "" == "" {
        found.append(.required("spec.schedule"))
      }
      found += pod(
        object.value(at: "spec", "jobTemplate", "spec", "template", "spec"),
        "spec.jobTemplate.spec.template.spec")
    case "pods": found += pod(object["spec"], "spec")
    case "services": found += service(object)
    case "persistentvolumeclaims":
      if object.value(at: "spec", "accessModes")?.sequence?.isEmpty ?? true {
        found.append(.required("spec.accessModes", "at least 1 access mode is required"))
      }
      if object.value(at: "spec", "resources", "requests", "storage") == nil {
        found.append(.required("spec.resources[storage]"))
      }
    case "horizontalpodautoscalers.autoscaling":
      if (object.value(at: "spec", "maxReplicas")?.int ?? 0) < 1 {
        found.append(
          .invalid(
            "spec.maxReplicas", object.value(at: "spec", "maxReplicas") ?? .int(0),
            "must be greater than 0"))
      }
    case "customresourcedefinitions.apiextensions.k8s.io": found += definition(object)
    default: break
    }
    return found
  }

  /// What may not change between two versions of an object.
  static func changeProblems(from old: Node, to new: Node, _ resource: ResourceType)
    -> [FieldProblem]
  {
    func fixed(_ path: [String]) -> [FieldProblem] {
      let before = value(old, path)
      let after = value(new, path)
      if before == after { return [] }
      return [.invalid(path.joined(separator: "."), after ?? .null, "field is immutable")]
    }
    switch resource.groupResource {
    case "deployments.apps", "daemonsets.apps", "replicasets.apps":
      return fixed(["spec", "selector"])
    case "jobs.batch": return fixed(["spec", "template"]) + fixed(["spec", "completions"])
    case "statefulsets.apps":
      let mutable = [
        "replicas", "ordinals", "template", "updateStrategy", "minReadySeconds",
        "persistentVolumeClaimRetentionPolicy",
      ]
      func rest(_ node: Node) -> Node? {
        var spec = node["spec"]
        _ = spec?.withMapping { $0.pairs.removeAll { mutable.contains($0.key) } }
        return spec
      }
      guard rest(old) != rest(new) else { return [] }
      return [
        FieldProblem(
          reason: "FieldValueForbidden", field: "spec",
          message:
            "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
        )
      ]
    case "services":
      guard let before = old.value(at: "spec", "clusterIP")?.string, before != "",
        new.value(at: "spec", "type")?.string != "ExternalName"
      else { return [] }
      return fixed(["spec", "clusterIP"])
    case "configmaps", "secrets":
      var found = resource.plural == "secrets" ? fixed(["type"]) : []
      if old["immutable"]?.bool == true, old["data"] != new["data"] {
        found.append(
          FieldProblem(
            reason: "FieldValueForbidden", field: "data",
            message: "Forbidden: field is immutable when `immutable` is set"))
      }
      return found
    case "persistentvolumeclaims":
      func rest(_ node: Node) -> Node? {
        var spec = node["spec"]
        spec?["resources"] = nil
        spec?["volumeName"] = nil
        return spec
      }
      guard rest(old) != rest(new) else { return [] }
      return [
        FieldProblem(
          reason: "FieldValueForbidden", field: "spec",
          message:
            "Forbidden: spec is immutable after creation except resources.requests for bound claims"
        )
      ]
    case "rolebindings.rbac.authorization.k8s.io",
      "clusterrolebindings.rbac.authorization.k8s.io":
      let before = old["roleRef"]
      let after = new["roleRef"]
      if before == after { return [] }
      return [.invalid("roleRef", after ?? .null, "cannot change roleRef")]
    case "storageclasses.storage.k8s.io": return fixed(["provisioner"]) + fixed(["parameters"])
    default: return []
    }
  }

  private static func value(_ node: Node, _ path: [String]) -> Node? {
    path.reduce(Optional(node)) { $0?[$1] }
  }

  private static func metadata(_ object: Node, _ resource: ResourceType) -> [FieldProblem] {
    var found: [FieldProblem] = []
    let name = object.value(at: "metadata", "name")?.string ?? ""
    let isPathLike = resource.group == "rbac.authorization.k8s.io"
    if !isPathLike, !isSubdomain(name) {
      found.append(
        .invalid(
          "metadata.name", .string(name),
          "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
        ))
    }
    for pair in object.value(at: "metadata", "labels")?.mapping?.pairs ?? [] {
      let value = pair.value.string ?? ""
      if !isLabelValue(value) {
        found.append(
          .invalid(
            "metadata.labels", pair.value,
            value.utf8.count > 63
              ? "must be no more than 63 characters"
              : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
          ))
      }
    }
    return found
  }

  static func isSubdomain(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 253
      && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
        guard let first = part.utf8.first, let last = part.utf8.last else { return false }
        return isLowerAlphanumeric(first) && isLowerAlphanumeric(last)
          && part.utf8.allSatisfy { isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") }
      }
  }

  private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    (97...122).contains(byte) || (48...57).contains(byte)
  }

  private static func isLabelValue(_ value: String) -> Bool {
    func isAlphanumeric(_ byte: UInt8) -> Bool {
      isLowerAlphanumeric(byte) || (65...90).contains(byte)
    }
    guard let first = value.utf8.first, let last = value.utf8.last else { return true }
    return value.utf8.count <= 63 && isAlphanumeric(first) && isAlphanumeric(last)
      && value.utf8.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
  }

  private static func workload(_ object: Node) -> [FieldProblem] {
    var found: [FieldProblem] = []
    if let replicas = object.value(at: "spec", "replicas"), let count = replicas.int, count < 0 {
      found.append(.invalid("spec.replicas", replicas, "must be greater than or equal to 0"))
    }
    let selector = object.value(at: "spec", "selector")
    let labels = object.value(at: "spec", "template", "metadata", "labels")
    if selector?.mapping?.isEmpty ?? true {
      found.append(.required("spec.selector"))
    } else {
      let pairs = selector?["matchLabels"]?.mapping?.pairs ?? []
      if !pairs.allSatisfy({ labels?[$0.key] == $0.value }) {
        found.append(
          .invalid(
            "spec.template.metadata.labels", labels ?? .emptyMapping,
            "`selector` does not match template `labels`"))
      }
    }
    return found + pod(object.value(at: "spec", "template", "spec"), "spec.template.spec")
  }

  private static func pod(_ spec: Node?, _ path: String) -> [FieldProblem] {
    guard let containers = spec?["containers"]?.sequence, !containers.isEmpty else {
      return [.required("\(path).containers")]
    }
    var found: [FieldProblem] = []
    let volumes = Set((spec?["volumes"]?.sequence ?? []).compactMap { $0["name"]?.string })
    for (index, container) in containers.enumerated() {
      let field = "\(path).containers[\(index)]"
      if container["name"]?.string ?? "" == "" { found.append(.required("\(field).name")) }
      if container["image"]?.string ?? "" == "" { found.append(.required("\(field).image")) }
      for (place, port) in (container["ports"]?.sequence ?? []).enumerated() {
        let number = port["containerPort"]
        if !(1...65535).contains(number?.int ?? 0) {
          found.append(
            .invalid(
              "\(field).ports[\(place)].containerPort", number ?? .null,
              "must be between 1 and 65535, inclusive"))
        }
      }
      for (place, mount) in (container["volumeMounts"]?.sequence ?? []).enumerated() {
        let name = mount["name"] ?? .null
        if !volumes.contains(name.string ?? ""), !path.isEmpty {
          found.append(
            FieldProblem(
              reason: "FieldValueNotFound", field: "\(field).volumeMounts[\(place)].name",
              message: "Not found: \(String(decoding: JSON.serialize(name), as: UTF8.self))"))
        }
      }
    }
    return found
  }

  private static func service(_ object: Node) -> [FieldProblem] {
    let spec = object["spec"]
    if spec?["type"]?.string == "ExternalName" {
      return spec?["externalName"]?.string ?? "" == "" ? [.required("spec.externalName")] : []
    }
    let ports = spec?["ports"]?.sequence ?? []
    if ports.isEmpty, spec?["clusterIP"]?.string != "None" { return [.required("spec.ports")] }
    return ports.enumerated().flatMap { index, port -> [FieldProblem] in
      var found: [FieldProblem] = []
      if !(1...65535).contains(port["port"]?.int ?? 0) {
        found.append(
          .invalid(
            "spec.ports[\(index)].port", port["port"] ?? .null,
            "must be between 1 and 65535, inclusive"))
      }
      if ports.count > 1, port["name"]?.string ?? "" == "" {
        found.append(.required("spec.ports[\(index)].name"))
      }
      return found
    }
  }

  private static func definition(_ object: Node) -> [FieldProblem] {
    let name = object.value(at: "metadata", "name") ?? .null
    let plural = object.value(at: "spec", "names", "plural")?.string ?? ""
    let group = object.value(at: "spec", "group")?.string ?? ""
    var found: [FieldProblem] = []
    if name.string != "\(plural).\(group)" {
      found.append(
        .invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group"))
    }
    let versions = object.value(at: "spec", "versions")?.sequence ?? []
    if versions.filter({ $0["storage"]?.bool == true }).count != 1 {
      found.append(
        .invalid(
          "spec.versions", .sequence(versions),
          "must have exactly one version marked as storage version"))
    }
    for (index, version) in versions.enumerated()
    where version.value(at: "schema", "openAPIV3Schema") == nil {
      found.append(
        .required("spec.versions[\(index)].schema.openAPIV3Schema", "schemas are required"))
    }
    return found
  }
}
