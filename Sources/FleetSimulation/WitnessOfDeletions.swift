internal import FleetModel
internal import Manifests
internal import RolloutEngine

// What the last wave of a rollout deletes: nothing that is not on its list.

extension Witness {
  /// Nothing is deleted before every wave is over, beyond what the clusters said that they hold, or
  /// beyond the budget without somebody's agreement.
  mutating func deletions(_ event: DeletionsPlanned) throws {
    let course = try course(event.rollout)
    try require(course.phase == "running", "deletions", "planned while \(course.phase)")
    try require(course.deletions == nil, "deletions", "planned twice")
    try require(!event.targets.isEmpty, "deletions", "a wave that deletes nothing")
    try require(
      course.waves.allSatisfy { Self.over.contains(course.wavePhase[$0.name]) }, "I3",
      "deletions before every wave passed")
    try require(
      !course.waves.contains { $0.name == event.wave }, "deletions", "two waves of one name")
    guard let rules = course.plan.deletions else {
      throw Violation("deletions", "a plan without a budget deletes")
    }
    var needsApproval = false
    for target in event.targets {
      let held = course.leftovers[target.cluster]
      try require(
        held == target.list && course.target[target.cluster]?.phase == "healthy", "deletions",
        "\(target.cluster) deletes what it did not say to hold")
      let list = try found(target.list)
      let lost = list.objects.filter { $0.isReplaced == nil }
      needsApproval =
        needsApproval || lost.count > rules.budget.maxPerCluster ?? .max
        || lost.count * 100 > (rules.budget.maxPercent ?? 100) * list.owned
        || lost.contains { rules.budget.approvalFor.contains($0.identity.kind) }
    }
    try require(
      needsApproval == (event.approvals != nil), "I7", "the budget of \(event.rollout) is ignored")
    courses[event.rollout]?.deletions = event
    courses[event.rollout]?.waves.append(Stage(event))
    for target in event.targets {
      courses[event.rollout]?.target[target.cluster]?.phase = "pending"
      courses[event.rollout]?.target[target.cluster]?.dispatchedAt = nil
      courses[event.rollout]?.silent.remove(target.cluster)
      courses[event.rollout]?.healthySince[target.cluster] = nil
    }
  }

  /// Nothing is forgotten that a rollout under way deletes or may come to delete.
  mutating func forgotten(_ event: DeletionsForgotten) throws {
    let lists = Set(event.lists)
    for (id, course) in courses where !Self.ended.contains(course.phase) {
      let isUsed =
        course.leftovers.values.contains(where: lists.contains)
        || course.deletions?.targets.contains { lists.contains($0.list) } ?? false
      try require(!isUsed, "deletions", "a list of \(id) is forgotten")
    }
    for list in event.lists {
      _ = try found(list)
      self.lists[list] = nil
    }
  }

  func found(_ digest: Digest) throws -> DeletionList {
    guard let list = lists[digest] else { throw Violation("log", "a list that nobody found") }
    return list
  }
}
