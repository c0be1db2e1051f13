internal import FleetModel

// What a decision asks of the world.

extension State {
  /// What an event asks of the world, asked of the state after its decision. To be done
  /// once the event is stored.
  public func effects(of record: RecordedEvent) -> [Effect] {
    switch record.event {
    case .targetDispatched(let event):
      return effect(.deliver, event.rollout, event.cluster).map { [$0] } ?? []
    case .targetFailed(let event), .targetTimedOut(let event), .targetDeferred(let event),
      .targetGone(let event):
      guard event.attempt > 0 else { return [] }
      return effect(.withdraw, event.rollout, event.cluster).map { [$0] } ?? []
    case .rolloutAborted(let event), .rolloutSuperseded(let event):
      return withdrawals(of: event.rollout)
    case .rolloutSkipped(let event):
      return event.targets.compactMap { effect(.withdraw, event.rollout, $0) }
    case .rolloutRollingBack(let event):
      return withdrawals(of: event.rollout)
        + event.targets.compactMap { effect(.withdraw, event.rollout, $0) }
    case .gateReached(let event): return check(event).map { [$0] } ?? []
    case .configurationAccepted: return activePins.flatMap(renderEffects)
    case .releaseQueued(let event):
      return renderEffects(PinID(app: event.app, environment: event.environment))
    case .pinMoved(let event):
      return renderEffects(PinID(app: event.app, environment: event.environment))
    default: return []
    }
  }

  /// Everything that must be under way in this state, for a hub that starts: what was dispatched
  /// and not confirmed is delivered again, what was applied is observed.
  public var openEffects: [Effect] {
    var effects: [Effect] = []
    for (id, rollout) in rollouts.sorted(by: { $0.key.rawValue < $1.key.rawValue })
    where !rollout.phase.isTerminal {
      for target in rollout.targets where target.wave == rollout.currentWave {
        switch target.phase {
        case .dispatched: effects += effect(.deliver, id, target.cluster).map { [$0] } ?? []
        case .applied, .healthy, .regressed:
          effects += effect(.observe, id, target.cluster).map { [$0] } ?? []
        default: break
        }
      }
    }
    return effects + openChecks + activePins.flatMap(renderEffects)
  }

  /// Whether evidence of this attempt can still change anything; where not, delivery may stop
  /// observing.
  public func awaits(_ assignment: Assignment) -> Bool {
    guard let rollout = rollouts[assignment.rollout],
      let target = rollout.target(assignment.cluster), target.attempt == assignment.attempt
    else { return false }
    return awaits(target, of: rollout)
  }

  func awaits(_ target: Target, of rollout: Rollout) -> Bool {
    guard !rollout.phase.isTerminal, target.wave == rollout.currentWave else { return false }
    return target.phase.isInFlight || target.phase == .healthy || target.phase == .regressed
  }

  /// The present attempt at a target, as delivery needs it.
  public func assignment(_ id: RolloutID, _ cluster: String) -> Assignment? {
    guard let rollout = rollouts[id], let target = rollout.target(cluster),
      let dispatched = target.dispatchedAt,
      let release = releases[target.release ?? rollout.release]
    else { return nil }
    return Assignment(
      rollout: id, app: rollout.app, environment: rollout.environment, cluster: cluster,
      attempt: target.attempt, release: release.id, commit: release.commit.commit,
      digest: target.digest, base: target.base, dispatchedAt: dispatched,
      reportsLeftovers: rollout.deletions != nil, takesOver: takesOver(rollout, cluster))
  }

  /// Where the environment wants that of all drift, or what is dispatched corrects some.
  private func takesOver(_ rollout: Rollout, _ cluster: String) -> Bool {
    if environment(rollout.environment)?.drift == .correct { return true }
    let correctedAt = clusters[cluster]?.deployed[rollout.app]?.correctedAt
    return correctedAt.map { rollout.plannedAt <= $0 } ?? false
  }

  private enum Step: String { case deliver, observe, withdraw }

  private func effect(_ step: Step, _ id: RolloutID, _ cluster: String) -> Effect? {
    guard let assignment = assignment(id, cluster) else { return nil }
    if step == .deliver, let list = deletionList(id, cluster) {
      return Effect(
        key: "\(id)/\(cluster)/\(assignment.attempt)/prune", kind: .prune(assignment, list))
    }
    let kind: Effect.Kind =
      switch step {
      case .deliver: .deliver(assignment)
      case .observe: .observe(assignment)
      case .withdraw: .withdraw(assignment)
      }
    return Effect(
      key: "\(id)/\(cluster)/\(assignment.attempt)/\(step.rawValue)", kind: kind)
  }

  private func withdrawals(of id: RolloutID) -> [Effect] {
    (rollouts[id]?.targets ?? []).filter { $0.phase == .cancelled && $0.attempt > 0 }
      .compactMap { effect(.withdraw, id, $0.cluster) }
  }

  /// Digests that a pin's releases lack for clusters that joined after they were made: of what waits,
  /// because any of it may come next, and of the release that stays when none of it does.
  private func renderEffects(_ pin: PinID) -> [Effect] {
    guard let record = pins[pin], let commit = configuration?.commit else { return [] }
    var wanted: [ReleaseID] = []
    for id in record.waiting.map(\.release) + (record.release.map { [$0] } ?? [])
    where !wanted.contains(id) {
      wanted.append(id)
    }
    return wanted.compactMap { id in
      guard let release = releases[id] else { return nil }
      let missing = members(of: pin).filter { digest(of: id, on: $0) == nil }
      guard !missing.isEmpty else { return nil }
      return Effect(
        key: "\(id)/\(pin.environment)/\(commit)/render",
        kind: .render(
          RenderRequest(
            release: id, app: pin.app, commit: release.commit.commit,
            environment: pin.environment, clusters: missing, configuration: commit)))
    }
  }
}
