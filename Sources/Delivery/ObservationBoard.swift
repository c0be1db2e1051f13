internal import KubernetesAPI
internal import Manifests
internal import Synchronization

/// What is known about each object of a target state on one cluster. Objects are judged when they
/// arrive and not kept, so memory depends on the target state alone.
final class ObservationBoard: ResourceListener {
  private struct State {
    var verdicts: [ResourceIdentity: Verdict] = [:]
    /// The pods of workloads that failed, for their reasons.
    var pods: [ResourceIdentity: PodSelection] = [:]
    /// What is ours of each object that is there, as in ``AppliedRecord``.
    var ownership: [ResourceIdentity: String] = [:]
    var synced: Set<GroupVersionKind> = []
    var inventory: Inventory?

    mutating func take(_ judgement: Judgement) {
      verdicts[judgement.identity] = judgement.verdict
      pods[judgement.identity] = judgement.pods
      ownership[judgement.identity] = judgement.ownership
    }

    mutating func forget(_ identity: ResourceIdentity) {
      verdicts[identity] = nil
      pods[identity] = nil
      ownership[identity] = nil
    }
  }

  private let digest: Digest
  private let checks: HealthChecks
  /// Each object as rendered and as the cluster has it, in the order of the target state.
  private let objects: [(identity: ResourceIdentity, located: ResourceIdentity, unserved: String?)]
  private let wanted: Set<ResourceIdentity>
  private let sources: Set<GroupVersionKind>
  private let state: Mutex<State>
  /// One element when anything changed since the last one was taken.
  let changes: AsyncStream<Void>
  private let changed: AsyncStream<Void>.Continuation

  init(
    target: TargetState, checks: HealthChecks, sources: [ServedResource],
    unserved: [GroupVersionKind: String], inventory: Inventory?
  ) {
    digest = target.digest
    self.checks = checks
    let resources = Dictionary(sources.map { ($0.kind, $0) }) { first, _ in first }
    objects = target.objects.map { object in
      let kind = GroupVersionKind(of: object.identity)
      let isNamespaced = resources[kind]?.isNamespaced ?? true
      return (
        object.identity, object.identity.located(isNamespaced: isNamespaced), unserved[kind]
      )
    }
    wanted = Set(objects.map(\.located))
    self.sources = Set(sources.map(\.kind))
    state = Mutex(State(inventory: inventory))
    (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    changed.yield()
  }

  private func identity(_ resource: ServedResource, _ object: Node) -> ResourceIdentity? {
    guard let name = object.value(at: "metadata", "name")?.string else { return nil }
    let identity = ResourceIdentity(
      group: resource.kind.group, version: resource.kind.version, kind: resource.kind.kind,
      namespace: object.value(at: "metadata", "namespace")?.string ?? "", name: name)
    return wanted.contains(identity) ? identity : nil
  }

  /// Lists leave out kind and version of their items; the rules need them.
  private func complete(_ object: Node, _ resource: ServedResource) -> Node {
    var object = object
    object["apiVersion"] = .string(resource.kind.apiVersion)
    object["kind"] = .string(resource.kind.kind)
    return object
  }

  private struct Judgement {
    let identity: ResourceIdentity
    let verdict: Verdict
    let pods: PodSelection?
    let ownership: String?
  }

  private func judge(_ object: Node, _ resource: ServedResource) -> Judgement? {
    guard let identity = identity(resource, object) else { return nil }
    let verdict = ObjectHealth.verdict(of: complete(object, resource), checks: checks)
    let hasFailed = if case .failed = verdict { true } else { false }
    return Judgement(
      identity: identity, verdict: verdict,
      pods: hasFailed ? PodSelection(of: object, identity) : nil,
      ownership: AppliedRecord.ownership(of: object))
  }

  func replace(_ resource: ServedResource, with items: [Node]) {
    let found = items.compactMap { judge($0, resource) }
    state.withLock { state in
      state.synced.insert(resource.kind)
      for identity in state.verdicts.keys where GroupKind(of: identity) == resource.kind.groupKind {
        state.forget(identity)
      }
      for judgement in found { state.take(judgement) }
    }
    changed.yield()
  }

  func set(_ resource: ServedResource, _ object: Node) {
    guard let judgement = judge(object, resource) else { return }
    state.withLock { $0.take(judgement) }
    changed.yield()
  }

  func remove(_ resource: ServedResource, _ object: Node) {
    guard let identity = identity(resource, object) else { return }
    state.withLock { $0.forget(identity) }
    changed.yield()
  }

  /// The pods of a workload that failed.
  func pods(of identity: ResourceIdentity) -> PodSelection? {
    guard let place = objects.first(where: { $0.identity == identity }) else { return nil }
    return state.withLock { $0.pods[place.located] }
  }

  /// An object that is not as it was applied, and what is ours of it now: `nil` when it is gone.
  struct Touched: Hashable {
    let identity: ResourceIdentity
    let ownership: String?
  }

  /// The objects that somebody has changed or deleted since the target state was applied; `nil` while
  /// nobody can say.
  func touched() -> [Touched]? {
    state.withLock { state in
      guard sources.isSubset(of: state.synced), let inventory = state.inventory,
        doubt(inventory) == nil
      else { return nil }
      return objects.compactMap { object in
        guard let record = inventory.records[object.located] else { return nil }
        let now = state.ownership[object.located]
        return now == record.ownership ? nil : Touched(identity: object.identity, ownership: now)
      }
    }
  }

  func set(inventory: Inventory?) {
    state.withLock { $0.inventory = inventory }
    changed.yield()
  }

  /// The overall verdict; `nil` until every kind was listed.
  func assess(cluster: String) -> (HealthReport.Overall, [HealthReport.Finding])? {
    state.withLock { state in
      guard sources.isSubset(of: state.synced) else { return nil }
      var failed: [HealthReport.Finding] = []
      var waiting: [HealthReport.Finding] = []
      for (identity, located, unserved) in objects {
        func finding(_ line: String) -> HealthReport.Finding {
          HealthReport.Finding(identity: identity, line: line)
        }
        if let unserved {
          failed.append(finding("\(identity): \(unserved)"))
          continue
        }
        switch state.verdicts[located] {
        case .current: continue
        case .inProgress(let line): waiting.append(finding(line))
        case .failed(let line): failed.append(finding(line))
        case nil: failed.append(finding("\(identity): is missing on cluster \(cluster)"))
        }
      }
      if !failed.isEmpty { return (.degraded, failed + waiting) }
      if let line = doubt(state.inventory) {
        let parent = ResourceIdentity(
          group: "", version: "v1", kind: "ConfigMap", namespace: InventoryStore.namespace,
          name: state.inventory.map { InventoryStore.parentName(of: $0.app) } ?? "")
        return (.progressing, [HealthReport.Finding(identity: parent, line: line)] + waiting)
      }
      return waiting.isEmpty ? (.healthy, []) : (.progressing, waiting)
    }
  }

  /// Why the objects that are there cannot stand for the target state that was asked about.
  private func doubt(_ inventory: Inventory?) -> String? {
    guard let inventory else { return "the cluster has no inventory of this app" }
    if inventory.digest != digest {
      return "the cluster holds target state \(inventory.digest.short), not \(digest.short)"
    }
    if inventory.phase != .applied { return "the target state is not applied completely" }
    return nil
  }
}
