internal import Manifests

/// What a write request says besides its object.
struct WriteRequest: Sendable {
  let served: ServedResource
  /// Empty for cluster-scoped resources.
  let namespace: String
  /// Empty on create, where the object carries it.
  var name: String
  /// Empty, `status` or `scale`.
  var subresource = ""
  let manager: String
  let isDryRun: Bool

  var resource: ResourceType { served.resource }
  var key: ObjectKey {
    ObjectKey(
      groupResource: resource.groupResource, name: ObjectName(namespace: namespace, name: name))
  }
}

/// The outcome of a write.
struct WriteResult: Sendable {
  let object: StoredObject
  let isCreated: Bool
}

extension ClusterState {
  // MARK: Create and update

  mutating func create(_ body: Node, _ request: WriteRequest) throws -> WriteResult {
    var request = request
    var object = try checked(body, request)
    if object.value(at: "metadata", "name") == nil,
      let prefix = object.value(at: "metadata", "generateName")?.string
    {
      let letters = Array("bcdfghjklmnpqrstvwxz2456789")
      let suffix = String((0..<5).compactMap { _ in letters.randomElement(using: &random) })
      object["metadata"]?["name"] = .string(prefix + suffix)
    }
    guard let name = object.value(at: "metadata", "name")?.string else {
      throw APIError.invalid(
        request.resource, "", [.required("metadata.name", "name or generateName is required")])
    }
    request.name = name
    guard self.object(request.key) == nil else {
      throw APIError.alreadyExists(request.resource, name)
    }
    try checkNamespace(request)
    object = admitted(
      SystemMetadata.stripped(object, keepsStatus: !request.resource.hasStatus), request)
    try validate(object, replacing: nil, request)
    let managers = ManagedFields.update(
      from: nil, to: object, managers: [], by: manager(request), type: request.served.type)
    return WriteResult(
      object: finish(object, managers, replacing: nil, request), isCreated: true)
  }

  mutating func update(_ body: Node, _ request: WriteRequest) throws -> WriteResult {
    let sent = try checked(body, request)
    guard let live = object(request.key) else {
      throw APIError.notFound(request.resource, request.name)
    }
    try checkPreconditions(sent, live, request)
    return try write(sent, onto: live, request)
  }

  /// Stores `sent` as the next version of `live`, within what the endpoint may change.
  mutating func write(_ sent: Node, onto live: StoredObject, _ request: WriteRequest) throws
    -> WriteResult
  {
    let before = VersionConversion.convert(live.content, to: request.resource)
    var object = SystemMetadata.stripped(sent, keepsStatus: true)
    object["apiVersion"] = .string(request.resource.apiVersion)
    object["kind"] = .string(request.resource.kind)
    if request.subresource == "status" {
      var merged = before
      merged["status"] = object["status"]
      object = merged
    } else {
      if request.resource.hasStatus { object["status"] = before["status"] }
      object["metadata"]?["name"] = before.value(at: "metadata", "name")
      object["metadata"]?["namespace"] = before.value(at: "metadata", "namespace")
      inherit(&object, from: before, request)
      object = admitted(object, request)
      try validate(object, replacing: before, request)
    }
    var managers = live.managers
    if sent.value(at: "metadata", "managedFields")?.sequence?.isEmpty == true { managers = [] }
    managers = ManagedFields.update(
      from: before, to: object, managers: managers, by: manager(request), type: request.served.type)
    return WriteResult(
      object: finish(object, managers, replacing: live, request), isCreated: false)
  }

  // MARK: Server-side apply

