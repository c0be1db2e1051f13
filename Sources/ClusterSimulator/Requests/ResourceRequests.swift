internal import Manifests

/// Reads and writes of one cluster, as the API server answers them. Every function runs under the
/// cluster's lock.
extension ClusterState {
  mutating func answer(_ request: ClusterRequest, user: RequestUser) throws -> ClusterAnswer {
    if let known = try unlisted(request, user: user) { return known }
    guard let path = ResourcePath(request.path),
      let served = served(path.group, path.version, path.plural),
      served.resource.isNamespaced || path.namespace.isEmpty,
      isSubresource(path.subresource, of: served.resource)
    else {
      if user == .anonymous { throw APIError.anonymousPath(request.pathText) }
      return unknown(request.path)
    }
    let attempt = AccessAttempt(
      verb: Self.verb(request, path), group: path.group,
      resource: path.subresource.isEmpty ? path.plural : "\(path.plural)/\(path.subresource)",
      namespace: path.plural == "namespaces" && path.group.isEmpty ? path.name : path.namespace,
      name: path.name)
    if !allows(user, attempt) { throw attempt.refusal(user) }
    switch request.method {
    case "GET", "HEAD":
      if path.name.isEmpty { return try list(request, path, served) }
      return try get(request, path, served)
    case "POST", "PUT", "PATCH": return try write(request, path, served, user: user)
    case "DELETE": return try delete(request, path, served, user: user)
    default: throw APIError.methodNotAllowed
    }
  }

  /// What is no object: version, health, discovery, OpenAPI.
  private func unlisted(_ request: ClusterRequest, user: RequestUser) throws -> ClusterAnswer? {
    let path = request.path
    guard request.method == "GET" || request.method == "HEAD" else { return nil }
    switch path.first ?? "" {
    case "version" where path.count == 1: return .json(Discovery.version)
    case "healthz", "livez", "readyz": return .text("ok")
    default: break
    }
    if path.isEmpty || path.first == "openapi", user == .anonymous {
      throw APIError.anonymousPath(request.pathText)
    }
    if path.isEmpty {
      return .json(.object(["paths": .sequence(["/api", "/apis", "/version"].map(Node.string))]))
    }
    if path.starts(with: ["openapi", "v3"]) {
      if path.count == 2 { return .json(Discovery.openAPIIndex(resources)) }
      let group = path.dropFirst(2).joined(separator: "/")
      return Discovery.openAPI(group, resources).map { .json($0) } ?? .unknownPath
    }
    guard let known = Discovery.answer(path, resources: resources) else { return nil }
    if user == .anonymous { throw APIError.anonymousPath(request.pathText) }
    return .json(known)
  }

  /// Paths below a group that is served get a `Status`, all others a line of text.
  private func unknown(_ path: [String]) -> ClusterAnswer {
    let isKnown =
      path.first == "api"
      || path.first == "apis" && path.count > 1 && resources.contains { $0.group == path[1] }
    return isKnown ? .error(.unknownResource) : .unknownPath
  }

  private func isSubresource(_ name: String, of resource: ResourceType) -> Bool {
    switch name {
    case "": true
    case "status": resource.hasStatus
    case "scale": resource.hasScale
    default: false
    }
  }

  static func verb(_ request: ClusterRequest, _ path: ResourcePath) -> String {
    switch request.method {
    case "POST": "create"
    case "PUT": "update"
    case "PATCH": "patch"
    case "DELETE": path.name.isEmpty ? "deletecollection" : "delete"
    default: !path.name.isEmpty ? "get" : request.flag("watch") ? "watch" : "list"
    }
  }

  private func key(_ path: ResourcePath, _ served: ServedResource) -> ObjectKey {
    ObjectKey(
      groupResource: served.resource.groupResource,
      name: ObjectName(namespace: path.namespace, name: path.name))
  }

  private func get(_ request: ClusterRequest, _ path: ResourcePath, _ served: ServedResource) throws
    -> ClusterAnswer
  {
    guard let object = object(key(path, served)) else {
      throw APIError.notFound(served.resource, path.name)
    }
    if path.subresource == "scale" { return .json(Scale.node(of: object)) }
    return .json(
      ObjectPresentation(accept: request.accept, resource: served.resource).single(object))
  }

