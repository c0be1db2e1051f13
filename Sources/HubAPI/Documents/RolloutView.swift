internal import FleetModel
internal import Manifests
internal import RolloutEngine

extension StateView {
  /// Oldest first.
  func rollouts(_ filter: ListFilter = ListFilter()) -> [RolloutDocument] {
    matching(filter).map(document)
  }

  func rollout(_ name: String) -> RolloutDocument? {
    state.rollouts[RolloutID(name)].map { rollout in
      var document = document(rollout)
      document.deletions = deletions(of: rollout)
      return document
    }
  }

  func waves(_ filter: ListFilter) -> [WaveDocument] {
    matching(filter).flatMap { rollout in
      rollout.waves.indices.map { document($0, of: rollout) }
    }
  }

  /// In the order of their waves. Without a rollout in the filter: those of open rollouts.
  func targets(_ filter: ListFilter) -> [TargetDocument] {
    matching(filter).filter { filter.rollout != nil || !$0.phase.isTerminal }.flatMap { rollout in
      rollout.targets.indices.filter { position in
        filter.selector.map { selector in
          state.clusters[rollout.targets[position].cluster]
            .map { selector.matches($0.record) } ?? false
        } ?? true
      }
      .map { document(targetAt: $0, of: rollout) }
    }
  }

  func target(_ cluster: String, of rollout: Rollout) -> TargetDocument? {
    rollout.positions[cluster].map { document(targetAt: $0, of: rollout) }
  }

  private func matching(_ filter: ListFilter) -> [Rollout] {
    state.rollouts.values.filter {
      filter.admits(app: $0.app, environment: $0.environment, rollout: $0.id.rawValue)
    }
    .sorted { ($0.plannedAt, $0.id.rawValue) < ($1.plannedAt, $1.id.rawValue) }
  }

  private func document(_ rollout: Rollout) -> RolloutDocument {
    let commit = state.releases[rollout.release]?.commit
    let waves = rollout.waves.indices.map { document($0, of: rollout) }
    return RolloutDocument(
      name: rollout.id.rawValue, app: rollout.app, environment: rollout.environment,
      kind: rollout.kind.rawValue, release: rollout.release.rawValue,
      from: rollout.from?.rawValue, change: commit?.commit ?? "", subject: commit?.subject ?? "",
      phase: rollout.phase.rawValue, phaseSince: Timestamp(rollout.phaseSince),
      isOver: rollout.phase.isTerminal, plan: rollout.planDigest.hex,
      unchanged: rollout.unchanged, created: Timestamp(rollout.plannedAt),
      started: rollout.startedAt.map(Timestamp.init), ended: rollout.endedAt.map(Timestamp.init),
      reason: rollout.phaseReason, rollbackOf: rollout.rollback?.of.rawValue,
      rolledBackBy: rollout.rolledBackBy?.rawValue,
      approvals: (rollout.given ?? []).map { approval in
        .init(
          by: approval.actor, reason: approval.reason, at: Timestamp(approval.at),
          until: approval.until.map(Timestamp.init), wave: approval.wave)
      }, debt: rollout.debt.mapValues(\.text),
      pause: rollout.pause.map(decision),
      pauseAt: rollout.waves.filter { $0.pauseWhenReached != nil }.map(\.name)
        + (rollout.pauseAtDeletions == nil ? [] : [rollout.comingDeletionWave].compactMap(\.self)),
      // A cluster counts once, wherever else something is deleted later.
      counts: waves[rollout.plannedWaves.indices].reduce(into: TargetCounts()) { sum, wave in
        sum.total += wave.counts.total
        sum.done += wave.counts.done
        sum.inFlight += wave.counts.inFlight
        sum.failed += wave.counts.failed
        sum.left += wave.counts.left
      },
      waves: waves, blockers: rollout.phase.isTerminal ? [] : blockers(of: rollout))
  }

  func document(_ index: Int, of rollout: Rollout) -> WaveDocument {
    let wave = rollout.waves[index]
    return WaveDocument(
      rollout: rollout.id.rawValue, name: wave.name, index: index, phase: wave.phase.rawValue,
      counts: TargetCounts(
        total: wave.count, done: wave.counts.healthy, inFlight: wave.counts.inFlight,
        failed: wave.counts.failed,
        left: wave.counts.deferred + wave.counts.skipped + wave.counts.gone),
      maxFailures: wave.maxFailures, maxConcurrent: wave.maxConcurrent,
      opened: wave.openedAt.map(Timestamp.init), soak: wave.soak.description,
      soakEnds: wave.soakUntil.map(Timestamp.init), pause: wave.pause.map(decision),
      budgetRaised: wave.raise.map {
        DecisionDocument(by: $0.actor, since: Timestamp($0.at), reason: $0.reason)
      },
      gates: (wave.gates ?? []).map { gate in
        .init(
          edge: gate.edge.rawValue, name: gate.gate.name, phase: gate.phase.rawValue,
          since: gate.since.map(Timestamp.init), by: gate.by, line: gate.line)
      })
  }

  private func document(targetAt position: Int, of rollout: Rollout) -> TargetDocument {
    let target = rollout.targets[position]
    return TargetDocument(
      rollout: rollout.id.rawValue, wave: rollout.waves[target.wave].name,
      cluster: target.cluster, app: rollout.app, environment: rollout.environment,
      phase: rollout.phase(ofTargetAt: position).rawValue,
      attempt: target.attempt, from: target.base?.hex,
      to: target.digest.hex,
      since: (target.healthyAt ?? target.appliedAt ?? target.dispatchedAt).map(Timestamp.init),
      reason: target.line)
  }
}

extension Debt {
  /// `timedOut: waiting for 2 of 3 replicas`.
  var text: String { reason.isEmpty ? phase.rawValue : "\(phase.rawValue): \(reason)" }
}
