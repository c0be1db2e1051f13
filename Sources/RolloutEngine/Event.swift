public import FleetModel
public import Manifests

/// Everything that can have happened. The log of these is the truth; all else is folded from it.
///
/// Encoded as one JSON object with `type` and the fields of the payload. Names are for ever: a
/// later version adds types and optional fields, it renames nothing.
public enum Event: Sendable, Hashable {
  case configurationAccepted(ConfigurationAccepted)
  case configurationRefused(ConfigurationRefused)

  case releaseRecorded(ReleaseRecorded)
  case releaseExtended(ReleaseExtended)
  case commitUnchanged(CommitUnchanged)
  case commitInvalid(CommitInvalid)

  case releaseQueued(ReleaseQueued)
  /// The environment holds releases that arrive during a rollout: a person is to promote it.
  case releaseHeld(ReleaseQueued)
  case releaseSkipped(ReleaseSkipped)
  case pinMoved(PinMoved)
  case releaseStable(ReleaseStable)
  case releaseRejected(ReleaseRejected)
  case releaseUnrejected(ReleaseRejected)

  case environmentHeld(EnvironmentHeld)
  case environmentUnheld(EnvironmentHeld)
  case fleetFrozen(FleetFrozen)
  case fleetUnfrozen(FleetFrozen)

  case rolloutPlanned(RolloutPlanned)
  case rolloutStarted(RolloutChanged)
  case rolloutPausing(RolloutPaused)
  case rolloutPaused(RolloutChanged)
  case rolloutResumed(RolloutChanged)
  case rolloutHalted(RolloutChanged)
  case rolloutRetried(RolloutRetried)
  /// A person allows more failures in a wave than the plan; the rollout goes on.
  case budgetRaised(BudgetRaised)
  case rolloutSuperseding(RolloutSuperseding)
  case rolloutSuperseded(RolloutChanged)
  case rolloutAborted(RolloutChanged)
  case rolloutSucceeded(RolloutSucceeded)
  case rolloutSkipped(RolloutSkipped)
  case rolloutRollingBack(RolloutRollingBack)
  case rolloutRolledBack(RolloutChanged)
  case rolloutFailed(RolloutChanged)

  case rolloutApproved(RolloutApproved)

  /// The wave came to a gate, which is asked from now on.
  case gateReached(GateChanged)
  case gateErring(GateChanged)
  case gatePassed(GateChanged)
  case gateFailed(GateChanged)

  case waveOpened(WaveChanged)
  case waveSoaking(WaveChanged)
  /// Back from soaking to awaiting health.
  case waveReopened(WaveChanged)
  case waveVerifying(WaveChanged)
  case wavePassed(WaveChanged)
  case wavePaused(WavePaused)
  case waveResumed(WaveChanged)

  /// A cluster holds objects beyond its target state; a list that was not known yet.
  case deletionsFound(DeletionsFound)
  /// Nothing refers to these lists any more.
  case deletionsForgotten(DeletionsForgotten)
  /// Every wave is over and something is to be deleted: the last wave, frozen.
  case deletionsPlanned(DeletionsPlanned)

  case targetDispatched(TargetDispatched)
  case targetApplied(TargetChanged)
  case targetProgressing(TargetChanged)
  case targetUnreachable(TargetChanged)
  case targetHealthy(TargetChanged)
  case targetRegressed(TargetChanged)
  case targetFailed(TargetChanged)
  case targetTimedOut(TargetChanged)
  case targetDeferred(TargetChanged)
  case targetGone(TargetChanged)

  case inventoryRecorded(InventoryRecorded)
  /// Somebody changed what was delivered; with every change of what is told of it.
  case driftObserved(DriftObserved)
  case driftEnded(DriftEnded)
  case clusterCordoned(ClusterCordoned)
  case clusterUncordoned(ClusterUncordoned)
  /// Somebody may ask to be the agent of a cluster.
  case agentInvited(AgentInvited)
  case agentAccepted(AgentAccepted)
  case agentRevoked(AgentRevoked)
}

/// An event with its place in the log, its time, who caused it, and why.
public struct RecordedEvent: Sendable, Hashable, Codable {
  /// From 1, without gaps.
  public let sequence: Int
  public let at: Instant
  /// A person, or ``hub``.
  public let actor: String
  /// What the person wrote, or what the hub decided on; `nil` in logs of the first version only.
  public let reason: String?
  public let event: Event

