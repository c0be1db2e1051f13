/// What is to be expected of rollouts, one for each app.
public struct SimulationListDocument: Codable, Sendable, Hashable {
  public var simulations: [SimulationDocument]

  public init(simulations: [SimulationDocument]) { self.simulations = simulations }
}

/// One rollout, played by the engine on a virtual clock.
public struct SimulationDocument: Codable, Sendable, Hashable {
  /// The rollout that goes on; missing for one that nobody asked for yet.
  public var rollout: String?
  public var app: String
  public var environment: String
  public var release: String
  /// The digest of the plan.
  public var plan: String
  /// When it would begin.
  public var start: Timestamp
  public var model: AttemptModelDocument
  /// What people were taken to agree with at once.
  public var people: [String]
  /// Missing where one run was rehearsed instead.
  public var expectation: ExpectationDocument?
  public var rehearsal: RehearsalDocument?
}

/// How attempts at targets were taken to go.
public struct AttemptModelDocument: Codable, Sendable, Hashable {
  /// `recorded` or `given`: from dispatch to healthy.
  public var durations: String
  /// How many recorded attempts the durations are of.
  public var durationSamples: Int?
  public var p50: String
  public var p95: String
  /// `recorded` or `given`: how many attempts fail.
  public var ends: String
  /// How many recorded attempts the shares are of.
  public var endSamples: Int?
  /// Shares of all attempts, from 0 to 1.
  public var failed: Double
  public var timedOut: Double
  public var regressed: Double
  public var unreachable: Double
  /// With so many recorded attempts, the share of trouble may be as high as this (95 % confidence).
  public var troubleBound: Double?
}

/// What many runs come to.
public struct ExpectationDocument: Codable, Sendable, Hashable {
  public var runs: Int
  /// The same start, model and seed give the same answer.
  public var seed: Int
  /// Shares of the runs, from 0 to 1.
  public var succeeded: Double
  /// Succeeded and left targets behind.
  public var withDebt: Double
  public var halted: Double
  /// From the start to the end of the runs that succeeded.
  public var finish: SpreadDocument?
  public var waves: [WaveExpectationDocument]
  /// Windows, freezes and pauses.
  public var waits: [WaitDocument]
  /// What runs that came to no end waited for.
  public var stuck: [StuckDocument]
}

public struct SpreadDocument: Codable, Sendable, Hashable {
  public var p50: String
  public var p95: String
}

public struct WaveExpectationDocument: Codable, Sendable, Hashable {
  public var name: String
  public var clusters: Int
  /// The chance that the rollout halts in this wave.
  public var halts: Double
  public var opens: SpreadDocument?
  public var passes: SpreadDocument?
}

public struct WaitDocument: Codable, Sendable, Hashable {
  public var what: String
  /// The share of runs that wait for it.
  public var chance: Double
  public var span: SpreadDocument
}

public struct StuckDocument: Codable, Sendable, Hashable {
  public var what: String
  public var chance: Double
}

/// One run with trouble made on purpose.
public struct RehearsalDocument: Codable, Sendable, Hashable {
  public var injections: [String]
  public var events: [RehearsedEventDocument]
  /// Where the rollout stands at the end.
  public var phase: String
  /// Why it stands there, and the commands that a person would have.
  public var blockers: [BlockerDocument]
}

public struct RehearsedEventDocument: Codable, Sendable, Hashable {
  /// Since the start.
  public var after: String
  public var type: String
  public var wave: String?
  public var cluster: String?
  public var message: String
}