  // MARK: Writing

  private mutating func write(
    _ request: ClusterRequest, _ path: ResourcePath, _ served: ServedResource, user: RequestUser
  ) throws -> ClusterAnswer {
    if let dryRun = request.query["dryRun"], dryRun != "All" {
      throw APIError.invalidOptions(
        request.method, reason: "FieldValueNotSupported", field: "dryRun",
        message: "Unsupported value: []string{\"\(dryRun)\"}: supported values: \"All\"")
    }
    let media = request.contentType.split(separator: ";").first.map(String.init) ?? ""
    let isApply = request.method == "PATCH" && media == "application/apply-patch+yaml"
    var manager = request.query["fieldManager"] ?? ""
    if manager.isEmpty {
      if isApply {
        throw APIError.invalidOptions(
          request.method, reason: "FieldValueRequired", field: "fieldManager",
          message: "Required value: is required for apply patch")
      }
      manager = request.userAgent.split(separator: "/").first.map(String.init) ?? "unknown"
    }
    let write = WriteRequest(
      served: served, namespace: path.namespace, name: path.name, subresource: path.subresource,
      manager: manager, isDryRun: request.query["dryRun"] == "All")
    let verb: String
    let result: WriteResult
    let sent: Node
    switch request.method {
    case "POST":
      guard path.name.isEmpty else { throw APIError.methodNotAllowed }
      try Self.requireJSON(media)
      sent = try request.json()
      verb = "create"
      result = try create(sent, write)
    case "PUT":
      guard !path.name.isEmpty else { throw APIError.methodNotAllowed }
      try Self.requireJSON(media)
      sent = try request.json()
      verb = "update"
      result =
        path.subresource == "scale"
        ? try scale(try Scale.replicas(in: sent), write) : try update(sent, write)
    default:
      guard !path.name.isEmpty else { throw APIError.methodNotAllowed }
      if !isApply { try Self.requirePatch(media, served.resource) }
      sent = try request.json()
      verb = isApply ? "apply" : "patch"
      result =
        isApply
        ? try apply(sent, force: request.flag("force"), write)
        : try patch(sent, media: media, write)
    }
    if !write.isDryRun {
      note(verb, request, sent: sent, result: result.object, user: user, manager: manager)
    }
    if path.subresource == "scale" { return .json(Scale.node(of: result.object)) }
    let presentation = ObjectPresentation(accept: request.accept, resource: served.resource)
    return .json(presentation.single(result.object), status: result.isCreated ? 201 : 200)
  }

  private static func requireJSON(_ media: String) throws {
    guard media.isEmpty || media == "application/json" else {
      throw APIError.unsupportedMediaType(["application/json"])
    }
  }

  private static func requirePatch(_ media: String, _ resource: ResourceType) throws {
    var accepted = ["application/json-patch+json", "application/merge-patch+json"]
    if !resource.isCustom { accepted.append("application/strategic-merge-patch+json") }
    guard accepted.contains(media) else {
      throw APIError.unsupportedMediaType(accepted + ["application/apply-patch+yaml"])
    }
  }

  private mutating func patch(_ patch: Node, media: String, _ write: WriteRequest) throws
    -> WriteResult
  {
    guard let live = object(write.key) else {
      throw APIError.notFound(write.resource, write.name)
    }
    func patched(_ target: Node) throws -> Node {
      switch media {
      case "application/json-patch+json": try JSONPatch.apply(patch, to: target)
      case "application/merge-patch+json": MergePatch.apply(patch, to: target)
      default: StrategicMergePatch.apply(patch, to: target, type: write.served.type)
      }
    }
    if write.subresource == "scale" {
      return try scale(try Scale.replicas(in: try patched(Scale.node(of: live))), write)
    }
    let before = VersionConversion.convert(live.node, to: write.resource)
    let after = try patched(before)
    let version = after.value(at: "metadata", "resourceVersion")?.string
    if let version, !version.isEmpty, version != String(live.system.resourceVersion) {
      throw APIError.stale(write.resource, write.name)
    }
    return try self.write(after, onto: live, write)
  }

