internal import FleetModel
internal import Manifests
internal import RolloutEngine

// Clusters as they are, and what reaches the hub of it: some is lost, late, repeated, out of order,
// about something else, or a lie.

extension SimulatedFleet {
  mutating func observe(_ random: inout SeededRandom) throws {
    if !renders.isEmpty, random.chance(30) { return try render(renders.removeFirst()) }
    if !checks.isEmpty, random.chance(20) { return try answer(&random) }
    guard let key = random.pick(work.keys.sorted()), let assignment = work[key] else { return }
    if !engine.state.awaits(assignment) { work[key] = nil }
    let observation = look(assignment, &random)
    tell("observe \(assignment.rollout)/\(assignment.cluster): \(observation.finding)")
    switch Int.random(in: 0..<10, using: &random) {
    case 0: break  // lost
    case 1: late.append(observation)
    case 2:
      late.append(observation)
      try give(.observation(observation))
    default: try give(.observation(observation))
    }
  }

  /// Does what delivery does at a cluster and says what it saw.
  mutating func look(
    _ assignment: Assignment, _ random: inout SeededRandom
  ) -> Observation {
    let name = assignment.cluster
    let finding: Observation.Finding
    if dead.contains(name) {
      finding = .unreachable("connection refused")
    } else if let list = prunes[assignment.key], isAwaited(assignment) {
      finding = prune(list, assignment, &random)
    } else if live[name]?[assignment.app] != assignment.digest
      || edits[name]?[assignment.app] != nil && isAwaited(assignment)
    {
      switch Int.random(in: 0..<50, using: &random) {
      case ..<4: finding = .failed("forbidden", permanent: true)
      case ..<8: finding = .failed("too many requests", permanent: false)
      case 8 where lies: finding = .applied(objects: 3, pruned: 0)
      default:
        live[name, default: [:]][assignment.app] = assignment.digest
        edits[name]?[assignment.app] = nil
        epochs[name] = epoch
        leaveSomething(on: name, of: assignment.app, &random)
        finding = .applied(objects: 3, pruned: 0, leftovers: held(by: name, of: assignment.app))
      }
    } else if broken.contains(name) {
      finding = .degraded("CrashLoopBackOff")
    } else {
      finding = random.chance(25) ? .progressing("1 of 2 ready") : .healthy
    }
    return Observation(
      rollout: assignment.rollout, cluster: name, attempt: assignment.attempt,
      digest: assignment.digest, observedAt: now, finding: finding)
  }

  mutating func deliverLate(_ random: inout SeededRandom) throws {
    if random.chance(30) { return try answerLate(&random) }
    guard !late.isEmpty else { return }
    let index = Int.random(in: 0..<late.count, using: &random)
    // Some come again and again.
    let observation = random.chance(30) ? late[index] : late.remove(at: index)
    tell("late \(observation.rollout)/\(observation.cluster): \(observation.finding)")
    try give(.observation(observation))
  }

  /// Something healthy that is not what was dispatched last: an earlier digest, an earlier attempt,
  /// or a look from before the dispatch.
  mutating func reportStaleHealth(_ random: inout SeededRandom) throws {
    guard let old = random.pick(past) else { return }
    var observation = Observation(
      rollout: old.rollout, cluster: old.cluster, attempt: old.attempt, digest: old.digest,
      observedAt: now, finding: random.chance(70) ? .healthy : .applied(objects: 3, pruned: 0))
    let present = past.last { $0.cluster == old.cluster && $0.app == old.app } ?? old
    switch Int.random(in: 0..<4, using: &random) {
    case 0: break
    case 1:
      observation.rollout = present.rollout
      observation.attempt = present.attempt
    case 2:
      observation.rollout = present.rollout
      observation.digest = present.digest
      observation.attempt = present.attempt - 1
    default:
      observation.rollout = present.rollout
      observation.digest = present.digest
      observation.attempt = present.attempt
      observation.observedAt = Instant(milliseconds: present.dispatchedAt.milliseconds - 1)
    }
    tell("stale \(observation.rollout)/\(observation.cluster): \(observation.finding)")
    try give(.observation(observation))
  }

  mutating func hurt(_ random: inout SeededRandom) {
    guard let name = random.pick(configuration.clusters.map(\.name)) else { return }
    switch Int.random(in: 0..<5, using: &random) {
    case 0: dead.insert(name)
    case 1: broken.insert(name)
    case 2: dead.remove(name)
    case 3: broken.remove(name)
    default:
      dead.remove(name)
      broken.remove(name)
    }
  }

  /// A cluster's inventory, sometimes an old one, sometimes of something that it does not have.
  mutating func report(_ random: inout SeededRandom) throws {
    guard let name = random.pick(configuration.clusters.map(\.name)), !dead.contains(name) else {
      return
    }
    let age = random.chance(30) ? TimeSpan.minutes(2) : .zero
    var digests = live[name] ?? [:]
    if random.chance(15), let app = random.pick(configuration.apps.map(\.name)) {
      let commit = commitID(Int.random(in: 1...commits, using: &random))
      digests[app] = random.chance(50) ? digest(app, commit, name) : nil
    }
    tell("inventory of \(name)")
    try give(
      .inventory(
        InventoryReport(
          cluster: name, digests: digests,
          observedAt: Instant(milliseconds: now.milliseconds - age.milliseconds))))
  }
}