  mutating func apply(_ body: Node, force: Bool, _ request: WriteRequest) throws -> WriteResult {
    let sent = try checked(body, request)
    let live = object(request.key)
    if let live {
      try checkPreconditions(sent, live, request)
    } else {
      if let version = sent.value(at: "metadata", "resourceVersion")?.string, version != "" {
        throw APIError.stale(request.resource, request.name)
      }
      if request.subresource == "status" {
        throw APIError.notFound(request.resource, request.name)
      }
      try checkNamespace(request)
    }
    let isStatus = request.subresource == "status"
    var applied = SystemMetadata.stripped(
      sent, keepsStatus: isStatus || !request.resource.hasStatus)
    if isStatus { _ = applied.withMapping { $0["spec"] = nil } }
    if applied.value(at: "metadata", "name") == nil {
      applied["metadata"]?["name"] = .string(request.name)
    }
    if request.resource.isNamespaced {
      applied["metadata"]?["namespace"] = .string(request.namespace)
    }
    if request.served.custom == nil {
      do {
        _ = try TypedObject.fieldSet(of: applied, type: request.served.type)
      } catch let error as TypedObjectError {
        throw untyped(error, request)
      }
      applied = DecodedForm.of(applied, type: request.served.type)
    }
    let before = live.map { VersionConversion.convert($0.content, to: request.resource) }
    let outcome: ManagedFields.Outcome
    do {
      outcome = try ManagedFields.apply(
        applied, onto: before, managers: live?.managers ?? [], by: manager(request),
        type: request.served.type, force: force)
    } catch let error as TypedObjectError {
      throw untyped(error, request)
    } catch let conflict as ManagedFields.Conflict {
      throw APIError.applyConflict(conflict)
    }
    let object = isStatus ? outcome.object : admitted(outcome.object, request)
    if !isStatus { try validate(object, replacing: before, request) }
    return WriteResult(
      object: finish(object, outcome.managers, replacing: live, request), isCreated: live == nil)
  }

  private func untyped(_ error: TypedObjectError, _ request: WriteRequest) -> APIError {
    let scope = request.namespace.isEmpty ? "" : request.namespace + "/"
    return .internalFault(
      "failed to create typed patch object (\(scope)\(request.name); \(request.resource.apiVersion), Kind=\(request.resource.kind)): \(error)"
    )
  }

  // MARK: Shared steps

  private func manager(_ request: WriteRequest) -> FieldManager {
    FieldManager(
      name: request.manager, apiVersion: request.resource.apiVersion,
      subresource: request.subresource, time: Timestamp.now())
  }

  private mutating func finish(
    _ content: Node, _ managers: [ManagedFieldsEntry], replacing live: StoredObject?,
    _ request: WriteRequest
  ) -> StoredObject {
    if request.isDryRun {
      let stamped = stamp(content, managers: managers, replacing: live, served: request.served)
      var system = stamped.system
      system.resourceVersion = live?.system.resourceVersion ?? 0
      return StoredObject(content: stamped.content, system: system, managers: stamped.managers)
    }
    let stored = store(content, managers: managers, replacing: live, served: request.served)
    if let live, live === stored { return stored }
    if stored.system.deleted != nil, stored.finalizers.isEmpty {
      remove(request.key)
    } else {
      react(to: stored, replacing: live, request.served)
    }
    return stored
  }

  /// Checks that the body is an object of the resource and is the one that the path names.
  private func checked(_ body: Node, _ request: WriteRequest) throws -> Node {
    guard body.mapping != nil else {
      throw APIError.badRequest(
        "the object provided is unrecognized (must be of type \(request.resource.kind))")
    }
    let apiVersion = body["apiVersion"]?.string ?? ""
    let kind = body["kind"]?.string ?? ""
    if apiVersion != request.resource.apiVersion || kind != request.resource.kind {
      throw APIError.badRequest(
        "\(kind) in version \"\(apiVersion)\" cannot be handled as a \(request.resource.kind): the API version in the data (\(apiVersion)) does not match the expected API version (\(request.resource.apiVersion))"
      )
    }
    var object = body
    if object["metadata"]?.mapping == nil { object["metadata"] = .emptyMapping }
    if let name = object.value(at: "metadata", "name")?.string, !request.name.isEmpty,
      name != request.name
    {
      throw APIError.badRequest(
        "the name of the object (\(name)) does not match the name on the URL (\(request.name))")
    }
    if request.resource.isNamespaced {
      if let namespace = object.value(at: "metadata", "namespace")?.string, !namespace.isEmpty,
        namespace != request.namespace
      {
        throw APIError.badRequest(
          "the namespace of the provided object does not match the namespace sent on the request")
      }
      object["metadata"]?["namespace"] = .string(request.namespace)
    } else {
      object["metadata"]?["namespace"] = nil
    }
    return object
  }

