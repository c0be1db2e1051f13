internal import FleetModel
internal import Manifests

// Putting back what a rollout changed: a rollout of its own, latest first, without soak and gates,
// with the same limits and the same demand for health. Back to what was there before goes each
// target that was dispatched, and no other.

/// What a rollback puts back.
public struct Rollback: Sendable, Hashable, Codable {
  /// The rollout whose targets go back.
  public let of: RolloutID
  /// Only those of this wave; the rollout halts afterwards and can go on.
  public let wave: String?
  /// Only these clusters, likewise.
  public let targets: [String]?

  public var isWhole: Bool { wave == nil && targets == nil }
}

extension Engine {
  mutating func rollBack(
    _ id: RolloutID, _ scope: Command.RollbackScope, by command: Command
  ) throws(Refusal) {
    let rollback = try state.rollback(of: id, scope)
    let plan = try state.rollbackPlan(rollback)
    begin(rollback, plan, actor: command.actor, reason: command.reason)
  }

  /// What the wave's `onBreach` asks for, once its rollout has halted.
  mutating func answerBreach(of id: RolloutID, _ wave: Wave) {
    guard let breach = wave.onBreach, breach != .halt, let kind = state.rollouts[id]?.kind,
      kind == .release
    else { return }
    let scope: Command.RollbackScope = breach == .rollback ? .rollout : .wave(wave.name)
    // Where there is nothing to go back to, it stays halted; explain says why it halted.
    guard let rollback = try? state.rollback(of: id, scope),
      let plan = try? state.rollbackPlan(rollback)
    else { return }
    begin(
      rollback, plan, actor: RecordedEvent.hub,
      reason: "onBreach: \(breach.rawValue) of wave '\(wave.name)'")
  }

  private mutating func begin(
    _ rollback: Rollback, _ plan: Plan, actor: String, reason: String?
  ) {
    guard let original = state.rollouts[rollback.of] else { return }
    let pin = original.pin
    let number = (state.pins[pin]?.rollouts ?? 0) + 1
    let id = RolloutID(app: pin.app, environment: pin.environment, number: number)
    let targets = plan.waves.flatMap(\.targets).map(\.cluster)
    emit(
      .rolloutRollingBack(
        RolloutRollingBack(
          rollout: original.id, by: id, rollback: rollback, targets: targets)),
      actor: actor, reason: reason)
    if rollback.isWhole {
      emit(
        .pinMoved(
          PinMoved(
            app: pin.app, environment: pin.environment, from: state.pins[pin]?.release,
            to: plan.release, stable: state.pins[pin]?.stable, cause: .rolledBack)),
        actor: actor, reason: reason)
      if state.releases[original.release]?.rejection == nil {
        emit(
          .releaseRejected(ReleaseRejected(release: original.release, app: pin.app)),
          actor: actor, reason: reason ?? "rolled back in \(pin.environment)")
      }
    }
    emit(
      .rolloutPlanned(
        RolloutPlanned(rollout: id, kind: .rollback, plan: plan, rollback: rollback)),
      actor: actor, reason: reason)
    advance(id)
    // What waited for the clusters that are left alone now need not any more.
    advanceDependents(of: pin)
    if rollback.isWhole { stopRejected() }
  }

  /// A rollback has ended, one way or another: settles what becomes of the rollout that it undid.
  mutating func concludeRollback(by id: RolloutID) {
    guard let rollout = state.rollouts[id], let rollback = rollout.rollback,
      let original = state.rollouts[rollback.of]
    else { return }
    let arrived = rollout.phase == .succeeded || rollout.phase == .succeededWithDebt
    let isOpen = original.phase == .rollingBack
    if rollback.isWhole {
      if isOpen {
        let detail = RolloutChanged(
          rollout: original.id, detail: arrived ? "by \(id)" : "\(id) was \(rollout.phase.rawValue)"
        )
        emit(arrived ? .rolloutRolledBack(detail) : .rolloutFailed(detail))
      }
      if arrived {
        stabilize(rollout.pin, rollout.release, debt: state.debtLeft(byRollback: rollout))
      }
    } else if isOpen {
      let what =
        rollback.wave.map { "wave '\($0)'" } ?? (rollback.targets ?? []).joined(separator: ", ")
      let detail =
        arrived
        ? "\(what) was rolled back by \(id)"
        : "\(id) was to roll \(what) back and was \(rollout.phase.rawValue)"
      emit(.rolloutHalted(RolloutChanged(rollout: original.id, detail: detail)))
      dismissLeavers(of: original.id)
      return advance(original.id)
    }
    settle(rollout.pin)
  }
}

