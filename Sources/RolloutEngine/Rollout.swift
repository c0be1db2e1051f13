public import FleetModel
public import Manifests

/// Where a rollout stands. What people want of it (run, pause, abort) and what it waits for
/// (blockers) are apart from this.
public enum RolloutPhase: String, Sendable, Hashable, Codable, CaseIterable {
  case planned, running
  /// Nothing new is dispatched; what is in flight finishes.
  case pausing
  case paused
  /// Stopped by itself; unlike `paused` it needs a person.
  case halted
  case succeeded
  /// Succeeded, leaving targets behind: ``Rollout/debt``.
  case succeededWithDebt
  case aborted, superseded
  /// Another rollout puts back what this one changed: ``Rollout/rolledBackBy``.
  case rollingBack
  case rolledBack
  /// The rollback ended before its plan.
  case failed

  public var isTerminal: Bool {
    switch self {
    case .planned, .running, .pausing, .paused, .halted, .rollingBack: false
    case .succeeded, .succeededWithDebt, .aborted, .superseded, .rolledBack, .failed: true
    }
  }

  /// Whether a rollout in this phase is the one that drives its (app, environment).
  public var isDriving: Bool { !isTerminal && self != .rollingBack }
}

public enum WavePhase: String, Sendable, Hashable, Codable, CaseIterable {
  case pending
  /// Targets are dispatched and awaited.
  case progressing
  /// Every required target is healthy; the minimum healthy time runs.
  case soaking
  /// Healthy for long enough; gates after the wave are awaited.
  case verifying
  case passed
  /// A person left it out; what did not arrive is debt.
  case skipped
  case cancelled

  public var isTerminal: Bool { self == .passed || self == .skipped || self == .cancelled }
}

public enum TargetPhase: String, Sendable, Hashable, Codable, CaseIterable {
  case pending
  /// Handed to delivery.
  case dispatched
  /// All objects were accepted by the cluster; health is awaited.
  case applied
  case healthy
  /// Healthy until its wave passed. Never stored: ``Rollout/phase(ofTargetAt:)`` says so of healthy
  /// targets of a passed or skipped wave.
  case done
  /// Left behind as unreachable, within the wave's budget.
  case deferred
  case failed, timedOut
  /// Was healthy on this digest and no longer is.
  case regressed
  /// A rollback put back what was there before, or is about to.
  case rolledBack
  /// Left out by a person.
  case skipped
  /// The cluster left the environment during the rollout.
  case gone
  case cancelled

  public var isInFlight: Bool { self == .dispatched || self == .applied }
  /// Counts against the wave's `maxFailures`.
  public var isFailure: Bool {
    self == .failed || self == .timedOut || self == .regressed || self == .rolledBack
  }
}

/// One cluster in one rollout.
public struct Target: Sendable, Hashable, Codable {
  public let cluster: String
  /// Index into ``Rollout/waves``.
  public let wave: Int
  /// What was on the cluster when the plan was made; `nil` where that was nothing or unknown.
  public let base: Digest?
  public let digest: Digest
  /// The release whose commit renders to ``digest``, where that is not the rollout's own.
  public let release: ReleaseID?
  /// In the wave that deletes: what, by the digest of the list.
  public internal(set) var deletes: Digest?
  public internal(set) var phase: TargetPhase
  /// Tries so far; 0 before the first dispatch.
  public internal(set) var attempt: Int
  public internal(set) var dispatchedAt: Instant?
  public internal(set) var appliedAt: Instant?
  public internal(set) var healthyAt: Instant?
  /// When the present attempt counts as timed out.
  public internal(set) var deadline: Instant?
  /// Why it is where it is: what delivery said last, or the reason of a failure.
  public internal(set) var line: String?
  /// Since when the cluster does not answer.
  public internal(set) var unreachableSince: Instant?
  /// What the apply left on the cluster to be deleted later, by the digest of the list.
  public internal(set) var leftovers: Digest?
}

/// Why a target was left behind.
public struct Debt: Sendable, Hashable, Codable {
  /// `deferred`, `failed`, `timedOut`, `regressed`, `rolledBack`, `skipped` or `cancelled`.
  public let phase: TargetPhase
  public let reason: String

  public init(phase: TargetPhase, reason: String) {
    self.phase = phase
    self.reason = reason
  }
}

/// Who paused what.
public struct Pause: Sendable, Hashable, Codable {
  public let actor: String
  public let reason: String?
  public let since: Instant
  /// When it ends by itself; `nil` waits for a person.
  public let until: Instant?
}

/// An ordered group of targets with its limits resolved to numbers.
public struct Wave: Sendable, Hashable, Codable {
  public let name: String
  /// Index of its first target; the wave's targets stand together.
  public let first: Int
  public let count: Int
  /// `nil` is no limit.
  public let maxConcurrent: Int?
  /// What the plan allows; a person may have allowed more: ``maxFailures``.
  public let plannedMaxFailures: Int
  public let maxUnreachable: Int
  public let progressDeadline: TimeSpan
  public let soak: TimeSpan
  /// What follows when a limit is broken; `nil` halts.
  public let onBreach: WaveSpec.Breach?
  /// Before it opens and before it counts as passed, in the order in which they are asked; `nil`
  /// for none.
  public internal(set) var gates: [WaveGate]?
  /// What it deletes, where it is the wave that does.
  public internal(set) var deletions: WaveDeletions?
  public internal(set) var phase: WavePhase = .pending
  public internal(set) var pause: Pause?
  /// The last time that a person allowed more failures than the plan.
  public internal(set) var raise: BudgetRaise?
  /// The whole rollout pauses when this wave is reached.
  public internal(set) var pauseWhenReached: Pause?
  public internal(set) var openedAt: Instant?
  public internal(set) var soakStartedAt: Instant?
  public internal(set) var passedAt: Instant?
  /// Of its targets, by phase. Derived, so not part of the encoding.
  public internal(set) var counts = WaveCounts()

