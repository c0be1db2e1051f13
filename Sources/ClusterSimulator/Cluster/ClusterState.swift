internal import Manifests

/// Names an object inside one resource.
struct ObjectName: Hashable, Sendable, Comparable {
  /// Empty for cluster-scoped objects.
  let namespace: String
  let name: String

  static func < (a: Self, b: Self) -> Bool {
    (a.namespace, a.name) < (b.namespace, b.name)
  }
}

/// Names an object inside a cluster.
struct ObjectKey: Hashable, Sendable {
  /// As ``ResourceType/groupResource``.
  let groupResource: String
  let name: ObjectName
}

/// Something that a controller of the cluster does later.
enum DelayedAction: Sendable {
  /// The workload of this generation finishes its rollout, well or badly.
  case settle(ObjectKey, ObjectUID, generation: Int)
  case establish(ObjectKey, ObjectUID)
  case bind(ObjectKey, ObjectUID)
  case emptyNamespace(ObjectKey, ObjectUID)
  case removeDefinition(ObjectKey, ObjectUID)
  case bookmark(watch: Int)
  case endWatch(Int)
}

/// How long things take in a simulated cluster.
struct ClusterPace: Sendable {
  var readyDelay: Duration
  /// Up to this share is added to every delay, by the seed.
  var jitter: Double
  var progressDeadline: Duration
  var definitionDelay: Duration
  var namespaceDeletionDelay: Duration
  var bookmarkInterval: Duration
  /// Custom resources become `Ready` like workloads; otherwise they stay without a status.
  var readiesCustomResources: Bool
}

/// Everything that one simulated cluster knows. A value: ``SimulatedCluster`` guards it by a lock and
/// carries out what it leaves in ``pending``.
struct ClusterState: Sendable {
  let pace: ClusterPace
  let pool: ContentPool
  var random: SeededRandom
  var resourceVersion = 0
  var objects: [String: [ObjectName: StoredObject]] = [:]
  var definitions: [String: CustomDefinition] = [:]
  var history: WatchHistory
  var audit: AuditLog
  var watches: [Int: Watch] = [:]
  var nextWatch = 1
  var requestCounts: [String: Int] = [:]
  /// Workloads that a test broke, with the waiting reason to show.
  var broken: [ObjectKey: String] = [:]
  var faults = ClusterFaults()
  /// What is to be done later, taken away by the owner of the state after each change.
  var pending: [(delay: Duration, action: DelayedAction)] = []
  /// Where ended watches wrote to. Closed after the cluster's lock is released, because closing calls
  /// back into the cluster.
  var endedSinks: [AsyncStream<[UInt8]>.Continuation] = []
  /// Watches that were opened since, to be forgotten when their clients go.
  var openedWatches: [(id: Int, sink: AsyncStream<[UInt8]>.Continuation)] = []

  init(pace: ClusterPace, pool: ContentPool, random: SeededRandom, history: Int, audit: Int) {
    self.pace = pace
    self.pool = pool
    self.random = random
    self.history = WatchHistory(limit: history)
    self.audit = AuditLog(limit: audit)
  }