extension State {
  /// What `scope` means for a rollout, or why it cannot be rolled back now.
  func rollback(
    of id: RolloutID, _ scope: Command.RollbackScope
  ) throws(Refusal) -> Rollback {
    let what = "roll back \(id)"
    guard let rollout = rollouts[id] else {
      throw Refusal(
        what: what, why: "there is no such rollout", remedy: "list them: flotilla get rollouts")
    }
    guard rollout.kind == .release else {
      throw Refusal(
        what: what,
        why: rollout.kind == .rollback
          ? "it is a rollback itself" : "it brings the stable release to clusters that lack it",
        remedy: "to stop it: flotilla rollout abort \(id)")
    }
    if rollout.phase == .rollingBack || rollout.phase == .rolledBack || rollout.phase == .failed {
      throw Refusal(
        what: what, why: "\(rollout.rolledBackBy.map { "\($0)" } ?? "another") did or does that",
        remedy: "see how it stands: flotilla rollout status \(rollout.rolledBackBy ?? id)")
    }
    if let open = pins[rollout.pin]?.rollout, open != id {
      throw Refusal(
        what: what, why: "\(open) is under way in \(rollout.environment)",
        remedy: "end that one first: flotilla rollout abort \(open)")
    }
    guard pins[rollout.pin]?.release == rollout.release, isLatest(rollout) else {
      throw Refusal(
        what: what, why: "\(rollout.environment) has gone on since",
        remedy: "bring the release that you want: flotilla promote RELEASE --to "
          + rollout.environment)
    }
    switch scope {
    case .rollout: return Rollback(of: id, wave: nil, targets: nil)
    case .wave(let name):
      guard let index = rollout.wave(named: name) else {
        throw Refusal(
          what: what, why: "it has no wave '\(name)'",
          remedy: "its waves are \(rollout.waves.map(\.name).joined(separator: ", "))")
      }
      guard rollout.waves[index].deletions == nil else {
        throw Refusal(
          what: "\(what) wave '\(name)'", why: "what it deleted comes back with the release before",
          remedy: "roll all of it back: flotilla rollout rollback \(id)")
      }
      guard rollout.phase.isDriving, index == rollout.currentWave else {
        throw Refusal(
          what: "\(what) wave '\(name)'",
          why: "the wave is \(rollout.waves[index].phase.rawValue), not under way",
          remedy: "roll all of it back: flotilla rollout rollback \(id), or single clusters: "
            + "--target CLUSTER")
      }
      return Rollback(of: id, wave: name, targets: nil)
    case .targets(let names):
      for name in names where rollout.positions[name] == nil {
        throw Refusal(
          what: what, why: "'\(name)' is not a target of it",
          remedy: "list them: flotilla get targets --rollout \(id)")
      }
      let others = rollout.targets.first { $0.phase.isInFlight && !names.contains($0.cluster) }
      if let others, rollout.phase.isDriving {
        throw Refusal(
          what: what, why: "other targets are in flight, such as \(others.cluster)",
          remedy: "let them finish first: flotilla rollout pause \(id)")
      }
      return Rollback(of: id, wave: nil, targets: names)
    }
  }

  /// Whether only catch-ups and partial rollbacks came after it.
  private func isLatest(_ rollout: Rollout) -> Bool {
    var number = pins[rollout.pin]?.rollouts ?? 0
    while number > 0 {
      let id = RolloutID(app: rollout.app, environment: rollout.environment, number: number)
      if id == rollout.id { return true }
      guard let later = rollouts[id],
        later.kind == .catchUp || later.rollback?.isWhole == false
      else { return false }
      number -= 1
    }
    return false
  }

