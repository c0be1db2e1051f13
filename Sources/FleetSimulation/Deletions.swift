internal import FleetModel
internal import Manifests
internal import RolloutEngine

// What clusters hold beyond their target states, and its deletion.

extension SimulatedFleet {
  /// What a change of the target state leaves behind.
  mutating func leaveSomething(
    on cluster: String, of app: String, _ random: inout SeededRandom
  ) {
    if random.chance(20) { leftovers[cluster]?[app] = nil }
    guard random.chance(40) else { return }
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let kind = random.pick(["ConfigMap", "Service", "Service", "StatefulSet"]) ?? ""
      let identity = ResourceIdentity(
        group: "", version: "v1", kind: kind, namespace: app,
        name: "old-\(Int.random(in: 1...3, using: &random))")
      leftovers[cluster, default: [:]][app, default: []]
        .insert(DeletedObject(identity, isReplaced: kind == "ConfigMap"))
    }
  }

  func held(by cluster: String, of app: String) -> DeletionList? {
    guard let objects = leftovers[cluster]?[app], !objects.isEmpty else { return nil }
    return DeletionList(Array(objects), owned: objects.count + 3)
  }

  /// Whether the engine has not heard of it yet: delivery tells until it is written down.
  func isAwaited(_ assignment: Assignment) -> Bool {
    guard let target = engine.state.rollouts[assignment.rollout]?.target(assignment.cluster)
    else { return false }
    return target.attempt == assignment.attempt && target.phase == .dispatched
  }

  /// Deletes what the list names and is there, beside the target state.
  mutating func prune(
    _ list: DeletionList, _ assignment: Assignment, _ random: inout SeededRandom
  ) -> Observation.Finding {
    let (name, app) = (assignment.cluster, assignment.app)
    switch Int.random(in: 0..<12, using: &random) {
    case 0: return .failed("forbidden", permanent: true)
    case 1: return .failed("too many requests", permanent: false)
    default:
      live[name, default: [:]][app] = assignment.digest
      epochs[name] = epoch
      let gone = leftovers[name]?[app]?.intersection(list.objects) ?? []
      leftovers[name]?[app]?.subtract(gone)
      return .applied(objects: 0, pruned: gone.count, leftovers: held(by: name, of: app))
    }
  }
}

extension Assignment {
  /// Of its effects, without the step.
  var key: String { "\(rollout)/\(cluster)/\(attempt)" }
}
