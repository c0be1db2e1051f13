internal import Manifests

/// A resource together with what is needed to read and write its objects.
struct ServedResource: Sendable {
  let resource: ResourceType
  let type: FieldType
  /// Only for custom resources.
  let custom: CustomResourceSchema?

  /// Whether `metadata.generation` counts changes of the specification.
  var hasGeneration: Bool {
    if resource.isCustom { return true }
    switch resource.group {
    case "apps", "batch", "networking.k8s.io", "policy", "apiextensions.k8s.io",
      "admissionregistration.k8s.io", "discovery.k8s.io":
      return true
    default: return resource.plural == "replicationcontrollers"
    }
  }

  /// Built-in resources by `group/version/plural`.
  static let builtin: [String: ServedResource] = {
    var found: [String: ServedResource] = [:]
    for resource in BuiltinResources.all {
      found[key(resource.group, resource.version, resource.plural)] = ServedResource(
        resource: resource, type: .map(BuiltinSchema.type(of: resource)), custom: nil)
    }
    return found
  }()

  static func key(_ group: String, _ version: String, _ plural: String) -> String {
    "\(group)/\(version)/\(plural)"
  }
}

/// A CustomResourceDefinition that the cluster knows.
struct CustomDefinition: Sendable {
  let uid: ObjectUID
  /// The served versions, most stable first.
  let versions: [ServedResource]
  var isEstablished: Bool

  /// `nil` when the object has no usable specification.
  init?(_ object: StoredObject) {
    let spec = object.content["spec"]
    guard let group = spec?["group"]?.string, let names = spec?["names"],
      let plural = names["plural"]?.string, let kind = names["kind"]?.string
    else { return nil }
    let preserves = spec?["preserveUnknownFields"]?.bool == true
    versions = (spec?["versions"]?.sequence ?? []).compactMap { version in
      guard version["served"]?.bool == true, let name = version["name"]?.string else { return nil }
      let resource = ResourceType(
        group: group, version: name, plural: plural, kind: kind,
        isNamespaced: spec?["scope"]?.string == "Namespaced",
        shortNames: names["shortNames"]?.sequence?.compactMap(\.string) ?? [],
        categories: names["categories"]?.sequence?.compactMap(\.string) ?? [],
        hasStatus: version.value(at: "subresources", "status") != nil, isCustom: true)
      let schema = CustomResourceSchema(version: version, preservesUnknown: preserves)
      return ServedResource(resource: resource, type: schema.type, custom: schema)
    }
    uid = object.system.uid
    isEstablished = Self.isEstablished(object)
  }

  static func isEstablished(_ object: StoredObject) -> Bool {
    (object.content.value(at: "status", "conditions")?.sequence ?? []).contains {
      $0["type"]?.string == "Established" && $0["status"]?.string == "True"
    }
  }
}