  public var targets: Range<Int> { first..<first + count }
  /// How many targets may fail; one more halts.
  public var maxFailures: Int { raise?.maxFailures ?? plannedMaxFailures }
  public var soakUntil: Instant? { soakStartedAt.map { $0 + soak } }

  private enum CodingKeys: String, CodingKey {
    case name, first, count, maxConcurrent, maxUnreachable, progressDeadline, soak
    case plannedMaxFailures = "maxFailures"
    case onBreach, gates, deletions, phase, pause, raise, pauseWhenReached, openedAt
    case soakStartedAt, passedAt
  }
}

/// How many targets of a wave stand where.
public struct WaveCounts: Sendable, Hashable {
  public internal(set) var pending = 0
  /// Dispatched or applied.
  public internal(set) var inFlight = 0
  /// Done ones included.
  public internal(set) var healthy = 0
  /// Of the healthy ones, those whose cluster does not answer now.
  public internal(set) var silent = 0
  /// Failed, timed out, regressed or rolled back.
  public internal(set) var failed = 0
  public internal(set) var deferred = 0
  public internal(set) var skipped = 0
  public internal(set) var gone = 0
  public internal(set) var cancelled = 0

  public init() {}
}

/// One execution of a plan. The plan part (everything declared `let`) never changes. The wave that
/// deletes is added when all others are over, and does not change afterwards.
public struct Rollout: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, Hashable, Codable {
    /// Brings a release to an environment.
    case release
    /// Brings the environment's stable release to clusters that joined or were left behind.
    case catchUp
    /// Puts back what another rollout changed.
    case rollback
  }

  public let id: RolloutID
  public let app: String
  public let environment: String
  public let kind: Kind
  public let release: ReleaseID
  /// The release that was stable when this was planned.
  public let from: ReleaseID?
  /// Names the plan by its content; approvals are bound to it.
  public let planDigest: Digest
  public let plannedAt: Instant
  /// Clusters of the plan that already had the wanted digest.
  public let unchanged: Int
  /// What a rollout of the kind `rollback` puts back.
  public let rollback: Rollback?
  /// Who must agree before it starts.
  public let approvals: Approvals?
  /// What it may delete; `nil` in rollouts that were planned before deletions had a wave of their
  /// own: these delete with each apply.
  public let deletions: DeletionRules?
  /// The wave that deletes and its targets included, once it is there.
  public internal(set) var waveCount: Int
  public internal(set) var targetCount: Int

  public internal(set) var phase: RolloutPhase = .planned
  public internal(set) var startedAt: Instant?
  public internal(set) var endedAt: Instant?
  /// Since when it is in its phase.
  public internal(set) var phaseSince: Instant
  public internal(set) var pause: Pause?
  /// It pauses when the wave that deletes is reached, which is not there yet.
  public internal(set) var pauseAtDeletions: Pause?
  /// Why it halted or ended other than by success.
  public internal(set) var phaseReason: String?
  /// The release that is to take over at the next target boundary.
  public internal(set) var supersededBy: ReleaseID?
  /// The rollout that puts back what this one changed, or part of it; the last of several.
  public internal(set) var rolledBackBy: RolloutID?
  /// Every approval that was given, in order; `nil` for none.
  public internal(set) var given: [Approval]?
  /// Targets left behind; filled when it ends.
  public internal(set) var debt: [String: Debt] = [:]

  public internal(set) var waves: [Wave] = []
  /// Ordered by wave, then by order inside the wave.
  public internal(set) var targets: [Target] = []
  /// Position of each cluster in ``targets``; of clusters that stand in the wave that deletes, there.
  public internal(set) var positions: [String: Int] = [:]
  /// Where those stand in the waves before. Derived.
  var earlierPositions: [String: Int] = [:]
  /// Positions of pending targets that may be dispatched, in descending order. Derived.
  var ready: [Int] = []
  /// Positions of pending targets whose cluster is cordoned. Derived.
  var held: Set<Int> = []
  /// Positions of pending targets whose failure domain has no place, by domain, in descending order.
  /// Derived.
  var parked: [String: [Int]] = [:]
  /// Positions of targets that came into flight or out of it since these were last counted.
  var flightChanges: [Int] = []
  /// Index of the first wave that is neither passed nor cancelled. Derived.
  public internal(set) var currentWave = 0

  public var pin: PinID { PinID(app: app, environment: environment) }

  private enum CodingKeys: String, CodingKey {
    case id, app, environment, kind, release, from, planDigest, plannedAt, unchanged, waveCount
    case targetCount, phase, startedAt, endedAt, phaseSince, pause, phaseReason, supersededBy, debt
    case rollback, rolledBackBy, approvals, deletions, given, pauseAtDeletions
  }
}
