import FleetModel
import Forecast
import Manifests
import RolloutEngine
import Testing

@Suite("A rollout on a virtual clock")
struct SimulationTests {
  private let pin = PinID(app: "web", environment: "prod")
  private let six = (1...6).map { "c\($0)" }

  private func fleet(
    _ waves: [WaveSpec], promotion: Promotion = Promotion(), windows: [Window] = []
  ) throws -> FleetFixture {
    var fleet = try FleetFixture(
      ["dev": ["d1"], "prod": six], strategy: Strategy(waves: waves), promotion: promotion,
      windows: windows)
    try fleet.commit(1)
    return fleet
  }

  private func start(_ fleet: FleetFixture) throws -> SimulationStart {
    try #require(
      SimulationStart(
        promoting: FleetFixture.release(1), to: pin, in: fleet.state, at: fleet.now))
  }

  private func model(_ p50: Int, _ p95: Int? = nil, failing: Double = 0) -> AttemptModel {
    AttemptModel(
      durations: .given(p50: .seconds(p50), p95: .seconds(p95 ?? p50)),
      ends: .init(failed: failing))
  }

  private func result(
    _ fleet: FleetFixture, _ model: AttemptModel, runs: Int = 50, seed: UInt64 = 7
  ) throws -> SimulationResult {
    let start = try start(fleet)
    let simulation = RolloutSimulation(start, model: model, seed: seed)
    return SimulationResult(of: (0..<runs).map(simulation.run), start: start)
  }

  private let careful: [WaveSpec] = [
    .named("canary", ["c1"], soak: .minutes(5)),
    .named("rest", maxConcurrent: .count(2), maxFailures: .count(1)),
  ]

  @Test func `without failures it takes what attempts, soaks and limits add up to`() throws {
    // 30 s for the canary, 5 min of soak, then five clusters two at a time: 3 × 30 s.
    let result = try result(try fleet(careful), model(30), runs: 3)
    #expect(result.succeeded == 3)
    #expect(result.finish?.p50 == .seconds(30 + 300 + 90))
    #expect(result.finish?.p95 == result.finish?.p50)
    #expect(result.waves.map(\.opens?.p50) == [.zero, .seconds(330)])
    #expect(result.waves.map(\.passes?.p50) == [.seconds(330), .seconds(420)])
    #expect(result.waves.map(\.halts) == [0, 0])
    #expect(result.waits.isEmpty)
  }

  @Test func `one seed gives one answer, another seed another`() throws {
    let fleet = try fleet(careful)
    let model = model(30, 120, failing: 0.1)
    let one = try result(fleet, model)
    #expect(try result(fleet, model) == one)
    #expect(try result(fleet, model, seed: 8) != one)
  }

  @Test func `halts come where budgets are small, as often as chance has it`() throws {
    // The canary halts when its one cluster fails; the rest only when two of five do.
    let result = try result(try fleet(careful), model(30, failing: 0.2), runs: 500)
    let canary = Double(result.waves[0].halts) / 500
    let rest = Double(result.waves[1].halts) / Double(500 - result.waves[0].halts)
    // 0.2, and 1 - 0.8^5 - 5 × 0.2 × 0.8^4 = 0.263; five standard deviations either way.
    #expect(abs(canary - 0.2) < 0.09, "\(canary)")
    #expect(abs(rest - 0.263) < 0.11, "\(rest)")
    #expect(result.halted + result.succeeded == 500)
    #expect(result.withDebt > 0)
  }

  @Test func `given percentiles come out of the drawn durations`() throws {
    let fleet = try fleet([.named("one", ["c1"], soak: .minutes(1)), .named("rest")])
    let result = try result(fleet, model(20, 80), runs: 600)
    let first = try #require(result.waves[0].passes)
    #expect(abs(first.p50.milliseconds - 80_000) < 5000, "\(first.p50)")
    #expect(abs(first.p95.milliseconds - 140_000) < 20_000, "\(first.p95)")
  }

  @Test func `it waits for windows, and says for which and how long`() throws {
    // It is Friday, 09:00; changes start on Mondays from 10:00.
    let window = Window(
      name: "mondays", kind: .allow, schedule: "0 10 * * 1", duration: .minutes(120))
    let result = try result(try fleet(careful, windows: [window]), model(30), runs: 2)
    #expect(result.succeeded == 2)
    #expect(result.waits.map(\.what) == ["outside of window 'mondays'"])
    #expect(result.waits.first?.span.p50 == .minutes(60 * 73))
    #expect(result.finish?.p50 == .seconds(3600 * 73 + 420))
  }

  @Test func `people agree at once, and what they were asked is told`() throws {
    var waves = careful
    waves[0].before = [.hold(name: "look")]
    waves[1].before = [.approval(Approvals(required: 2))]
    let fleet = try fleet(waves, promotion: Promotion(approvals: Approvals(required: 1)))
    let result = try result(fleet, model(30), runs: 2)
    #expect(result.succeeded == 2)
    #expect(
      result.people == [
        "approval before wave 'rest'", "approval of the start", "hold 'look' before wave 'canary'",
      ])
  }

  @Test func `what never ends says what it waits for`() throws {
    var fleet = try fleet(careful)
    _ = try fleet.engine.handle(
      .command(
        Command(.freeze(environment: nil, until: nil), actor: "anna", reason: "incident")),
      at: fleet.now)
    let result = try result(fleet, model(30), runs: 2)
    #expect(result.succeeded == 0)
    #expect(result.stuck.first?.key.contains("the fleet is frozen by anna") == true)
  }

  @Test func `a rollout under way goes on from where it is`() throws {
    var fleet = try fleet(careful)
    try fleet.settle()
    _ = try fleet.engine.handle(
      .command(
        Command(
          .promote(change: FleetFixture.release(1).rawValue, environment: "prod"), actor: "anna")),
      at: fleet.now)
    try fleet.settle()
    let id = RolloutID("web-prod-1")
    let start = try #require(
      SimulationStart(id, in: fleet.state, at: fleet.now + .minutes(2)))
    let simulation = RolloutSimulation(start, model: model(30), seed: 1)
    let result = SimulationResult(of: [simulation.run(0)], start: start)
    // Three minutes of soak are left.
    #expect(result.finish?.p50 == .seconds(180 + 90))
    #expect(SimulationStart(RolloutID("web-dev-1"), in: fleet.state, at: fleet.now) == nil)
  }

  @Test func `recorded attempts are those of ended and open rollouts, tries included`() throws {
    var fleet = try fleet([.named("all", maxFailures: .count(6))])
    try fleet.settle()
    _ = try fleet.engine.handle(
      .command(
        Command(
          .promote(change: FleetFixture.release(1).rawValue, environment: "prod"), actor: "anna")),
      at: fleet.now)
    fleet.now = fleet.now + .seconds(40)
    let rollout = try #require(fleet.state.rollouts[RolloutID("web-prod-1")])
    for (index, target) in rollout.targets.enumerated() {
      _ = try fleet.engine.handle(
        .observation(
          Observation(
            rollout: rollout.id, cluster: target.cluster, attempt: 1, digest: target.digest,
            observedAt: fleet.now,
            finding: index == 0 ? .failed("no image", permanent: true) : .healthy)),
        at: fleet.now)
    }
    let recorded = RecordedAttempts(of: "web", in: fleet.state)
    #expect(recorded.attempts == 7)
    #expect(recorded.failed == 1)
    #expect(recorded.durations == [.zero] + Array(repeating: .seconds(40), count: 5))
    #expect(RecordedAttempts(of: "other", in: fleet.state).attempts == 0)
    // One of seven; the score interval reaches to about a half.
    #expect(abs(recorded.troubleBound - 0.513) < 0.01, "\(recorded.troubleBound)")
  }

  // MARK: - Rehearsals

  private func rehearsal(_ injections: String..., waves: [WaveSpec]? = nil) throws -> Rehearsal {
    try Rehearsal(
      try start(try fleet(waves ?? careful)), median: .seconds(30),
      injections: injections.map { try Injection(parsing: $0) })
  }

  @Test func `a failure of the canary halts, and the commands that are left are told`() throws {
    let rehearsal = try rehearsal("cluster=c1:fail@canary")
    #expect(rehearsal.phase == .halted)
    #expect(rehearsal.events.map(\.event.type).contains("targetFailed"))
    #expect(!rehearsal.events.map(\.event.type).contains("wavePassed"))
    #expect(rehearsal.blockers.first?.command == "flotilla rollout retry web-prod-1")
  }

  @Test func `a failure within the budget is debt in the end`() throws {
    let rehearsal = try rehearsal("cluster=c3:timeout@rest")
    #expect(rehearsal.phase == .succeededWithDebt)
    #expect(rehearsal.events.map(\.event.type).contains("targetTimedOut"))
  }

  @Test func `a regression in the soak starts it again or halts it`() throws {
    var waves = careful
    waves[0].maxFailures = .count(1)
    let types = try rehearsal("cluster=c1:regress@canary", waves: waves).events.map(\.event.type)
    #expect(types.contains("targetRegressed"))
    #expect(try rehearsal("cluster=c1:regress@canary").phase == .halted)
  }

  @Test func `an answer to a breach is played to its end`() throws {
    var waves = careful
    waves[1].onBreach = .rollback
    var fleet = try fleet(waves)
    try fleet.settle()
    for number in 1...2 {
      if number == 2 { try fleet.commit(2) }
      try fleet.settle()
      if number == 2 { break }
      _ = try fleet.engine.handle(
        .command(
          Command(
            .promote(change: FleetFixture.release(1).rawValue, environment: "prod"),
            actor: "anna")), at: fleet.now)
      try fleet.settle()
      fleet.now = fleet.now + .minutes(6)
      _ = try fleet.engine.handle(.tick, at: fleet.now)
      try fleet.settle()
    }
    let start = try #require(
      SimulationStart(
        promoting: FleetFixture.release(2), to: pin, in: fleet.state, at: fleet.now))
    let rehearsal = try Rehearsal(
      start, median: .seconds(30),
      injections: [
        try Injection(parsing: "cluster=c2:fail@rest"),
        try Injection(parsing: "cluster=c3:fail@rest"),
      ])
    #expect(rehearsal.phase == .rolledBack, "\(rehearsal.events.map(\.event.type))")
  }

  @Test func `what the rollout does not hold cannot be injected`() throws {
    #expect(throws: Injection.SyntaxError.self) { try rehearsal("cluster=c1:fail@rest") }
    #expect(throws: Injection.SyntaxError.self) { try rehearsal("cluster=c9:fail@rest") }
    #expect(throws: Injection.SyntaxError.self) { try rehearsal("cluster=c1:fail@later") }
    for text in ["c1:fail@rest", "cluster=c1", "cluster=c1:burn@rest", "cluster=:fail@rest"] {
      #expect(throws: Injection.SyntaxError.self) { try Injection(parsing: text) }
    }
  }

  @Test func `a simulation leaves the hub's state alone`() throws {
    let fleet = try fleet(careful)
    let before = fleet.state.rows
    _ = try result(fleet, model(30, failing: 0.5), runs: 5)
    #expect(fleet.state.rows == before)
  }
}
