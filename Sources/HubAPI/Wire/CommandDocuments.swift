/// `POST /api/v1/rollouts/{name}/pause`.
public struct PauseRequest: Codable, Sendable, Hashable {
  public var reason: String
  /// Pauses only this wave.
  public var wave: String?
  /// Pauses the rollout when this wave is reached, not now.
  public var at: String?
  /// Ends the pause by itself.
  public var until: Timestamp?

  public init(
    reason: String, wave: String? = nil, at: String? = nil, until: Timestamp? = nil
  ) {
    self.reason = reason
    self.wave = wave
    self.at = at
    self.until = until
  }
}

/// `POST /api/v1/rollouts/{name}/resume`.
public struct ResumeRequest: Codable, Sendable, Hashable {
  public var reason: String
  /// Resumes only this wave.
  public var wave: String?
  /// Goes on although targets failed, up to so many in the wave that halted.
  public var maxFailures: Int?

  public init(reason: String, wave: String? = nil, maxFailures: Int? = nil) {
    self.reason = reason
    self.wave = wave
    self.maxFailures = maxFailures
  }
}

/// `POST /api/v1/rollouts/{name}/retry`.
public struct RetryRequest: Codable, Sendable, Hashable {
  public var reason: String
  /// Clusters; empty or missing for all that failed, timed out or regressed.
  public var targets: [String]?

  public init(reason: String, targets: [String] = []) {
    self.reason = reason
    self.targets = targets
  }
}

/// `POST /api/v1/rollouts/{name}/skip` and `…/rollback`.
public struct PartRequest: Codable, Sendable, Hashable {
  public var reason: String
  /// Only this wave.
  public var wave: String?
  /// Only these clusters.
  public var targets: [String]?

  public init(reason: String, wave: String? = nil, targets: [String] = []) {
    self.reason = reason
    self.wave = wave
    self.targets = targets
  }
}

/// `POST /api/v1/rollouts/{name}/approve`.
public struct ApprovalRequest: Codable, Sendable, Hashable {
  public var reason: String
  /// The gates of this wave, rather than what waits now.
  public var wave: String?
  /// Digest of the plan that was looked at, or its first 7 or more digits.
  public var plan: String?
  /// When the approval stops to count.
  public var until: Timestamp?

  public init(
    reason: String, wave: String? = nil, plan: String? = nil, until: Timestamp? = nil
  ) {
    self.reason = reason
    self.wave = wave
    self.plan = plan
    self.until = until
  }
}

/// `POST /api/v1/freeze` and `…/unfreeze`.
public struct FreezeRequest: Codable, Sendable, Hashable {
  public var reason: String
  /// Missing for the whole fleet.
  public var environment: String?
  /// Ends the freeze by itself.
  public var until: Timestamp?

  public init(reason: String, environment: String? = nil, until: Timestamp? = nil) {
    self.reason = reason
    self.environment = environment
    self.until = until
  }
}

/// `POST /api/v1/environments/{name}/hold` and `…/unhold`.
public struct HoldRequest: Codable, Sendable, Hashable {
  public var reason: String
  /// Only this app.
  public var app: String?
  /// Ends the hold by itself.
  public var until: Timestamp?

  public init(reason: String, app: String? = nil, until: Timestamp? = nil) {
    self.reason = reason
    self.app = app
    self.until = until
  }
}

/// `POST /api/v1/rollouts/{name}/abort`, `POST /api/v1/releases/{name}/reject`, `…/unreject` and
/// `POST /api/v1/clusters/{name}/uncordon`.
public struct ReasonRequest: Codable, Sendable, Hashable {
  public var reason: String

  public init(reason: String) { self.reason = reason }
}

/// `POST /api/v1/clusters/{name}/cordon`.
public struct CordonRequest: Codable, Sendable, Hashable {
  public var reason: String
  public var until: Timestamp?

  public init(reason: String, until: Timestamp? = nil) {
    self.reason = reason
    self.until = until
  }
}

/// `POST /api/v1/clusters/{name}/correct-drift`.
public struct CorrectionRequest: Codable, Sendable, Hashable {
  public var reason: String
  /// Missing for every app that has drifted there.
  public var app: String?

  public init(reason: String, app: String? = nil) {
    self.reason = reason
    self.app = app
  }
}

/// `POST /api/v1/promotions`.
public struct PromotionRequest: Codable, Sendable, Hashable {
  /// A commit, at least 7 digits of one, or the name of a release.
  public var change: String
  public var environment: String
  /// Only this app of the change.
  public var app: String?
  public var reason: String

  public init(change: String, environment: String, app: String? = nil, reason: String) {
    self.change = change
    self.environment = environment
    self.app = app
    self.reason = reason
  }
}

/// What a command did: the events that it caused at once.
public struct CommandResult: Codable, Sendable, Hashable {
  public var events: [EventDocument]

  public init(events: [EventDocument]) { self.events = events }
}
