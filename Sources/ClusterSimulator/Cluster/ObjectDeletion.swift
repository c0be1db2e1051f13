internal import Manifests

/// `DeleteOptions`.
struct DeletionOptions: Sendable {
  enum Propagation: String, Sendable {
    case orphan = "Orphan"
    case background = "Background"
    case foreground = "Foreground"
  }

  var uid: String?
  var resourceVersion: String?
  var propagation = Propagation.background
  var isDryRun = false

  init(_ body: Node?) {
    uid = body?.value(at: "preconditions", "uid")?.string
    resourceVersion = body?.value(at: "preconditions", "resourceVersion")?.string
    if let text = body?["propagationPolicy"]?.string, let policy = Propagation(rawValue: text) {
      propagation = policy
    } else if body?["orphanDependents"]?.bool == true {
      propagation = .orphan
    }
    isDryRun = body?["dryRun"]?.sequence?.isEmpty == false
  }
}

extension ClusterState {
  /// Deletes an object, or marks it while finalizers hold it. Returns what was there, marked if it
  /// stays, and whether it is gone.
  mutating func delete(_ key: ObjectKey, _ served: ServedResource, _ options: DeletionOptions)
    throws -> (object: StoredObject, isGone: Bool)
  {
    guard let live = object(key) else { throw APIError.notFound(served.resource, key.name.name) }
    if let uid = options.uid, uid != live.system.uid.description {
      throw APIError(
        code: 409, reason: "Conflict",
        message:
          "Operation cannot be fulfilled on \(served.resource.kind) \"\(key.name.name)\": the UID in the precondition (\(uid)) does not match the UID in record (\(live.system.uid)). The object might have been deleted and then recreated",
        name: key.name.name, group: served.resource.group, kind: served.resource.kind)
    }
    if let version = options.resourceVersion, version != String(live.system.resourceVersion) {
      throw APIError.conflict(
        served.resource, key.name.name,
        "Precondition failed: ResourceVersion in precondition: \(version), ResourceVersion in object meta: \(live.system.resourceVersion)"
      )
    }
    let isNamespace = key.groupResource == "namespaces"
    let isDefinition = key.groupResource == Self.definitions
    if options.isDryRun { return (live, live.finalizers.isEmpty && !isNamespace) }
    if isNamespace, ["default", "kube-system", "kube-public"].contains(key.name.name) {
      throw APIError(
        code: 403, reason: "Forbidden",
        message: "namespaces \"\(key.name.name)\" is forbidden: this namespace may not be deleted",
        name: key.name.name, kind: "namespaces")
    }
    if !live.finalizers.isEmpty || isNamespace || isDefinition {
      let marked = mark(live, key, served)
      if isDefinition, live.system.deleted == nil {
        later(pace.definitionDelay, .removeDefinition(key, live.system.uid))
      }
      if isNamespace { later(pace.namespaceDeletionDelay, .emptyNamespace(key, live.system.uid)) }
      return (marked, false)
    }
    remove(key)
    if options.propagation != .orphan { removeDependents(of: live) }
    return (live, true)
  }

  static let definitions = "customresourcedefinitions.apiextensions.k8s.io"

  private mutating func mark(_ live: StoredObject, _ key: ObjectKey, _ served: ServedResource)
    -> StoredObject
  {
    guard live.system.deleted == nil else { return live }
    var content = live.content
    if key.groupResource == "namespaces" { content["status"]?["phase"] = .string("Terminating") }
    if key.groupResource == Self.definitions {
      // Holds the definition until its objects are gone.
      content["metadata"]?["finalizers"] = .sequence([
        .string("customresourcecleanup.apiextensions.k8s.io")
      ])
    }
    var system = live.system
    system.deleted = Timestamp.now()
    let marked = StoredObject(content: content, system: system, managers: live.managers)
    // Marking does not change the content of most kinds; it is a new version all the same.
    return restamp(marked, replacing: live, key)
  }

  /// What a garbage collector removes: objects that `owner` owned.
  mutating func removeDependents(of owner: StoredObject) {
    let uid = owner.system.uid.description
    for (groupResource, store) in objects {
      for (name, object) in store {
        let owners = object.content.value(at: "metadata", "ownerReferences")?.sequence ?? []
        guard !owners.isEmpty, owners.contains(where: { $0["uid"]?.string == uid }) else {
          continue
        }
        let key = ObjectKey(groupResource: groupResource, name: name)
        guard let live = self.object(key),
          let served = served(for: live, groupResource: groupResource)
        else { continue }
        var rest = owners
        rest.removeAll { $0["uid"]?.string == uid }
        if !rest.isEmpty { continue }
        // Preconditions are absent, so this only fails for objects that are gone already.
        _ = try? delete(key, served, DeletionOptions(nil))
      }
    }
  }

  /// Removes the content of a namespace that is being deleted, then the namespace. Objects with
  /// finalizers hold it up: it is tried again.
  mutating func emptyNamespace(_ key: ObjectKey, _ uid: ObjectUID) {
    guard let namespace = object(key), namespace.system.uid == uid else { return }
    var remaining = 0
    for (groupResource, store) in objects {
      for name in store.keys.sorted() where name.namespace == key.name.name {
        let inner = ObjectKey(groupResource: groupResource, name: name)
        guard let live = object(inner), let served = served(for: live, groupResource: groupResource)
        else { continue }
        // As above.
        let outcome = try? delete(inner, served, DeletionOptions(nil))
        if outcome?.isGone == false { remaining += 1 }
      }
    }
    if remaining > 0 {
      later(pace.namespaceDeletionDelay, .emptyNamespace(key, uid))
    } else {
      remove(key)
    }
  }
}