  private mutating func scale(_ replicas: Node, _ write: WriteRequest) throws -> WriteResult {
    guard let live = object(write.key) else {
      throw APIError.notFound(write.resource, write.name)
    }
    var after = live.content
    after["spec"]?["replicas"] = replicas
    let plain = WriteRequest(
      served: write.served, namespace: write.namespace, name: write.name, manager: write.manager,
      isDryRun: write.isDryRun)
    return try self.write(after, onto: live, plain)
  }

  private mutating func delete(
    _ request: ClusterRequest, _ path: ResourcePath, _ served: ServedResource, user: RequestUser
  ) throws -> ClusterAnswer {
    var options = DeletionOptions(request.body.isEmpty ? nil : try request.json())
    if let policy = request.query["propagationPolicy"].flatMap(DeletionOptions.Propagation.init) {
      options.propagation = policy
    }
    if request.query["dryRun"] == "All" { options.isDryRun = true }
    if path.name.isEmpty {
      let selection = try selection(request, path)
      let found = (objects[served.resource.groupResource] ?? [:]).values.filter(selection.matches)
      for object in found {
        let name = ObjectName(namespace: object.namespace, name: object.name)
        _ = try delete(
          ObjectKey(groupResource: served.resource.groupResource, name: name), served, options)
      }
      return .json(Self.success(served.resource, "", nil))
    }
    let (object, isGone) = try delete(key(path, served), served, options)
    if !options.isDryRun {
      note("delete", request, sent: nil, result: object, user: user, manager: "")
    }
    if isGone {
      return .json(Self.success(served.resource, path.name, object.system.uid))
    }
    return .json(
      ObjectPresentation(accept: "", resource: served.resource).single(object))
  }

  private static func success(_ resource: ResourceType, _ name: String, _ uid: ObjectUID?) -> Node {
    var details = Node.object(["name": .string(name), "kind": .string(resource.plural)])
    if !resource.group.isEmpty { details["group"] = .string(resource.group) }
    if let uid { details["uid"] = .string(uid.description) }
    return .object([
      "kind": .string("Status"), "apiVersion": .string("v1"), "metadata": .emptyMapping,
      "status": .string("Success"), "details": details,
    ])
  }

  private mutating func note(
    _ verb: String, _ request: ClusterRequest, sent: Node?, result: StoredObject, user: RequestUser,
    manager: String
  ) {
    var metadata = Mapping()
    for key in ["labels", "annotations"] {
      if let values = sent?.value(at: "metadata", key) { metadata[key] = values }
    }
    let shared = pool.share(.mapping(metadata))
    audit.append { sequence in
      AuditRecord(
        sequence: sequence, verb: verb, path: request.pathText, user: user.name,
        fieldManager: manager,
        digest: sent.map { Digest(hashing: JSON.serialize($0, keys: .sorted)) },
        metadata: shared,
        resourceVersion: result.system.resourceVersion, time: Timestamp.precise())
    }
  }
}

/// The `autoscaling/v1` Scale of a workload.
enum Scale {
  static func node(of object: StoredObject) -> Node {
    let labels = object.content.value(at: "spec", "selector", "matchLabels")?.mapping?.pairs ?? []
    return .object([
      "kind": .string("Scale"), "apiVersion": .string("autoscaling/v1"),
      "metadata": .object([
        "name": .string(object.name), "namespace": .string(object.namespace),
        "uid": .string(object.system.uid.description),
        "resourceVersion": .string(String(object.system.resourceVersion)),
      ]),
      "spec": .object(["replicas": object.content.value(at: "spec", "replicas") ?? .int(0)]),
      "status": .object([
        "replicas": object.content.value(at: "status", "replicas") ?? .int(0),
        "selector": .string(
          labels.map { "\($0.key)=\($0.value.scalar?.text ?? "")" }.joined(separator: ",")),
      ]),
    ])
  }

  static func replicas(in scale: Node) throws -> Node {
    guard let replicas = scale.value(at: "spec", "replicas"), (replicas.int ?? -1) >= 0 else {
      throw APIError.badRequest("spec.replicas must be a number of at least 0")
    }
    return replicas
  }
}
