internal import FleetModel
internal import Manifests
internal import RolloutEngine

extension EventDocument {
  /// The wire form of a recorded event.
  init(_ record: RecordedEvent) {
    let text = EventText(record.event)
    self.init(
      sequence: record.sequence, at: Timestamp(record.at), type: record.event.type,
      actor: record.actor == RecordedEvent.hub ? nil : record.actor, reason: record.reason,
      rollout: text.rollout, wave: text.wave, cluster: text.cluster, app: text.app,
      environment: text.environment,
      message: text.message + EventDocument.suffix(record))
  }

  /// Who and why, where a person stands behind it.
  private static func suffix(_ record: RecordedEvent) -> String {
    guard record.actor != RecordedEvent.hub else { return "" }
    return " by \(record.actor)" + (record.reason.map { ": \($0)" } ?? "")
  }
}

/// What an event is about, and how it reads.
private struct EventText {
  var rollout: String?
  var wave: String?
  var cluster: String?
  var app: String?
  var environment: String?
  var message = ""

  init(_ event: Event) {
    switch event {
    case .configurationAccepted(let it):
      message =
        "fleet/ of \(it.commit.prefix(12)) in force: \(it.clusters.count) clusters new or "
        + "changed, \(it.removed.count) removed"
    case .configurationRefused(let it):
      message =
        "fleet/ of \(it.commit.prefix(12)) refused: \(it.findings.first ?? "invalid")"
        + (it.findings.count > 1 ? " (and \(it.findings.count - 1) more)" : "")
    case .releaseRecorded(let it):
      app = it.app
      message =
        "release \(it.release) recorded, \(it.changes.count) clusters change: \(it.commit.subject)"
    case .releaseExtended(let it):
      message = "release \(it.release) rendered for \(it.digests.count) more clusters"
    case .commitUnchanged(let it):
      app = it.app
      message = "\(it.app) at \(it.commit.commit.prefix(12)) is the same as \(it.release)"
    case .commitInvalid(let it):
      app = it.app
      message = "\(it.app) at \(it.commit.commit.prefix(12)) cannot be rendered: \(it.reason)"
    case .releaseQueued(let it):
      (app, environment) = (it.app, it.environment)
      message = "\(it.release) waits for the open rollout in \(it.environment)"
    case .releaseHeld(let it):
      (app, environment) = (it.app, it.environment)
      message = "\(it.release) is held back in \(it.environment) until a person promotes"
    case .releaseSkipped(let it):
      (app, environment) = (it.app, it.environment)
      message = "\(it.release) skipped in \(it.environment): \(it.by) takes its place"
    case .pinMoved(let it):
      (app, environment) = (it.app, it.environment)
      let cause =
        switch it.cause {
        case .followed: "follows the branch"
        case .promoted: "promoted by rule"
        case .commanded: "promoted"
        case .rolledBack: "rolled back"
        }
      message = "\(it.environment) wants \(it.to), \(cause)"
    case .releaseStable(let it):
      (app, environment) = (it.app, it.environment)
      message =
        "\(it.release) is stable in \(it.environment)"
        + (it.debt.isEmpty ? "" : ", \(it.debt.count) clusters left behind")
    case .releaseRejected(let it):
      app = it.app
      message = "\(it.release) rejected"
    case .releaseUnrejected(let it):
      app = it.app
      message = "\(it.release) no longer rejected"
    case .environmentHeld(let it):
      (app, environment) = (it.app, it.environment)
      message = "\(it.app.map { "\($0) in " } ?? "")\(it.environment) held"
    case .environmentUnheld(let it):
      (app, environment) = (it.app, it.environment)
      message = "\(it.app.map { "\($0) in " } ?? "")\(it.environment) no longer held"
    case .fleetFrozen(let it):
      environment = it.environment
      message = "\(it.environment ?? "the fleet") frozen"
    case .fleetUnfrozen(let it):
      environment = it.environment
      message = "\(it.environment ?? "the fleet") no longer frozen"
    case .rolloutPlanned(let it):
      rollout = it.rollout.rawValue
      (app, environment) = (it.plan.app, it.plan.environment)
      message =
        "rollout \(it.rollout) planned: \(it.plan.targetCount) clusters in "
        + "\(it.plan.waves.count) waves"
    case .rolloutStarted(let it): about(it, "started")
    case .rolloutPausing(let it):
      rollout = it.rollout.rawValue
      message = "rollout \(it.rollout) pausing"
    case .rolloutPaused(let it): about(it, "paused")
    case .rolloutResumed(let it): about(it, "resumed")
    case .rolloutHalted(let it): about(it, "halted")
    case .budgetRaised(let it):
      (rollout, wave) = (it.rollout.rawValue, it.wave)
      message = "\(it.rollout): \(it.maxFailures) failures allowed in wave \(it.wave)"
    case .rolloutRetried(let it):
      rollout = it.rollout.rawValue
      message = "rollout \(it.rollout) retries \(it.targets.joined(separator: ", "))"
    case .rolloutSuperseding(let it):
      rollout = it.rollout.rawValue
      message = "rollout \(it.rollout) makes way for \(it.by)"
    case .rolloutSuperseded(let it): about(it, "superseded")
    case .rolloutAborted(let it): about(it, "aborted")
    case .rolloutSucceeded(let it):
      rollout = it.rollout.rawValue
      message =
        "rollout \(it.rollout) succeeded"
        + (it.debt.isEmpty
          ? "" : ", leaving behind \(it.debt.keys.sorted().joined(separator: ", "))")
    case .rolloutSkipped(let it):
      (rollout, wave) = (it.rollout.rawValue, it.wave)
      message =
        "\(it.rollout): "
        + (it.wave.map { "wave \($0)" } ?? it.targets.joined(separator: ", ")) + " skipped"
    case .rolloutRollingBack(let it):
      (rollout, wave) = (it.rollout.rawValue, it.rollback.wave)
      let part = it.rollback.isWhole ? "" : it.rollback.wave.map { "wave \($0) of " } ?? "part of "
      message = "\(it.by) puts \(part)\(it.rollout) back: \(it.targets.count) clusters"
    case .rolloutRolledBack(let it): about(it, "rolled back")
    case .rolloutFailed(let it): about(it, "failed")
    case .rolloutApproved(let it):
      (rollout, wave) = (it.rollout.rawValue, it.wave)
      message =
        "\(it.rollout): " + (it.wave.map { "wave \($0)" } ?? "plan \(it.plan.short)") + " approved"
    case .gateReached(let it): about(it, "is asked")
    case .gateErring(let it): about(it, "gives no answer")
    case .gatePassed(let it): about(it, "passed")
    case .gateFailed(let it): about(it, "failed")
    case .waveOpened(let it): about(it, "opened")
    case .waveSoaking(let it): about(it, "healthy, soaking")
    case .waveReopened(let it): about(it, "no longer healthy, soak starts again")
    case .waveVerifying(let it): about(it, "healthy, its gates are asked")
    case .wavePassed(let it): about(it, "passed")
    case .wavePaused(let it):
      (rollout, wave) = (it.rollout.rawValue, it.wave)
      message =
        it.whenReached
        ? "\(it.rollout) will pause at wave \(it.wave)" : "\(it.rollout): wave \(it.wave) paused"
    case .waveResumed(let it): about(it, "resumed")
    case .deletionsFound(let it):
      message =
        "to be deleted later: "
        + it.list.objects.prefix(3).map { "\($0.identity)" }.joined(separator: ", ")
        + (it.list.objects.count > 3 ? " and \(it.list.objects.count - 3) more" : "")
    case .deletionsForgotten(let it):
      message =
        "\(it.lists.count == 1 ? "1 list" : "\(it.lists.count) lists") of deletions no longer needed"
    case .deletionsPlanned(let it):
      (rollout, wave) = (it.rollout.rawValue, it.wave)
      message = "\(it.rollout): wave \(it.wave) \(it.deletions.text)"
    case .targetDispatched(let it):
      (rollout, cluster) = (it.rollout.rawValue, it.cluster)
      message =
        "\(it.rollout): \(it.deletes == nil ? it.cluster : "deletions on \(it.cluster)") dispatched"
        + (it.attempt > 1 ? ", attempt \(it.attempt)" : "")
    case .targetApplied(let it): about(it, "applied")
    case .targetProgressing(let it): about(it, "progressing")
    case .targetUnreachable(let it): about(it, "unreachable")
    case .targetHealthy(let it): about(it, "healthy")
    case .targetRegressed(let it): about(it, "no longer healthy")
    case .targetFailed(let it): about(it, "failed")
    case .targetTimedOut(let it): about(it, "timed out")
    case .targetDeferred(let it): about(it, "left for later")
    case .targetGone(let it): about(it, "left the environment")
    case .inventoryRecorded(let it):
      cluster = it.cluster
      message = "\(it.cluster) reports \(it.digests.count) apps"
    case .driftObserved(let it):
      cluster = it.cluster
      message =
        "\(it.app) on \(it.cluster) has drifted: \(it.lines.first ?? "")"
        + (it.lines.count > 1 ? " (and \(it.lines.count - 1) more)" : "")
        + (it.isCorrected ? "; it is corrected" : "")
    case .driftEnded(let it):
      cluster = it.cluster
      message = "\(it.app) on \(it.cluster) is as it was delivered again"
    case .clusterCordoned(let it):
      cluster = it.cluster
      message = "cluster \(it.cluster) cordoned"
    case .clusterUncordoned(let it):
      cluster = it.cluster
      message = "cluster \(it.cluster) uncordoned"
    case .agentInvited(let it):
      cluster = it.cluster
      message = "an agent may ask to join as \(it.cluster) until \(it.until.text)"
    case .agentAccepted(let it):
      cluster = it.cluster
      message = "agent of \(it.cluster) accepted: key \(it.agent.key)"
    case .agentRevoked(let it):
      cluster = it.cluster
      message = "agent of \(it.cluster) revoked"
    }
  }

  private mutating func about(_ change: RolloutChanged, _ verb: String) {
    rollout = change.rollout.rawValue
    message = "rollout \(change.rollout) \(verb)" + (change.detail.map { ": \($0)" } ?? "")
  }

  private mutating func about(_ change: GateChanged, _ verb: String) {
    (rollout, wave) = (change.rollout.rawValue, change.wave)
    message =
      "\(change.rollout): gate \(change.gate + 1) of wave \(change.wave) \(verb)"
      + (change.line.map { ": \($0)" } ?? "")
  }

  private mutating func about(_ change: WaveChanged, _ verb: String) {
    (rollout, wave) = (change.rollout.rawValue, change.wave)
    message = "\(change.rollout): wave \(change.wave) \(verb)"
  }

  private mutating func about(_ change: TargetChanged, _ verb: String) {
    (rollout, cluster) = (change.rollout.rawValue, change.cluster)
    message =
      "\(change.rollout): \(change.cluster) \(verb)" + (change.line.map { ": \($0)" } ?? "")
  }
}
