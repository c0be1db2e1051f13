internal import FleetModel
public import Manifests

// The last wave of a rollout: deletes what its clusters said to hold beyond their target states.
// Planned when every other wave is over, from evidence alone, and frozen then.

extension Engine {
  /// Adds the wave of deletions where there is something to delete; false where there is not.
  mutating func planDeletions(_ id: RolloutID) -> Bool {
    guard let event = state.deletions(of: id) else { return false }
    emit(.deletionsPlanned(event))
    return true
  }
}

extension State {
  /// What a rollout whose waves are over is to delete; `nil` for nothing.
  func deletions(of id: RolloutID) -> DeletionsPlanned? {
    guard let rollout = rollouts[id], let rules = rollout.deletions, rollout.deletionWave == nil,
      let last = rollout.waves.last(where: { $0.count > 0 })
    else { return nil }
    let members = Set(members(of: rollout.pin))
    var targets: [DeletionsPlanned.Target] = []
    var lists: [(cluster: String, list: DeletionList)] = []
    for target in rollout.targets where target.phase == .healthy {
      guard let digest = target.leftovers, let list = deletionLists[digest],
        members.contains(target.cluster)
      else { continue }
      targets.append(DeletionsPlanned.Target(cluster: target.cluster, list: digest))
      lists.append((target.cluster, list))
    }
    guard !targets.isEmpty else { return nil }
    var text = "deletions\t\(rollout.planDigest.hex)\n"
    for target in targets { text += "\(target.cluster)\t\(target.list.hex)\n" }
    let objections = rules.objections(to: lists)
    return DeletionsPlanned(
      rollout: id, wave: rollout.freeWaveName("deletions"),
      deletions: WaveDeletions(
        digest: Digest(hashing: text), clusters: targets.count,
        objects: lists.reduce(0) { $0 + $1.list.objects.count }, objections: objections),
      approvals: objections.isEmpty ? nil : rules.approvals, maxConcurrent: last.maxConcurrent,
      maxUnreachable: min(last.maxUnreachable, targets.count),
      progressDeadline: rollout.waves.map(\.progressDeadline).max() ?? last.progressDeadline,
      targets: targets)
  }

  /// The list that an attempt at deletions may delete.
  func deletionList(_ id: RolloutID, _ cluster: String) -> DeletionList? {
    rollouts[id]?.target(cluster)?.deletes.flatMap { deletionLists[$0] }
  }

  mutating func apply(_ event: DeletionsFound) {
    deletionLists[event.list.digest] = event.list
  }

  mutating func apply(_ event: DeletionsPlanned) {
    change(event.rollout) { rollout in
      let index = rollout.waves.count
      rollout.waves.append(
        Wave(
          name: event.wave, first: rollout.targets.count, count: event.targets.count,
          maxConcurrent: event.maxConcurrent, plannedMaxFailures: 0,
          maxUnreachable: event.maxUnreachable, progressDeadline: event.progressDeadline,
          soak: .zero, onBreach: nil,
          gates: WaveGate.all(
            before: event.approvals.map { [.approval($0)] }, after: nil),
          deletions: event.deletions))
      for planned in event.targets {
        guard let before = rollout.target(planned.cluster) else { continue }
        // Attempts are counted on, so that evidence of the apply never counts for the deletion.
        rollout.targets.append(
          Target(
            cluster: planned.cluster, wave: index, base: before.digest, digest: before.digest,
            release: before.release, deletes: planned.list, phase: .pending,
            attempt: before.attempt))
      }
      rollout.waves[index].pauseWhenReached = rollout.pauseAtDeletions
      rollout.pauseAtDeletions = nil
      rollout.waveCount = rollout.waves.count
      rollout.targetCount = rollout.targets.count
      rollout.rebuild()
    }
  }
}

extension Rollout {
  /// Index of the wave that deletes, once it is known that there is one.
  public var deletionWave: Int? {
    waves.last?.deletions == nil ? nil : waves.count - 1
  }

  /// The name that the wave which deletes will have, where there may be one yet.
  public var comingDeletionWave: String? {
    phase.isTerminal || deletions == nil || deletionWave != nil ? nil : freeWaveName("deletions")
  }

  /// Waves of the plan: all but the one that deletes.
  public var plannedWaves: ArraySlice<Wave> { waves[..<(deletionWave ?? waves.count)] }

  /// What an approval is bound to: the plan, or the lists of the wave that deletes.
  public func digestToApprove(wave name: String?) -> Digest {
    name.flatMap(wave(named:)).flatMap { waves[$0].deletions?.digest } ?? planDigest
  }

  /// A name that no wave of the strategy has.
  fileprivate func freeWaveName(_ name: String) -> String {
    var free = name
    var number = 1
    while wave(named: free) != nil {
      number += 1
      free = "\(name)-\(number)"
    }
    return free
  }
}