  /// The way back: waves in reverse, in each what was dispatched last first.
  func rollbackPlan(_ rollback: Rollback) throws(Refusal) -> Plan {
    let what = "roll back \(rollback.of)"
    guard let original = rollouts[rollback.of] else {
      throw Refusal(
        what: what, why: "there is no such rollout", remedy: "list them: flotilla get rollouts")
    }
    let touched = original.targets.filter { target in
      target.attempt > 0 && target.deletes == nil
        && target.phase != .gone && target.phase != .rolledBack
        && (rollback.wave.map { original.waves[target.wave].name == $0 } ?? true)
        && (rollback.targets?.contains(target.cluster) ?? true)
    }
    let isOpen = original.phase.isDriving
    guard !touched.isEmpty else {
      throw Refusal(
        what: what, why: "it has changed nothing there yet",
        remedy: isOpen
          ? "to end it: flotilla rollout abort \(original.id)"
          : "see what it did: flotilla get targets --rollout \(original.id)")
    }
    guard let from = original.from else {
      throw Refusal(
        what: what, why: "no release was stable in \(original.environment) before",
        remedy: isOpen
          ? "to end it: flotilla rollout abort \(original.id)" : "promote another release")
    }
    var waves: [Plan.Wave] = []
    for (index, wave) in original.waves.enumerated().reversed() {
      let targets = touched.filter { $0.wave == index }
        .sorted { a, b in
          (a.dispatchedAt ?? original.plannedAt, a.cluster)
            > (b.dispatchedAt ?? original.plannedAt, b.cluster)
        }
        .compactMap { wayBack(of: $0, to: from, in: original) }
      guard !targets.isEmpty else { continue }
      waves.append(
        Plan.Wave(
          name: wave.name, maxConcurrent: wave.maxConcurrent, maxFailures: wave.plannedMaxFailures,
          maxUnreachable: wave.maxUnreachable, progressDeadline: wave.progressDeadline,
          soak: .zero, onBreach: nil, before: nil, after: nil, targets: targets))
    }
    guard !waves.isEmpty else {
      throw Refusal(
        what: what, why: "what was there before is not known, or came from no release",
        remedy: isOpen
          ? "to end it and leave clusters as they are: flotilla rollout abort \(original.id)"
          : "promote another release")
    }
    return Plan(
      app: original.app, environment: original.environment,
      release: rollback.isWhole ? from : original.release, from: pins[original.pin]?.stable,
      waves: waves, unchanged: 0, approvals: nil, deletions: original.deletions)
  }

  /// Where a target goes back to: what the plan found there, or, where that was not known, what the
  /// release before wants there.
  private func wayBack(
    of target: Target, to from: ReleaseID, in original: Rollout
  ) -> Plan.Target? {
    guard members(of: original.pin).contains(target.cluster) else { return nil }
    guard let digest = target.base ?? digest(of: from, on: target.cluster),
      let source = release(
        of: original.app, wanting: digest, on: target.cluster, likely: from)
    else { return nil }
    return Plan.Target(
      cluster: target.cluster, base: clusters[target.cluster]?.deployed[original.app]?.digest,
      digest: digest, release: source)
  }

  /// Clusters that do not have the release before after a rollback: those that did not get back, and
  /// those that had something else. They stay as they are until a person decides.
  func debtLeft(byRollback rollout: Rollout) -> [String: Debt] {
    var debt = debtLeft(by: rollout.id)
    for cluster in members(of: rollout.pin) where debt[cluster] == nil {
      guard differs(cluster, from: rollout.release, of: rollout.app),
        clusters[cluster]?.deployed[rollout.app] != nil
      else { continue }
      debt[cluster] =
        pins[rollout.pin]?.debt[cluster]
        ?? Debt(phase: .rolledBack, reason: "had another target state before, or an unknown one")
    }
    return debt
  }

  mutating func apply(_ event: RolloutRollingBack, _ record: RecordedEvent) {
    change(event.rollout) { rollout in
      rollout.rolledBackBy = event.by
      guard rollout.phase.isDriving else { return }
      for name in event.targets {
        guard var position = rollout.positions[name] else { continue }
        if let earlier = rollout.earlierPositions[name] {
          // Nothing of what was there before is deleted where it comes back.
          if rollout.targets[position].phase != .healthy {
            rollout.move(position, to: .cancelled)
            rollout.targets[position].deadline = nil
          }
          position = earlier
        }
        rollout.move(position, to: .rolledBack)
        rollout.targets[position].deadline = nil
        rollout.targets[position].line = "put back by \(event.by)"
      }
      if event.rollback.isWhole { rollout.cancelRest() }
      rollout.reopenCurrentWave()
      rollout.enter(.rollingBack, at: record.at, because: record.reason)
    }
    close(event.rollout)
  }

  /// The environment's release stays what it was, so what was put back is remembered as its debt.
  mutating func rememberPartialRollback(_ id: RolloutID) {
    guard let rollout = rollouts[id], let rollback = rollout.rollback, !rollback.isWhole,
      rollouts[rollback.of]?.phase.isTerminal == true
    else { return }
    withPin(rollout.pin) { pin in
      for target in rollout.targets where target.phase == .healthy {
        pin.debt[target.cluster] = Debt(phase: .rolledBack, reason: "put back by \(id)")
      }
      pin.debt.merge(rollout.debt) { _, new in new }
    }
  }
}
