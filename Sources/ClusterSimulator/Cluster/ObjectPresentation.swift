internal import Manifests

/// The form in which a client asked for objects.
struct ObjectPresentation: Sendable {
  enum Form: Sendable {
    case full
    /// `PartialObjectMetadata`: metadata only.
    case metadata
    /// Columns for people, as `kubectl get` asks for.
    case table
  }

  let form: Form
  let resource: ResourceType

  /// Reads an `Accept` header.
  init(accept: String, resource: ResourceType) {
    self.resource = resource
    if accept.contains("as=PartialObjectMetadata") {
      form = .metadata
    } else if accept.contains("as=Table") {
      form = .table
    } else {
      form = .full
    }
  }

  /// One object by itself.
  func single(_ object: StoredObject) -> Node {
    switch form {
    case .full: full(object)
    case .metadata: metadata(object)
    case .table:
      ObjectTable.table([(object, full(object))], resource: resource, resourceVersion: nil)
    }
  }

  func list(_ objects: [StoredObject], metadata listMetadata: Node) -> Node {
    switch form {
    case .full:
      return .object([
        "kind": .string(resource.kind + "List"), "apiVersion": .string(resource.apiVersion),
        "metadata": listMetadata,
        "items": .sequence(
          objects.map { object in
            var node = full(object)
            _ = node.withMapping { mapping in
              // Items of a typed list do not repeat their kind; those of a custom one do.
              if !resource.isCustom {
                mapping["kind"] = nil
                mapping["apiVersion"] = nil
              }
            }
            return node
          }),
      ])
    case .metadata:
      return .object([
        "kind": .string("PartialObjectMetadataList"),
        "apiVersion": .string("meta.k8s.io/v1"), "metadata": listMetadata,
        "items": .sequence(objects.map(metadata)),
      ])
    case .table:
      return ObjectTable.table(
        objects.map { ($0, full($0)) }, resource: resource, resourceVersion: listMetadata)
    }
  }

  func bookmark(_ resourceVersion: Int) -> Node {
    .object([
      "kind": .string(form == .metadata ? "PartialObjectMetadata" : resource.kind),
      "apiVersion": .string(form == .metadata ? "meta.k8s.io/v1" : resource.apiVersion),
      "metadata": .object([
        "resourceVersion": .string(String(resourceVersion)), "creationTimestamp": .null,
      ]),
    ])
  }

  /// The object in the version that the client asked for.
  private func full(_ object: StoredObject) -> Node {
    VersionConversion.convert(object.node, to: resource)
  }

  private func metadata(_ object: StoredObject) -> Node {
    .object([
      "kind": .string("PartialObjectMetadata"), "apiVersion": .string("meta.k8s.io/v1"),
      "metadata": object.node["metadata"] ?? .emptyMapping,
    ])
  }
}

/// Objects of one resource in another of its versions.
enum VersionConversion {
  static func convert(_ object: Node, to resource: ResourceType) -> Node {
    guard let stored = object["apiVersion"]?.string, stored != resource.apiVersion else {
      return object
    }
    var node = object
    node["apiVersion"] = .string(resource.apiVersion)
    guard resource.groupResource == "horizontalpodautoscalers.autoscaling" else { return node }
    if resource.version == "v1" {
      let target = (object.value(at: "spec", "metrics")?.sequence ?? []).first {
        $0.value(at: "resource", "name")?.string == "cpu"
      }?.value(at: "resource", "target", "averageUtilization")
      node["spec"]?["metrics"] = nil
      node["spec"]?["targetCPUUtilizationPercentage"] = target
    } else if let percentage = object.value(at: "spec", "targetCPUUtilizationPercentage") {
      node["spec"]?["targetCPUUtilizationPercentage"] = nil
      node["spec"]?["metrics"] = .sequence([
        .object([
          "type": .string("Resource"),
          "resource": .object([
            "name": .string("cpu"),
            "target": .object([
              "type": .string("Utilization"), "averageUtilization": percentage,
            ]),
          ]),
        ])
      ])
    }
    return node
  }
}
