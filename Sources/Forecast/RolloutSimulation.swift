public import FleetModel
public import RolloutEngine

/// A state in which one rollout is about to go on, or has just been planned.
public struct SimulationStart: Sendable {
  let state: State
  let rollout: RolloutID
  let at: Instant
  /// What was decided already.
  let events: [RecordedEvent]
  let waveCount: Int

  /// - Returns: `nil` where the rollout is over or unknown.
  public init?(_ rollout: RolloutID, in state: State, at now: Instant) {
    guard let known = state.rollouts[rollout], !known.phase.isTerminal else { return nil }
    self.state = state.isolating(rollout)
    self.rollout = rollout
    at = now
    events = []
    waveCount = known.waves.count
  }

  /// The rollout that a promotion would begin.
  ///
  /// - Returns: `nil` where it would change no cluster.
  public init?(promoting release: ReleaseID, to pin: PinID, in state: State, at now: Instant) {
    var engine = Engine(state.isolating(nil))
    events = engine.rehearse(release, for: pin, at: now)
    guard let id = engine.state.pins[pin]?.rollout, let known = engine.state.rollouts[id] else {
      return nil
    }
    self.state = engine.state
    rollout = id
    at = now
    waveCount = known.waves.count
  }

  public var plan: Plan? { state.rollouts[rollout]?.plan }
  public var waves: [Wave] { state.rollouts[rollout]?.waves ?? [] }
}

/// A rollout simulated many times: the rules are the engine's, only clusters, gates and people are
/// made up. The same start, model and seed give the same result.
public struct RolloutSimulation: Sendable {
  private let start: SimulationStart
  private let model: AttemptModel
  private let seed: UInt64

  public init(_ start: SimulationStart, model: AttemptModel, seed: UInt64) {
    self.start = start
    self.model = model
    self.seed = seed
  }

  /// One of the runs; they depend on nothing but their number, so they may be made at the same time.
  public func run(_ number: Int) -> RunReport {
    var run = VirtualRun(
      start, courses: .drawn(model), choice: SeededChoice(seed: seed, run: number),
      isLogged: false)
    run.play()
    return run.report
  }
}

/// One run in which everything goes as the median does, but for the trouble that is made on purpose.
public struct Rehearsal: Sendable {
  public let report: RunReport
  /// What the engine decided, in order.
  public let events: [RecordedEvent]
  /// Why it does not go on at the end, and who can change that; empty where it is over.
  public let blockers: [Blocker]
  public let phase: RolloutPhase
  public let startedAt: Instant

  /// Throws when the rollout has no such cluster in the wave.
  public init(
    _ start: SimulationStart, median: TimeSpan, injections: [Injection]
  ) throws(Injection.SyntaxError) {
    if let rollout = start.state.rollouts[start.rollout] {
      for injection in injections {
        if let objection = injection.objection(to: rollout) { throw objection }
      }
    }
    var run = VirtualRun(
      start, courses: .rehearsed(median: median, injections), choice: SeededChoice(seed: 0),
      isLogged: true)
    run.play()
    report = run.report
    events = run.log
    blockers = run.state.blockers(of: .rollout(start.rollout), at: run.now)
    phase = run.state.rollouts[start.rollout]?.phase ?? .planned
    startedAt = start.at
  }
}