  /// The objects that every new cluster has.
  mutating func bootstrap() {
    for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
      guard let namespaces = ServedResource.builtin[ServedResource.key("", "v1", "namespaces")]
      else { continue }
      var content = Node.object([
        "apiVersion": .string("v1"), "kind": .string("Namespace"),
        "metadata": .object(["name": .string(name)]),
      ])
      ObjectDefaults.fill(&content, namespaces.resource, random: &random)
      store(content, managers: [], replacing: nil, served: namespaces)
    }
  }

  // MARK: Reading

  /// The resource served under this group, version and plural name.
  func served(_ group: String, _ version: String, _ plural: String) -> ServedResource? {
    if let builtin = ServedResource.builtin[ServedResource.key(group, version, plural)] {
      return builtin
    }
    guard let definition = definitions["\(plural).\(group)"], definition.isEstablished else {
      return nil
    }
    return definition.versions.first { $0.resource.version == version }
  }

  /// Every resource of the cluster, built-in ones first.
  var resources: [ResourceType] {
    BuiltinResources.all
      + definitions.sorted { $0.key < $1.key }.flatMap { entry in
        entry.value.isEstablished ? entry.value.versions.map(\.resource) : []
      }
  }

  func object(_ key: ObjectKey) -> StoredObject? { objects[key.groupResource]?[key.name] }

  func served(for object: StoredObject, groupResource: String) -> ServedResource? {
    let apiVersion = object.content["apiVersion"]?.string ?? ""
    let parts = apiVersion.split(separator: "/").map(String.init)
    let plural = groupResource.split(separator: ".").first.map(String.init) ?? ""
    let group = parts.count > 1 ? parts[0] : ""
    return served(group, parts.last ?? "", plural)
  }

  // MARK: Writing

  /// Stores `content` as the next version of `old` (or as a new object), stamps it and tells the
  /// watches. Returns `old` itself when nothing changed.
  @discardableResult
  mutating func store(
    _ content: Node, managers: [ManagedFieldsEntry], replacing old: StoredObject?,
    served: ServedResource
  ) -> StoredObject {
    let stamped = stamp(content, managers: managers, replacing: old, served: served)
    if let old, stamped === old { return old }
    resourceVersion = stamped.system.resourceVersion
    put(stamped, replacing: old, served: served)
    return stamped
  }

  /// The version that ``store`` would store, without storing it.
  mutating func stamp(
    _ content: Node, managers: [ManagedFieldsEntry], replacing old: StoredObject?,
    served: ServedResource
  ) -> StoredObject {
    guard let old else {
      let system = SystemFields(
        uid: ObjectUID(using: &random), resourceVersion: resourceVersion + 1,
        generation: served.hasGeneration ? 1 : 0, created: Timestamp.now())
      return StoredObject(
        content: pool.share(content), system: system, managers: pool.share(managers))
    }
    let sameFields =
      old.managers.count == managers.count
      && zip(old.managers, managers).allSatisfy {
        $0.isSameManager(as: $1) && $0.fields == $1.fields && $0.apiVersion == $1.apiVersion
      }
    if sameFields, old.content == content { return old }
    var system = old.system
    system.resourceVersion = resourceVersion + 1
    if served.hasGeneration,
      Self.specification(old.content, served) != Self.specification(content, served)
    {
      system.generation += 1
    }
    return StoredObject(
      content: pool.share(content), system: system, managers: pool.share(managers))
  }

  /// What `metadata.generation` counts the changes of.
  private static func specification(_ content: Node, _ served: ServedResource) -> Node {
    guard served.resource.isCustom else { return content["spec"] ?? content["webhooks"] ?? .null }
    var rest = content
    _ = rest.withMapping { mapping in
      mapping["metadata"] = nil
      if served.resource.hasStatus { mapping["status"] = nil }
    }
    return rest
  }

  private mutating func put(
    _ object: StoredObject, replacing old: StoredObject?, served: ServedResource
  ) {
    let groupResource = served.resource.groupResource
    let name = ObjectName(namespace: object.namespace, name: object.name)
    objects[groupResource, default: [:]][name] = object
    if groupResource == Self.definitions {
      definitions[object.name] = CustomDefinition(object)
    }
    announce(
      WatchEvent(
        kind: old == nil ? .added : .modified, resourceVersion: object.system.resourceVersion,
        groupResource: groupResource, object: object, previous: old))
  }

  /// Takes an object away and tells the watches.
  mutating func remove(_ key: ObjectKey) {
    guard let old = objects[key.groupResource]?.removeValue(forKey: key.name) else { return }
    if objects[key.groupResource]?.isEmpty == true { objects[key.groupResource] = nil }
    broken[key] = nil
    resourceVersion += 1
    var system = old.system
    system.resourceVersion = resourceVersion
    let last = StoredObject(content: old.content, system: system, managers: old.managers)
    announce(
      WatchEvent(
        kind: .deleted, resourceVersion: resourceVersion, groupResource: key.groupResource,
        object: last, previous: old))
    if key.groupResource == Self.definitions {
      definitions[key.name.name] = nil
      // The definition takes its objects along.
      for name in objects[key.name.name]?.keys.sorted() ?? [] {
        remove(ObjectKey(groupResource: key.name.name, name: name))
      }
    }
  }

  private mutating func announce(_ event: WatchEvent) {
    history.append(event)
    for (id, watch) in watches where !watch.offer(event) { endWatch(id) }
  }

  mutating func endWatch(_ id: Int) {
    if let watch = watches.removeValue(forKey: id) { endedSinks.append(watch.sink) }
  }

  mutating func later(_ delay: Duration, _ action: DelayedAction) {
    let share = pace.jitter > 0 ? Double.random(in: 0...pace.jitter, using: &random) : 0
    pending.append((delay + delay * share, action))
  }
}

extension ClusterState {
  /// Stores a version whose system fields the caller has changed.
  mutating func restamp(_ object: StoredObject, replacing old: StoredObject, _ key: ObjectKey)
    -> StoredObject
  {
    resourceVersion += 1
    var system = object.system
    system.resourceVersion = resourceVersion
    let stamped = StoredObject(
      content: pool.share(object.content), system: system, managers: object.managers)
    objects[key.groupResource, default: [:]][key.name] = stamped
    announce(
      WatchEvent(
        kind: .modified, resourceVersion: resourceVersion, groupResource: key.groupResource,
        object: stamped, previous: old))
    return stamped
  }
}
