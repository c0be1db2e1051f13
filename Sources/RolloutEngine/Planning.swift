internal import FleetModel
internal import Manifests

// From a release that is wanted to a frozen plan.

extension Engine {
  /// Plans a rollout of `release` to those of `clusters` that differ, in the environment's waves.
  mutating func plan(
    _ pin: PinID, _ release: ReleaseID, for clusters: [String], kind: Rollout.Kind,
    inheriting pause: Pause? = nil, by command: Command? = nil
  ) {
    guard let environment = state.environment(pin.environment) else { return }
    let number = (state.pins[pin]?.rollouts ?? 0) + 1
    let id = RolloutID(app: pin.app, environment: pin.environment, number: number)
    let plan = state.plan(
      pin, release, for: clusters, strategy: environment.strategy,
      approvals: kind == .release ? environment.promotion.approvals : nil,
      deletions: environment.deletionRules)
    emit(
      .rolloutPlanned(RolloutPlanned(rollout: id, kind: kind, plan: plan, rollback: nil)),
      actor: command?.actor ?? RecordedEvent.hub, reason: command?.reason)
    if let pause {
      emit(
        .rolloutPausing(RolloutPaused(rollout: id, until: pause.until)), actor: pause.actor,
        reason: pause.reason)
    }
    advance(id)
  }
}

extension State {
  /// The plan that would be made now: nothing is recorded.
  public func plan(_ pin: PinID, _ release: ReleaseID) -> Plan? {
    guard let environment = environment(pin.environment), releases[release] != nil else {
      return nil
    }
    return plan(
      pin, release, for: members(of: pin), strategy: environment.strategy,
      approvals: environment.promotion.approvals, deletions: environment.deletionRules)
  }

  func plan(
    _ pin: PinID, _ release: ReleaseID, for names: [String], strategy: Strategy,
    approvals: Approvals?, deletions: DeletionRules
  ) -> Plan {
    var remaining = names.filter { differs($0, from: release, of: pin.app) }
      .compactMap { clusters[$0]?.record }
    let total = remaining.count
    let unchanged = names.filter { digest(of: release, on: $0) != nil }.count - total
    var waves: [Plan.Wave] = []
    for (index, spec) in strategy.waves.enumerated() {
      let order = WaveOrder(release: release, orderBy: spec.orderBy)
      let chosen: [String]
      switch spec.membership {
      // Whatever the last wave declares, it takes the rest: no target is dropped.
      case _ where index == strategy.waves.count - 1: chosen = order.sorted(remaining)
      case .rest: chosen = order.sorted(remaining)
      case .selector(let selector):
        chosen = order.sorted(remaining.filter { selector.matches($0) })
      case .size(let size):
        chosen = Array(order.sorted(remaining).prefix(size.roundedUp(of: total)))
      }
      let taken = Set(chosen)
      remaining.removeAll { taken.contains($0.name) }
      waves.append(wave(spec, of: chosen, release, pin.app))
    }
    return Plan(
      app: pin.app, environment: pin.environment, release: release, from: pins[pin]?.stable,
      waves: waves, unchanged: unchanged, approvals: approvals,
      deletions: deletions)
  }

  private func wave(
    _ spec: WaveSpec, of names: [String], _ release: ReleaseID, _ app: String
  ) -> Plan.Wave {
    let targets = names.compactMap { name in
      digest(of: release, on: name).map {
        Plan.Target(
          cluster: name, base: clusters[name]?.deployed[app]?.digest, digest: $0, release: nil)
      }
    }
    return Plan.Wave(
      name: spec.name,
      maxConcurrent: spec.maxConcurrent?.roundedDown(of: names.count, atLeast: 1),
      maxFailures: spec.maxFailures.roundedDown(of: names.count, atLeast: 0),
      maxUnreachable: spec.maxUnreachable.roundedDown(of: names.count, atLeast: 0),
      progressDeadline: spec.progressDeadline, soak: spec.soak,
      onBreach: spec.onBreach == .halt ? nil : spec.onBreach,
      before: spec.before.isEmpty ? nil : spec.before,
      after: spec.after.isEmpty ? nil : spec.after, targets: targets)
  }

  mutating func apply(_ event: RolloutPlanned, _ record: RecordedEvent) {
    let plan = event.plan
    var rollout = Rollout(
      id: event.rollout, app: plan.app, environment: plan.environment, kind: event.kind,
      release: plan.release, from: plan.from, planDigest: plan.digest, plannedAt: record.at,
      unchanged: plan.unchanged, rollback: event.rollback, approvals: plan.approvals,
      deletions: plan.deletions, waveCount: plan.waves.count,
      targetCount: plan.targetCount, phaseSince: record.at)
    for (index, wave) in plan.waves.enumerated() {
      rollout.waves.append(
        Wave(
          name: wave.name, first: rollout.targets.count, count: wave.targets.count,
          maxConcurrent: wave.maxConcurrent, plannedMaxFailures: wave.maxFailures,
          maxUnreachable: wave.maxUnreachable, progressDeadline: wave.progressDeadline,
          soak: wave.soak, onBreach: wave.onBreach,
          gates: WaveGate.all(before: wave.before, after: wave.after)))
      rollout.targets += wave.targets.map {
        Target(
          cluster: $0.cluster, wave: index, base: $0.base, digest: $0.digest, release: $0.release,
          phase: .pending, attempt: 0)
      }
    }
    rollout.rebuild()
    rollouts[event.rollout] = rollout
    catalog.openRollouts.insert(event.rollout)
    pins[rollout.pin]?.rollout = event.rollout
    pins[rollout.pin]?.rollouts += 1
  }
}

extension Environment {
  /// What its rollouts may delete. More than that is agreed with by those who agree with promotions,
  /// or else by anybody who looked at the list.
  var deletionRules: DeletionRules {
    DeletionRules(
      budget: strategy.deletions,
      approvals: promotion.approvals ?? Approvals(authorMayApprove: true))
  }
}
