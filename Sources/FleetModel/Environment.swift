public import Manifests

/// An ordered promotion step that selects clusters by label.
public struct Environment: Sendable, Hashable, Codable {
  public static let defaultProtectAfter = TimeSpan.minutes(60)

  public var name: String
  public var clusters: LabelSelector
  /// Environments in which a release must be stable first. Without any, the environment follows
  /// the tracked branch.
  public var after: [String]
  public var promotion: Promotion
  public var onNewRelease: NewReleasePolicy
  /// With `supersede`: how long newer releases may take over from each other; then the rollout that
  /// is open comes to its end first. `nil` is ``Environment/defaultProtectAfter``.
  public var protectAfter: TimeSpan?
  public var strategy: Strategy
  public var drift: DriftPolicy
  /// Set in Git: nothing new is dispatched while true.
  public var paused: Bool

  public init(
    name: String, clusters: LabelSelector, after: [String] = [],
    promotion: Promotion = Promotion(), onNewRelease: NewReleasePolicy = .coalesce,
    protectAfter: TimeSpan? = nil, strategy: Strategy = .allAtOnce, drift: DriftPolicy = .report,
    paused: Bool = false
  ) {
    self.name = name
    self.clusters = clusters
    self.after = after
    self.promotion = promotion
    self.onNewRelease = onNewRelease
    self.protectAfter = protectAfter
    self.strategy = strategy
    self.drift = drift
    self.paused = paused
  }
}

/// How a release that is stable upstream comes to be wanted here.
public struct Promotion: Sendable, Hashable, Codable {
  public enum Mode: String, Sendable, Hashable, Codable, CaseIterable { case auto, manual }

  public var mode: Mode
  /// How long a release must have been stable upstream before it is promoted.
  public var soak: TimeSpan
  public var approvals: Approvals?

  public init(mode: Mode = .manual, soak: TimeSpan = .zero, approvals: Approvals? = nil) {
    self.mode = mode
    self.soak = soak
    self.approvals = approvals
  }
}

/// Who must agree, and how many of them.
public struct Approvals: Sendable, Hashable, Codable {
  public var required: Int
  /// Empty: anybody who may approve at all.
  public var roles: [String]
  public var authorMayApprove: Bool
  /// How long an approval counts; `nil` for as long as its plan stands.
  public var validFor: TimeSpan?

  public init(
    required: Int = 1, roles: [String] = [], authorMayApprove: Bool = false,
    validFor: TimeSpan? = nil
  ) {
    self.required = required
    self.roles = roles
    self.authorMayApprove = authorMayApprove
    self.validFor = validFor
  }
}

/// What happens to a release that arrives while a rollout of the same app runs.
public enum NewReleasePolicy: String, Sendable, Hashable, Codable, CaseIterable {
  /// Each waits its turn.
  case queue
  /// Only the newest waits; those between are skipped and recorded.
  case coalesce
  /// The running rollout ends at the next target boundary.
  case supersede
  /// Nothing waits; a person promotes.
  case hold
}

public enum DriftPolicy: String, Sendable, Hashable, Codable, CaseIterable { case report, correct }