  /// The actor of everything that nobody asked for.
  public static let hub = "hub"

  public init(sequence: Int, at: Instant, actor: String, reason: String?, event: Event) {
    self.sequence = sequence
    self.at = at
    self.actor = actor
    self.reason = reason
    self.event = event
  }
}

// MARK: - Payloads

public struct ConfigurationAccepted: Sendable, Hashable, Codable {
  public let commit: String
  public let fleet: Fleet
  public let apps: [App]
  public let environments: [Environment]
  public let windows: [Window]
  /// `nil` for none.
  public let access: [RoleBinding]?
  /// New or different from before.
  public let clusters: [Cluster]
  /// Names of clusters that left.
  public let removed: [String]
}

public struct ConfigurationRefused: Sendable, Hashable, Codable {
  public let commit: String
  public let findings: [String]
}

public struct ReleaseRecorded: Sendable, Hashable, Codable {
  public let release: ReleaseID
  public let app: String
  public let commit: CommitSummary
  public let rendererVersion: String
  public let predecessor: ReleaseID?
  /// The digests that differ from the predecessor's.
  public let changes: [String: Digest]
  public let commits: [CommitSummary]
}

public struct ReleaseExtended: Sendable, Hashable, Codable {
  public let release: ReleaseID
  public let digests: [String: Digest]
}

public struct CommitUnchanged: Sendable, Hashable, Codable {
  public let app: String
  public let commit: CommitSummary
  /// The release with the same digests.
  public let release: ReleaseID
}

public struct CommitInvalid: Sendable, Hashable, Codable {
  public let app: String
  public let commit: CommitSummary
  public let reason: String
}

public struct ReleaseQueued: Sendable, Hashable, Codable {
  public let app: String
  public let environment: String
  public let release: ReleaseID
  public let cause: PinMoved.Cause
}

public struct ReleaseSkipped: Sendable, Hashable, Codable {
  public let app: String
  public let environment: String
  public let release: ReleaseID
  /// The newer one that takes its place.
  public let by: ReleaseID
}

public struct PinMoved: Sendable, Hashable, Codable {
  public enum Cause: String, Sendable, Hashable, Codable {
    /// The environment follows the branch.
    case followed
    /// By rule: stable upstream for long enough.
    case promoted
    /// By a person.
    case commanded
    /// Back to the release before, with a rollback.
    case rolledBack
  }

  public let app: String
  public let environment: String
  public let from: ReleaseID?
  public let to: ReleaseID
  /// The release that was stable until now.
  public let stable: ReleaseID?
  public let cause: Cause
}

public struct ReleaseStable: Sendable, Hashable, Codable {
  public let app: String
  public let environment: String
  public let release: ReleaseID
  /// Clusters left behind, with the reason.
  public let debt: [String: Debt]
}

public struct RolloutPlanned: Sendable, Hashable, Codable {
  public let rollout: RolloutID
  public let kind: Rollout.Kind
  public let plan: Plan
  /// What a rollback puts back.
  public let rollback: Rollback?
}

/// Targets, or a whole wave with them, that a person leaves out.
public struct RolloutSkipped: Sendable, Hashable, Codable {
  public let rollout: RolloutID
  public let wave: String?
  /// In the order of the plan.
  public let targets: [String]
}

public struct RolloutRollingBack: Sendable, Hashable, Codable {
  public let rollout: RolloutID
  /// The rollout that does it.
  public let by: RolloutID
  public let rollback: Rollback
  /// Clusters that are put back.
  public let targets: [String]
}

public struct RolloutApproved: Sendable, Hashable, Codable {
  public let rollout: RolloutID
  /// The plan that the approval is for, or the list of what the wave deletes; it counts for no other.
  public let plan: Digest
  /// The wave whose gates it is for; `nil` for the start of the rollout.
  public let wave: String?
  public let edge: WaveGate.Edge?
  /// Of the actor, at that time.
  public let roles: [String]?
  public let until: Instant?
}

public struct GateChanged: Sendable, Hashable, Codable {
  public let rollout: RolloutID
  public let wave: String
  /// Index into ``Wave/gates``.
  public let gate: Int
  /// What it said last.
  public let line: String?
}

