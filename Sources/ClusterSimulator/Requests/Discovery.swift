internal import Manifests

/// Discovery and OpenAPI documents.
enum Discovery {
  /// The version that simulated clusters claim: the built-in kinds are those of Kubernetes 1.30.
  static let version = Node.object([
    "major": .string("1"), "minor": .string("30"), "gitVersion": .string("v1.30.0+simulated"),
    "gitCommit": .string("0000000000000000000000000000000000000000"),
    "gitTreeState": .string("clean"), "buildDate": .string("2024-04-17T00:00:00Z"),
    "goVersion": .string("none"), "compiler": .string("swift"),
    "platform": .string("linux/amd64"),
  ])

  /// Answers `path` if it is one of discovery.
  static func answer(_ path: [String], resources: [ResourceType]) -> Node? {
    switch path.count {
    case 1 where path[0] == "api":
      return .object([
        "kind": .string("APIVersions"), "versions": .sequence([.string("v1")]),
        "serverAddressByClientCIDRs": .sequence([]),
      ])
    case 1 where path[0] == "apis":
      return .object([
        "kind": .string("APIGroupList"), "apiVersion": .string("v1"),
        "groups": .sequence(groups(resources).map { group($0, resources) }),
      ])
    case 2 where path[0] == "apis" && groups(resources).contains(path[1]):
      var node = group(path[1], resources)
      node["kind"] = .string("APIGroup")
      node["apiVersion"] = .string("v1")
      return node
    case 2 where path[0] == "api": return list("", path[1], resources)
    case 3 where path[0] == "apis": return list(path[1], path[2], resources)
    default: return nil
    }
  }

  private static func groups(_ resources: [ResourceType]) -> [String] {
    var found: [String] = []
    for resource in resources where !resource.group.isEmpty && !found.contains(resource.group) {
      found.append(resource.group)
    }
    return found
  }

  private static func group(_ name: String, _ resources: [ResourceType]) -> Node {
    var versions: [Node] = []
    for resource in resources where resource.group == name {
      let version = Node.object([
        "groupVersion": .string(resource.apiVersion), "version": .string(resource.version),
      ])
      if !versions.contains(version) { versions.append(version) }
    }
    return .object([
      "name": .string(name), "versions": .sequence(versions),
      "preferredVersion": versions.first ?? .null,
    ])
  }

  private static func list(_ group: String, _ version: String, _ resources: [ResourceType]) -> Node?
  {
    let served = resources.filter { $0.group == group && $0.version == version }
    guard let first = served.first else { return nil }
    return .object([
      "kind": .string("APIResourceList"), "apiVersion": .string("v1"),
      "groupVersion": .string(first.apiVersion),
      "resources": .sequence(served.flatMap(entries)),
    ])
  }

  private static func entries(_ resource: ResourceType) -> [Node] {
    func entry(_ name: String, _ kind: String, _ verbs: [String]) -> Node {
      .object([
        "name": .string(name), "singularName": .string(""),
        "namespaced": .bool(resource.isNamespaced), "kind": .string(kind),
        "verbs": .sequence(verbs.map(Node.string)),
      ])
    }
    var main = entry(
      resource.plural, resource.kind,
      [
        "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
      ])
    main["singularName"] = .string(resource.singular)
    if !resource.shortNames.isEmpty {
      main["shortNames"] = .sequence(resource.shortNames.map(Node.string))
    }
    if !resource.categories.isEmpty {
      main["categories"] = .sequence(resource.categories.map(Node.string))
    }
    main["storageVersionHash"] = .string(
      Base64.encode(Array(Digest(hashing: resource.groupResource).bytes.prefix(8))))
    var all = [main]
    if resource.hasStatus {
      all.append(entry(resource.plural + "/status", resource.kind, ["get", "patch", "update"]))
    }
    if resource.hasScale {
      var scale = entry(resource.plural + "/scale", "Scale", ["get", "patch", "update"])
      scale["group"] = .string("autoscaling")
      scale["version"] = .string("v1")
      all.append(scale)
    }
    return all
  }

  // MARK: OpenAPI

  /// The index of `/openapi/v3`.
  static func openAPIIndex(_ resources: [ResourceType]) -> Node {
    var paths = Mapping()
    for resource in resources {
      let path = groupPath(resource)
      if paths[path] != nil { continue }
      paths[path] = .object([
        "serverRelativeURL": .string(
          "/openapi/v3/\(path)?hash=\(Digest(hashing: path).short)")
      ])
    }
    return .object(["paths": .mapping(paths)])
  }

  private static func groupPath(_ resource: ResourceType) -> String {
    (resource.group.isEmpty ? "api/" : "apis/") + resource.apiVersion
  }

  /// One document of `/openapi/v3`: enough for clients to see that the server validates fields.
  static func openAPI(_ path: String, _ resources: [ResourceType]) -> Node? {
    let served = resources.filter { groupPath($0) == path }
    guard !served.isEmpty else { return nil }
    var paths = Mapping()
    for resource in served {
      let prefix = "/\(path)/" + (resource.isNamespaced ? "namespaces/{namespace}/" : "")
      let names = ["dryRun", "fieldManager", "fieldValidation", "force"]
      paths[prefix + resource.plural + "/{name}"] = .object([
        "patch": .object([
          "parameters": .sequence(
            names.map { name in
              .object([
                "name": .string(name), "in": .string("query"),
                "schema": .object([
                  "type": .string(name == "force" ? "boolean" : "string"),
                  "uniqueItems": .bool(true),
                ]),
              ])
            }),
          "responses": .emptyMapping,
          "x-kubernetes-action": .string("patch"),
          "x-kubernetes-group-version-kind": .object([
            "group": .string(resource.group), "version": .string(resource.version),
            "kind": .string(resource.kind),
          ]),
        ])
      ])
    }
    return .object([
      "openapi": .string("3.0.0"),
      "info": .object(["title": .string("Kubernetes"), "version": .string("v1.30.0+simulated")]),
      "paths": .mapping(paths), "components": .object(["schemas": .emptyMapping]),
    ])
  }
}
