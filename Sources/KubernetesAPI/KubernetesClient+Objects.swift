public import FleetModel
internal import HTTPTransport
public import Manifests

/// How an object is applied.
public struct ApplyOptions: Sendable, Hashable {
  public enum Effect: Sendable, Hashable {
    case persist
    /// The server checks and answers, and stores nothing.
    case dryRun
  }

  public var conflicts: ApplyPolicy.Conflicts
  public var effect: Effect
  public var fieldManager: String

  public init(
    conflicts: ApplyPolicy.Conflicts = .refuse, effect: Effect = .persist,
    fieldManager: String = KubernetesClient.fieldManager
  ) {
    self.conflicts = conflicts
    self.effect = effect
    self.fieldManager = fieldManager
  }
}

/// What an apply did.
public struct AppliedObject: Sendable {
  /// As the server now has it.
  public let object: Node
  /// Whether it did not exist before.
  public let isNew: Bool
}

/// What must hold of an object that is to be deleted.
public struct DeletePreconditions: Sendable, Hashable {
  public var uid: String?
  public var resourceVersion: String?

  public init(uid: String? = nil, resourceVersion: String? = nil) {
    self.uid = uid
    self.resourceVersion = resourceVersion
  }
}

/// What became of an object that was to be deleted.
public enum Deletion: Sendable, Hashable {
  case gone
  /// Marked for deletion; finalizers or its own content still hold it.
  case terminating
}

extension ResourceIdentity {
  fileprivate var isSecret: Bool { group.isEmpty && kind == "Secret" }
}

extension KubernetesClient {
  /// The object, or `nil` when it does not exist. Throws when its kind is not served.
  public func get(_ identity: ResourceIdentity) async throws -> Node? {
    let resource = try await resource(for: GroupVersionKind(of: identity))
    let path = resource.path(name: identity.name, namespace: identity.namespace)
    do {
      return try await send(Call(.get, path, action: "read \(identity)"))
    } catch let error as KubernetesError where error.api?.code == 404 {
      return nil
    }
  }

  /// Server-side apply. Throws a refusal whose ``APIError/fieldConflicts`` name fields and managers
  /// when another manager owns what differs.
  public func apply(_ object: Node, options: ApplyOptions = ApplyOptions()) async throws
    -> AppliedObject
  {
    guard let identity = ResourceIdentity(of: object) else {
      throw failure("apply an object", .malformed("it has no kind or no name"))
    }
    let resource = try await resource(for: GroupVersionKind(of: identity))
    var call = Call(
      .patch, resource.path(name: identity.name, namespace: identity.namespace),
      action: "apply \(identity)")
    call.query = [
      ("fieldManager", options.fieldManager),
      ("force", options.conflicts == .takeOver ? "true" : "false"),
    ]
    if options.effect == .dryRun { call.query.append(("dryRun", "All")) }
    call.contentType = "application/apply-patch+yaml"
    call.body = object
    call.isConfidential = identity.isSecret
    let (status, applied) = try await exchange(call)
    return AppliedObject(object: applied, isNew: status == 201)
  }

  /// Creates an object; refused with reason `AlreadyExists` when there is one.
  public func create(_ object: Node) async throws -> Node {
    guard let identity = ResourceIdentity(of: object) else {
      throw failure("create an object", .malformed("it has no kind or no name"))
    }
    let resource = try await resource(for: GroupVersionKind(of: identity))
    let namespace =
      identity.namespace.isEmpty ? ServedResource.defaultNamespace : identity.namespace
    var call = Call(
      .post, resource.collectionPath(namespace: namespace), action: "create \(identity)")
    call.query = [("fieldManager", KubernetesClient.fieldManager)]
    call.body = object
    call.isConfidential = identity.isSecret
    call.repetition = .onlyIfNotExecuted
    return try await send(call)
  }

  /// Replaces an object; with a `metadata.resourceVersion` only if it is still that version, else
  /// refused with reason `Conflict`.
  public func replace(_ object: Node) async throws -> Node {
    guard let identity = ResourceIdentity(of: object) else {
      throw failure("replace an object", .malformed("it has no kind or no name"))
    }
    let resource = try await resource(for: GroupVersionKind(of: identity))
    var call = Call(
      .put, resource.path(name: identity.name, namespace: identity.namespace),
      action: "replace \(identity)")
    call.query = [("fieldManager", KubernetesClient.fieldManager)]
    call.body = object
    call.isConfidential = identity.isSecret
    call.repetition = .onlyIfNotExecuted
    return try await send(call)
  }

  /// Deletes an object in the background. An object that is not there is gone; one that no longer
  /// meets `preconditions` is refused with reason `Conflict`.
  public func delete(
    _ identity: ResourceIdentity, preconditions: DeletePreconditions = DeletePreconditions()
  ) async throws -> Deletion {
    let resource = try await resource(for: GroupVersionKind(of: identity))
    var call = Call(
      .delete, resource.path(name: identity.name, namespace: identity.namespace),
      action: "delete \(identity)")
    var options = Node.object([
      "apiVersion": .string("v1"), "kind": .string("DeleteOptions"),
      "propagationPolicy": .string("Background"),
    ])
    if preconditions != DeletePreconditions() {
      var fields = Node.emptyMapping
      fields["uid"] = preconditions.uid.map { .string($0) }
      fields["resourceVersion"] = preconditions.resourceVersion.map { .string($0) }
      options["preconditions"] = fields
    }
    call.body = options
    do {
      let answer = try await send(call)
      // The object itself comes back when something holds it; a Status when it is gone.
      return answer.value(at: "metadata", "deletionTimestamp") == nil ? .gone : .terminating
    } catch let error as KubernetesError where error.api?.code == 404 {
      return .gone
    }
  }
}