public struct ReleaseRejected: Sendable, Hashable, Codable {
  public let release: ReleaseID
  public let app: String
}

public struct FleetFrozen: Sendable, Hashable, Codable {
  /// `nil` for the whole fleet.
  public let environment: String?
  public let until: Instant?
}

public struct EnvironmentHeld: Sendable, Hashable, Codable {
  public let environment: String
  /// `nil` for all of its apps.
  public let app: String?
  public let until: Instant?
}

public struct RolloutChanged: Sendable, Hashable, Codable {
  public let rollout: RolloutID
  /// Why, where the phase alone does not say.
  public let detail: String?
}

public struct RolloutPaused: Sendable, Hashable, Codable {
  public let rollout: RolloutID
  public let until: Instant?
}

public struct RolloutRetried: Sendable, Hashable, Codable {
  public let rollout: RolloutID
  public let targets: [String]
}

public struct BudgetRaised: Sendable, Hashable, Codable {
  public let rollout: RolloutID
  public let wave: String
  public let maxFailures: Int
}

public struct RolloutSuperseding: Sendable, Hashable, Codable {
  public let rollout: RolloutID
  public let by: ReleaseID
}

public struct RolloutSucceeded: Sendable, Hashable, Codable {
  public let rollout: RolloutID
  public let debt: [String: Debt]
}

public struct WaveChanged: Sendable, Hashable, Codable {
  public let rollout: RolloutID
  public let wave: String
}

public struct WavePaused: Sendable, Hashable, Codable {
  public let rollout: RolloutID
  public let wave: String
  public let until: Instant?
  /// The whole rollout pauses when the wave is reached, rather than the wave now.
  public let whenReached: Bool
}

public struct TargetDispatched: Sendable, Hashable, Codable {
  public let rollout: RolloutID
  public let cluster: String
  public let attempt: Int
  public let digest: Digest
  public let deadline: Instant
  /// The list that is deleted, by its digest, in the wave that deletes.
  public internal(set) var deletes: Digest?
}

public struct DeletionsFound: Sendable, Hashable, Codable {
  public let list: DeletionList
}

public struct DeletionsForgotten: Sendable, Hashable, Codable {
  /// By their digests, sorted.
  public let lists: [Digest]
}

public struct DeletionsPlanned: Sendable, Hashable, Codable {
  public struct Target: Sendable, Hashable, Codable {
    public let cluster: String
    /// By the digest of the list.
    public let list: Digest
  }

  public let rollout: RolloutID
  /// The name of the wave.
  public let wave: String
  public let deletions: WaveDeletions
  /// Who must agree first; `nil` within the budget.
  public let approvals: Approvals?
  public let maxConcurrent: Int?
  public let maxUnreachable: Int
  public let progressDeadline: TimeSpan
  /// In the order of dispatch.
  public let targets: [Target]
}

public struct TargetChanged: Sendable, Hashable, Codable {
  public let rollout: RolloutID
  public let cluster: String
  public let attempt: Int
  /// What the cluster or delivery said.
  public let line: String?
  /// With an apply: what stays on the cluster to be deleted later, by the digest of the list.
  public internal(set) var leftovers: Digest?
}

public struct InventoryRecorded: Sendable, Hashable, Codable {
  public let cluster: String
  /// By app, where it differs from what was known.
  public let digests: [String: Digest]
  /// Apps that are not on the cluster, against what was known.
  public let absent: [String]
}

public struct DriftObserved: Sendable, Hashable, Codable {
  public let cluster: String
  public let app: String
  /// A line per object.
  public let lines: [String]
  /// Whether a rollout takes it back.
  public let isCorrected: Bool
}

public struct DriftEnded: Sendable, Hashable, Codable {
  public let cluster: String
  public let app: String
}

public struct ClusterCordoned: Sendable, Hashable, Codable {
  public let cluster: String
  public let until: Instant?
}

public struct ClusterUncordoned: Sendable, Hashable, Codable {
  public let cluster: String
}

public struct AgentInvited: Sendable, Hashable, Codable {
  public let cluster: String
  public let until: Instant
}

public struct AgentAccepted: Sendable, Hashable, Codable {
  public let cluster: String
  public let agent: AgentIdentity
}

public struct AgentRevoked: Sendable, Hashable, Codable {
  public let cluster: String
}
