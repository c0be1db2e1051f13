import FleetModel
import Forecast
import RolloutEngine
import Testing

@Suite("What a plan's strategy does not do")
struct PlanLintTests {
  private let six = (1...6).map { "c\($0)" }

  private func lints(
    _ waves: [WaveSpec], promotion: Promotion = Promotion(), isLast: Bool = true
  ) throws -> [PlanLint] {
    var fleet = try FleetFixture(
      ["dev": ["d1"], "prod": six], strategy: Strategy(waves: waves), promotion: promotion)
    try fleet.commit(1)
    let plan = try #require(fleet.plan("prod", 1))
    return plan.lints(
      environment: fleet.state.configuration?.environment("prod"), isLast: isLast)
  }

  @Test func `a careful strategy has nothing to be said about`() throws {
    let found = try lints([
      .named("canary", ["c1"], soak: .minutes(5)),
      .named("rest", maxConcurrent: .count(2), maxFailures: .count(1)),
    ])
    #expect(found.isEmpty, "\(found)")
  }

  @Test func `a first wave that is everything is named where nothing comes after it`() throws {
    let found = try lints([.named("all")])
    #expect(found.map(\.wave) == ["all"])
    #expect(found.first?.message.contains("all 6 clusters") == true)
    #expect(try lints([.named("all")], isLast: false).isEmpty)
  }

  @Test func `a share that rounds up to everything says so`() throws {
    let found = try lints([.named("canary", size: .percent(90), soak: .minutes(1)), .named("rest")])
    #expect(found.first?.message.contains("size 90% of 6 rounds up to all of them") == true)
  }

  @Test func `limits of the size of their wave cannot bite`() throws {
    let found = try lints([
      .named("canary", ["c1"], maxFailures: .count(1), soak: .minutes(5)),
      .named("rest", maxConcurrent: .percent(100)),
    ])
    #expect(found.map(\.wave) == ["canary", "rest"])
    #expect(found[0].message.contains("so it never halts"))
    #expect(found[1].message.contains("so all of them change at once"))
  }

  @Test func `a share of failures that rounds down to none is told`() throws {
    let found = try lints([
      .named("canary", ["c1"], soak: .minutes(5)), .named("rest", maxFailures: .percent(10)),
    ])
    #expect(found.map(\.wave) == ["rest"])
    #expect(found[0].message.contains("rounds down to none of 5 clusters"))
  }

  @Test func `waves without anything between them are told, a gate is something`() throws {
    let found = try lints([.named("canary", ["c1"]), .named("rest")])
    #expect(found.map(\.wave) == ["canary"])
    #expect(found[0].message.contains("starts the moment that 'canary' is healthy"))
    #expect(
      try lints([.named("canary", ["c1"]), .named("rest", before: [.hold(name: "look")])]).isEmpty)
  }

  @Test func `a guard that changes no cluster does not guard`() throws {
    let found = try lints([
      .named("canary", ["d1"], soak: .minutes(5)),
      .named("some", ["c1"], soak: .minutes(5)), .named("rest"),
    ])
    #expect(found.map(\.wave) == ["canary"])
    #expect(found[0].message.contains("its soak does not happen"))
  }

  @Test func `production that follows at once is told, unless people must agree`() throws {
    let waves: [WaveSpec] = [.named("canary", ["c1"], soak: .minutes(5)), .named("rest")]
    let found = try lints(waves, promotion: Promotion(mode: .auto))
    #expect(found.map(\.wave) == [nil])
    #expect(found[0].message.contains("there is no soak before it"))
    let agreed = Promotion(mode: .auto, approvals: Approvals())
    #expect(try lints(waves, promotion: agreed).isEmpty)
  }
}
