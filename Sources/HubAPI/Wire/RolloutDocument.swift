/// One execution of a plan.
public struct RolloutDocument: Codable, Sendable, Hashable {
  public var name: String
  public var app: String
  public var environment: String
  /// `release` brings a release to the environment; `catchUp` brings the stable one to clusters that
  /// joined or were left behind; `rollback` puts back what another rollout changed.
  public var kind: String
  public var release: String
  /// The release that was stable before.
  public var from: String?
  /// The commit of the release.
  public var change: String
  /// The commit's first line.
  public var subject: String
  /// `planned`, `running`, `pausing`, `paused`, `halted`, `succeeded`, `succeededWithDebt`,
  /// `aborted`, `superseded`, `rollingBack`, `rolledBack` or `failed` (its rollback did not end).
  public var phase: String
  public var phaseSince: Timestamp
  public var isOver: Bool
  /// The digest of the plan.
  public var plan: String
  /// Clusters that had the wanted digest already.
  public var unchanged: Int
  public var created: Timestamp
  public var started: Timestamp?
  public var ended: Timestamp?
  /// Why it halted or failed.
  public var reason: String?
  /// The rollout that this one puts back, or part of it.
  public var rollbackOf: String?
  /// The rollout that puts back what this one changed, or part of it.
  public var rolledBackBy: String?
  /// Everybody who approved its start or a wave, in order.
  public var approvals: [ApprovalDocument]
  /// Targets left behind, with the reason.
  public var debt: [String: String]
  /// Who paused it, while it pauses or is paused.
  public var pause: DecisionDocument?
  /// Waves that a person wants it to pause at, by name.
  public var pauseAt: [String]
  /// Of all waves but the one that deletes.
  public var counts: TargetCounts
  public var waves: [WaveDocument]
  /// What it deletes; told of a single rollout, not in lists of them.
  public var deletions: DeletionsDocument?
  public var blockers: [BlockerDocument]

  public init(
    name: String, app: String, environment: String, kind: String = "release", release: String,
    from: String? = nil, change: String, subject: String, phase: String, phaseSince: Timestamp,
    isOver: Bool, plan: String, unchanged: Int = 0, created: Timestamp,
    started: Timestamp? = nil, ended: Timestamp? = nil, reason: String? = nil,
    rollbackOf: String? = nil, rolledBackBy: String? = nil,
    approvals: [ApprovalDocument] = [], debt: [String: String] = [:],
    pause: DecisionDocument? = nil, pauseAt: [String] = [],
    counts: TargetCounts, waves: [WaveDocument], deletions: DeletionsDocument? = nil,
    blockers: [BlockerDocument] = []
  ) {
    self.name = name
    self.app = app
    self.environment = environment
    self.kind = kind
    self.release = release
    self.from = from
    self.change = change
    self.subject = subject
    self.phase = phase
    self.phaseSince = phaseSince
    self.isOver = isOver
    self.plan = plan
    self.unchanged = unchanged
    self.created = created
    self.started = started
    self.ended = ended
    self.reason = reason
    self.rollbackOf = rollbackOf
    self.rolledBackBy = rolledBackBy
    self.approvals = approvals
    self.debt = debt
    self.pause = pause
    self.pauseAt = pauseAt
    self.counts = counts
    self.waves = waves
    self.deletions = deletions
    self.blockers = blockers
  }
}

/// One person's agreement with a plan.
public struct ApprovalDocument: Codable, Sendable, Hashable {
  public var by: String
  public var reason: String?
  public var at: Timestamp
  /// When it stops to count.
  public var until: Timestamp?
  /// The wave that it is for; missing for the start of the rollout.
  public var wave: String?

  public init(
    by: String, reason: String? = nil, at: Timestamp, until: Timestamp? = nil,
    wave: String? = nil
  ) {
    self.by = by
    self.reason = reason
    self.at = at
    self.until = until
    self.wave = wave
  }
}

/// A check before a wave opens (`before`) or before it counts as passed (`after`).
public struct GateDocument: Codable, Sendable, Hashable {
  public var edge: String
  /// `approval`, `http`, `prometheus`, or what a hold is named.
  public var name: String
  /// `waiting`, `passed` or `failed`.
  public var phase: String
  /// Since when it is asked.
  public var since: Timestamp?
  /// Who let it pass.
  public var by: String?
  /// What it said last.
  public var line: String?

  public init(
    edge: String, name: String, phase: String, since: Timestamp? = nil, by: String? = nil,
    line: String? = nil
  ) {
    self.edge = edge
    self.name = name
    self.phase = phase
    self.since = since
    self.by = by
    self.line = line
  }
}

/// How far a group of targets is.
public struct TargetCounts: Codable, Sendable, Hashable {
  public var total: Int
  /// Healthy on the wanted digest.
  public var done: Int
  public var inFlight: Int
  public var failed: Int
  /// Left behind: unreachable, skipped, or gone from the environment.
  public var left: Int

  public init(total: Int = 0, done: Int = 0, inFlight: Int = 0, failed: Int = 0, left: Int = 0) {
    self.total = total
    self.done = done
    self.inFlight = inFlight
    self.failed = failed
    self.left = left
  }
}

/// One wave of a rollout.
public struct WaveDocument: Codable, Sendable, Hashable {
  public var rollout: String
  public var name: String
  /// Counted from 0.
  public var index: Int
  public var phase: String
  public var counts: TargetCounts
  /// More failures than this halt the rollout.
  public var maxFailures: Int
  /// Missing: no limit.
  public var maxConcurrent: Int?
  public var opened: Timestamp?
  /// The soak that the wave asks for, `10m`; `0s` for none.
  public var soak: String
  public var soakEnds: Timestamp?
  /// Who paused this wave.
  public var pause: DecisionDocument?
  /// Who allowed more failures than the plan.
  public var budgetRaised: DecisionDocument?
  public var gates: [GateDocument]

  public init(
    rollout: String, name: String, index: Int, phase: String, counts: TargetCounts,
    maxFailures: Int, maxConcurrent: Int? = nil, opened: Timestamp? = nil, soak: String = "0s",
    soakEnds: Timestamp? = nil, pause: DecisionDocument? = nil,
    budgetRaised: DecisionDocument? = nil, gates: [GateDocument] = []
  ) {
    self.rollout = rollout
    self.name = name
    self.index = index
    self.phase = phase
    self.counts = counts
    self.maxFailures = maxFailures
    self.maxConcurrent = maxConcurrent
    self.opened = opened
    self.soak = soak
    self.soakEnds = soakEnds
    self.pause = pause
    self.budgetRaised = budgetRaised
    self.gates = gates
  }
}

/// One cluster in one rollout.
public struct TargetDocument: Codable, Sendable, Hashable {
  public var rollout: String
  public var wave: String
  public var cluster: String
  public var app: String
  public var environment: String
  public var phase: String
  /// 0 before the first dispatch.
  public var attempt: Int
  /// The digest before; missing where the app was not there.
  public var from: String?
  public var to: String
  public var since: Timestamp?
  public var reason: String?

  public init(
    rollout: String, wave: String, cluster: String, app: String, environment: String,
    phase: String, attempt: Int, from: String?, to: String, since: Timestamp? = nil,
    reason: String? = nil
  ) {
    self.rollout = rollout
    self.wave = wave
    self.cluster = cluster
    self.app = app
    self.environment = environment
    self.phase = phase
    self.attempt = attempt
    self.from = from
    self.to = to
    self.since = since
    self.reason = reason
  }
}
