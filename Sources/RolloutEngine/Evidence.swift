internal import FleetModel

// What clusters say. An observation counts only for the attempt, digest and time it is bound to
// (I1); everything else is set aside and counted.

extension Engine {
  mutating func take(_ observation: Observation) {
    guard let (position, target, isCurrent) = state.subject(of: observation) else {
      return ignore("unknown or ended rollout")
    }
    guard observation.attempt == target.attempt else { return ignore("another attempt") }
    guard observation.digest == target.digest else { return ignore("another digest") }
    guard let dispatched = target.dispatchedAt, observation.observedAt >= dispatched else {
      return ignore("observed before dispatch")
    }
    guard isCurrent else { return ignore("the wave has passed") }
    switch target.phase {
    case .dispatched, .applied: progress(observation, target, position)
    case .healthy: watch(observation, target)
    case .regressed:
      guard observation.finding == .healthy else { return ignore("settled") }
      record(observation, Event.targetHealthy, nil)
      reopen(observation.rollout)
    case .pending, .done, .deferred, .failed, .timedOut, .rolledBack, .skipped, .gone, .cancelled:
      return ignore("settled")
    }
    advance(observation.rollout)
  }

  private mutating func progress(_ observation: Observation, _ target: Target, _ position: Int) {
    switch observation.finding {
    case .applied(_, _, let leftovers):
      if target.phase == .dispatched || target.unreachableSince != nil {
        recordApplied(observation, target, leftovers)
      }
    case .healthy:
      // A healthy target state does not say that what is beyond it was deleted.
      guard target.deletes == nil || target.phase == .applied else {
        return ignore("health before deletion")
      }
      record(observation, Event.targetHealthy, nil)
    case .failed(let line, permanent: true): record(observation, Event.targetFailed, line)
    case .failed(let line, permanent: false), .progressing(let line), .degraded(let line):
      // A look that shows nothing new leaves no trace.
      if target.line != line || target.unreachableSince != nil {
        record(observation, Event.targetProgressing, line)
      }
    case .unreachable(let line):
      if target.unreachableSince == nil { record(observation, Event.targetUnreachable, line) }
    }
  }

  /// Health during the soak.
  private mutating func watch(_ observation: Observation, _ target: Target) {
    switch observation.finding {
    case .degraded(let line), .failed(let line, permanent: true):
      record(observation, Event.targetRegressed, line)
      reopen(observation.rollout)
    case .unreachable(let line):
      if target.unreachableSince == nil { record(observation, Event.targetUnreachable, line) }
    case .healthy:
      if target.unreachableSince != nil { record(observation, Event.targetHealthy, nil) }
    case .applied, .progressing, .failed(_, permanent: false): break
    }
  }

  private mutating func recordApplied(
    _ observation: Observation, _ target: Target, _ leftovers: DeletionList?
  ) {
    var change = TargetChanged(
      rollout: observation.rollout, cluster: observation.cluster, attempt: observation.attempt,
      line: nil)
    let isReporting = state.rollouts[observation.rollout]?.deletions != nil
    if isReporting, let leftovers, !leftovers.objects.isEmpty {
      let digest = remember(leftovers)
      if target.deletes == nil {
        change.leftovers = digest
      } else {
        let others = leftovers.objects.count > 1 ? " and \(leftovers.objects.count - 1) more" : ""
        change = TargetChanged(
          rollout: change.rollout, cluster: change.cluster, attempt: change.attempt,
          line: "stays, because it is not in the list: \(leftovers.objects[0].identity)\(others)")
      }
    }
    emit(.targetApplied(change))
  }

  private mutating func record(
    _ observation: Observation, _ event: (TargetChanged) -> Event, _ line: String?
  ) {
    emit(
      event(
        TargetChanged(
          rollout: observation.rollout, cluster: observation.cluster,
          attempt: observation.attempt, line: line)))
  }

  /// A target's time from dispatch to healthy is over.
  mutating func expire(_ id: RolloutID, _ position: Int) {
    guard let rollout = state.rollouts[id] else { return }
    let target = rollout.targets[position]
    let wave = rollout.waves[target.wave]
    let awaited = target.line.map { ": \($0)" } ?? ""
    let isDeferrable =
      target.unreachableSince != nil && wave.counts.deferred < wave.maxUnreachable
    let line = "not healthy within \(wave.progressDeadline)\(awaited)"
    let change = TargetChanged(
      rollout: id, cluster: target.cluster, attempt: target.attempt, line: line)
    emit(isDeferrable ? .targetDeferred(change) : .targetTimedOut(change))
    advance(id)
  }
}

extension State {
  /// The target that an observation speaks of, and whether its wave is the current one.
  fileprivate func subject(
    of observation: Observation
  ) -> (position: Int, target: Target, isCurrent: Bool)? {
    guard let rollout = rollouts[observation.rollout], !rollout.phase.isTerminal,
      let position = rollout.positions[observation.cluster]
    else { return nil }
    let target = rollout.targets[position]
    return (position, target, target.wave == rollout.currentWave)
  }

  mutating func apply(_ phase: TargetPhase, _ event: TargetChanged, _ record: RecordedEvent) {
    var confirmed: Target?
    var app = ""
    change(event.rollout) { rollout in
      guard let position = rollout.positions[event.cluster] else { return }
      let before = rollout.targets[position].phase
      rollout.move(position, to: phase)
      rollout.targets[position].line = event.line
      if phase == .applied, before != .applied { rollout.targets[position].appliedAt = record.at }
      if phase == .healthy {
        if before == .dispatched { rollout.targets[position].appliedAt = record.at }
        if before != .healthy { rollout.targets[position].healthyAt = record.at }
      }
      if !phase.isInFlight { rollout.targets[position].deadline = nil }
      if before == .dispatched, phase == .applied || phase == .healthy {
        rollout.targets[position].leftovers = event.leftovers
        confirmed = rollout.targets[position]
        app = rollout.app
      }
    }
    if let confirmed {
      let correctedAt = clusters[event.cluster]?.deployed[app]?.correctedAt
      clusters[event.cluster]?.deployed[app] = Deployed(
        digest: confirmed.digest, since: record.at, leftovers: confirmed.leftovers,
        correctedAt: correctedAt)
    }
  }

  mutating func apply(progress event: TargetChanged) {
    change(event.rollout) { rollout in
      guard let position = rollout.positions[event.cluster] else { return }
      rollout.move(position, to: rollout.targets[position].phase)
      rollout.targets[position].line = event.line
    }
  }

  mutating func apply(unreachable event: TargetChanged, _ record: RecordedEvent) {
    change(event.rollout) { rollout in
      guard let position = rollout.positions[event.cluster] else { return }
      rollout.fallSilent(position, at: record.at)
      rollout.targets[position].line = event.line
    }
  }
}
