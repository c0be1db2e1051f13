internal import Manifests

/// What the controllers of a cluster do: at once after a write, and later.
extension ClusterState {
  /// Starts what a new or changed object sets in motion.
  mutating func react(
    to object: StoredObject, replacing old: StoredObject?, _ served: ServedResource
  ) {
    let key = ObjectKey(
      groupResource: served.resource.groupResource,
      name: ObjectName(namespace: object.namespace, name: object.name))
    let isNewGeneration = old?.system.generation != object.system.generation || old == nil
    switch key.groupResource {
    case "deployments.apps", "statefulsets.apps", "daemonsets.apps", "replicasets.apps",
      "jobs.batch":
      guard isNewGeneration else { return }
      begin(object, replacing: old, key, served)
    case Self.definitions:
      if !CustomDefinition.isEstablished(object) {
        later(pace.definitionDelay, .establish(key, object.system.uid))
      }
    case "persistentvolumeclaims":
      if object.content.value(at: "status", "phase")?.string == "Pending" {
        later(pace.readyDelay / 2, .bind(key, object.system.uid))
      }
    case "horizontalpodautoscalers.autoscaling":
      if old == nil { later(pace.readyDelay / 2, .bind(key, object.system.uid)) }
    case "poddisruptionbudgets.policy", "ingresses.networking.k8s.io":
      if isNewGeneration { later(pace.readyDelay / 2, .bind(key, object.system.uid)) }
    case "services":
      if object.content.value(at: "spec", "type")?.string == "LoadBalancer",
        object.content.value(at: "status", "loadBalancer", "ingress") == nil
      {
        later(pace.readyDelay / 2, .bind(key, object.system.uid))
      }
    default:
      if served.resource.isCustom, pace.readiesCustomResources, isNewGeneration {
        later(
          pace.readyDelay,
          .settle(key, object.system.uid, generation: object.system.generation))
      }
    }
  }

  /// Shows at once that the controller saw the new generation; the rest comes after a delay.
  private mutating func begin(
    _ object: StoredObject, replacing old: StoredObject?, _ key: ObjectKey, _ served: ServedResource
  ) {
    let workload = Workload(object)
    setStatus(workload.starting, of: key, served)
    if key.groupResource == "deployments.apps",
      old?.content.value(at: "spec", "template") != object.content.value(at: "spec", "template")
    {
      countRevision(key, served)
    }
    let delay = workload.isBad || broken[key] != nil ? pace.progressDeadline : pace.readyDelay
    later(delay, .settle(key, object.system.uid, generation: object.system.generation))
  }

  /// Counts the pod templates of a Deployment, as its controller does.
  private mutating func countRevision(_ key: ObjectKey, _ served: ServedResource) {
    let name = "deployment.kubernetes.io/revision"
    guard let live = object(key) else { return }
    var content = live.content
    if content.value(at: "metadata", "annotations") == nil {
      content["metadata"]?["annotations"] = .emptyMapping
    }
    let last = live.annotations[name].flatMap { Int($0) } ?? 0
    content["metadata"]?["annotations"]?[name] = .string(String(last + 1))
    let manager = FieldManager(
      name: "kube-controller-manager", apiVersion: served.resource.apiVersion,
      time: Timestamp.now())
    let managers = ManagedFields.update(
      from: live.content, to: content, managers: live.managers, by: manager, type: served.type)
    store(content, managers: managers, replacing: live, served: served)
  }

  /// Writes a status as a controller does.
  mutating func setStatus(_ status: Node, of key: ObjectKey, _ served: ServedResource) {
    guard let live = object(key) else { return }
    var content = live.content
    content["status"] = status
    let manager = FieldManager(
      name: key.groupResource == Self.definitions ? "kube-apiserver" : "kube-controller-manager",
      apiVersion: live.content["apiVersion"]?.string ?? served.resource.apiVersion,
      subresource: "status", time: Timestamp.now())
    let managers = ManagedFields.update(
      from: live.content, to: content, managers: live.managers, by: manager, type: served.type)
    store(content, managers: managers, replacing: live, served: served)
  }

  mutating func perform(_ action: DelayedAction) {
    switch action {
    case .settle(let key, let uid, let generation):
      guard let live = object(key), live.system.uid == uid, live.system.generation == generation,
        let served = served(for: live, groupResource: key.groupResource)
      else { return }
      settle(live, key, served)
    case .establish(let key, let uid):
      guard let live = object(key), live.system.uid == uid,
        let served = served(for: live, groupResource: key.groupResource)
      else { return }
      setStatus(ControllerStatus.established(live.content), of: key, served)
    case .bind(let key, let uid):
      guard let live = object(key), live.system.uid == uid,
        let served = served(for: live, groupResource: key.groupResource),
        let status = ControllerStatus.settled(live, key)
      else { return }
      setStatus(status, of: key, served)
    case .emptyNamespace(let key, let uid): emptyNamespace(key, uid)
    case .removeDefinition(let key, let uid):
      if object(key)?.system.uid == uid { remove(key) }
    case .bookmark(let id):
      guard let watch = watches[id] else { return }
      watch.sink.yield(watch.bookmark(resourceVersion))
      pending.append((pace.bookmarkInterval, .bookmark(watch: id)))
    case .endWatch(let id): endWatch(id)
    }
  }

  private mutating func settle(_ live: StoredObject, _ key: ObjectKey, _ served: ServedResource) {
    if served.resource.isCustom {
      setStatus(ControllerStatus.ready(live), of: key, served)
      return
    }
    let workload = Workload(live)
    removeDependents(of: live)
    if let reason = broken[key] ?? workload.badReason {
      setStatus(workload.failed(reason: reason), of: key, served)
      showFailure(workload, live, key, reason: reason)
    } else {
      setStatus(workload.finished, of: key, served)
    }
  }

  /// A ReplicaSet and one pod that tell why a workload does not get ready.
  private mutating func showFailure(
    _ workload: Workload, _ owner: StoredObject, _ key: ObjectKey, reason: String
  ) {
    var parent = owner
    var parentNode = workload.reference(to: owner)
    if key.groupResource == "deployments.apps",
      let sets = ServedResource.builtin[ServedResource.key("apps", "v1", "replicasets")]
    {
      var content = workload.replicaSet(owner: parentNode)
      ObjectDefaults.fill(&content, sets.resource, random: &random)
      parent = store(content, managers: [], replacing: nil, served: sets)
      parentNode = workload.reference(to: parent)
    }
    guard let pods = ServedResource.builtin[ServedResource.key("", "v1", "pods")] else { return }
    var content = workload.failingPod(owner: parentNode, ownerName: parent.name, reason: reason)
    ObjectDefaults.fill(&content, pods.resource, random: &random)
    let name = ObjectName(
      namespace: owner.namespace, name: content.value(at: "metadata", "name")?.string ?? "")
    store(
      content, managers: [], replacing: object(ObjectKey(groupResource: "pods", name: name)),
      served: pods)
  }

  /// Makes a workload fail with a waiting reason such as `CrashLoopBackOff`, or heals it (`nil`).
  mutating func setBroken(_ key: ObjectKey, reason: String?) {
    broken[key] = reason
    guard let live = object(key), let served = served(for: live, groupResource: key.groupResource)
    else { return }
    settle(live, key, served)
  }
}