  private func checkNamespace(_ request: WriteRequest) throws {
    guard request.resource.isNamespaced else { return }
    let key = ObjectKey(
      groupResource: "namespaces", name: ObjectName(namespace: "", name: request.namespace))
    guard let namespace = object(key) else {
      throw APIError.namespaceNotFound(request.namespace)
    }
    if namespace.system.deleted != nil {
      throw APIError(
        code: 403, reason: "Forbidden",
        message:
          "\(request.resource.groupResource) \"\(request.name)\" is forbidden: unable to create new content in namespace \(request.namespace) because it is being terminated",
        name: request.name, group: request.resource.group, kind: request.resource.plural,
        causes: [
          APIError.Cause(
            reason: "NamespaceTerminating",
            message: "namespace \(request.namespace) is being terminated",
            field: "metadata.namespace")
        ])
    }
  }

  private func checkPreconditions(_ sent: Node, _ live: StoredObject, _ request: WriteRequest)
    throws
  {
    if let version = sent.value(at: "metadata", "resourceVersion")?.string, version != "",
      version != String(live.system.resourceVersion)
    {
      throw APIError.stale(request.resource, request.name)
    }
    if let uid = sent.value(at: "metadata", "uid")?.string, uid != "",
      uid != live.system.uid.description
    {
      throw APIError.conflict(
        request.resource, request.name,
        "Precondition failed: UID in precondition: \(uid), UID in object meta: \(live.system.uid)")
    }
  }

  /// Fields that an update may leave out because the server allocated them.
  private func inherit(_ object: inout Node, from before: Node, _ request: WriteRequest) {
    guard request.resource.groupResource == "services",
      object.value(at: "spec", "type")?.string != "ExternalName"
    else { return }
    for field in ["clusterIP", "clusterIPs"] where object.value(at: "spec", field) == nil {
      object["spec"]?[field] = before.value(at: "spec", field)
    }
  }

  private mutating func admitted(_ object: Node, _ request: WriteRequest) -> Node {
    if let custom = request.served.custom { return custom.admitted(object) }
    var filled = DecodedForm.of(object, type: request.served.type)
    if request.resource.plural == "secrets", let texts = object["stringData"]?.mapping {
      // Write-only: the server keeps it encoded in `data`.
      for pair in texts.pairs {
        filled["data"]?[pair.key] = .string(Base64.encode(Array((pair.value.string ?? "").utf8)))
        if filled["data"] == nil {
          filled["data"] = .object([
            pair.key: .string(Base64.encode(Array((pair.value.string ?? "").utf8)))
          ])
        }
      }
      filled["stringData"] = nil
    }
    ObjectDefaults.fill(&filled, request.resource, random: &random)
    return filled
  }

  private func validate(_ object: Node, replacing old: Node?, _ request: WriteRequest) throws {
    var problems: [FieldProblem]
    if let custom = request.served.custom {
      problems = custom.problems(object)
    } else {
      do {
        _ = try TypedObject.fieldSet(of: object, type: request.served.type)
      } catch let error as TypedObjectError {
        // Ordinary writes drop fields that they do not know; a wrong type cannot be decoded.
        let wrong = error.problems.filter { !$0.hasSuffix("field not declared in schema") }
        if let first = wrong.first {
          throw APIError.badRequest(
            "\(request.resource.kind) in version \"\(request.resource.version)\" cannot be handled as a \(request.resource.kind): json: cannot unmarshal: \(first)"
          )
        }
      }
      problems = ObjectValidation.problems(object, request.resource)
      if let old {
        problems += ObjectValidation.changeProblems(from: old, to: object, request.resource)
      }
    }
    if !problems.isEmpty {
      throw APIError.invalid(request.resource, request.name, problems)
    }
  }
}
