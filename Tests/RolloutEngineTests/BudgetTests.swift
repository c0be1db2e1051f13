import FleetModel
import RolloutEngine
import Testing

/// The way out of a halt in which a person allows more failures than the plan.
@Suite struct BudgetTests {
  let id = RolloutID("web-dev-1")

  /// Halted after one of three failed; the others wait.
  private func halted() throws -> Play {
    var play = try Play(
      ["dev": ["a", "b", "c"]], strategy: .waves(.named("all", maxConcurrent: 1)))
    try play.commit(1)
    let first = try #require(play.dispatched.first)
    try play.say(.failed("forbidden", permanent: true), first)
    #expect(try play.rollout(id).phase == .halted)
    return play
  }

  @Test func itGoesOnWithWhatHasNotFailedAndTheFailureIsDebt() throws {
    var play = try halted()
    let digest = try play.rollout(id).planDigest
    let failed = try #require(play.rollout(id).targets.first { $0.phase == .failed }?.cluster)
    try play.press(
      .raiseBudget(id, wave: nil, maxFailures: 1), reason: "its disk is known to be bad")
    #expect(play.moves == ["budgetRaised", "targetDispatched"])
    #expect(try play.rollout(id).planDigest == digest)
    #expect(try play.rollout(id).waves[0].maxFailures == 1)
    #expect(try play.rollout(id).waves[0].plannedMaxFailures == 0)
    #expect(try play.rollout(id).waves[0].raise?.reason == "its disk is known to be bad")
    while let next = play.dispatched.first { try play.healthy(next) }
    #expect(try play.rollout(id).phase == .succeededWithDebt)
    #expect(try play.rollout(id).debt.keys.sorted() == [failed])
  }

  @Test func oneMoreFailureHaltsAgain() throws {
    var play = try halted()
    try play.press(.raiseBudget(id, wave: "all", maxFailures: 1), reason: "known")
    try play.say(.failed("forbidden", permanent: true), #require(play.dispatched.first))
    #expect(try play.rollout(id).phase == .halted)
    #expect(
      try play.rollout(id).phaseReason
        == "wave 'all': 2 of 3 targets failed, 1 is allowed")
  }

  @Test func itIsRefusedWithTheCommandThatWorks() throws {
    var play = try halted()
    let few = try play.refusal(.raiseBudget(id, wave: nil, maxFailures: 0))
    #expect(few.why == "1 target of wave 'all' failed")
    #expect(
      few.remedy == "allow those: flotilla rollout resume web-dev-1 --max-failures 1")
    #expect(
      try play.refusal(.raiseBudget(id, wave: nil, maxFailures: 1)).why == "it needs a reason")
    try play.press(.retry(id, targets: []))
    #expect(
      try play.refusal(.raiseBudget(id, wave: nil, maxFailures: 1)).why
        == "it is running, not halted")
  }

  @Test func aFailedGateIsNoMatterOfTheBudget() throws {
    var strategy = Strategy.waves(.named("all"))
    strategy.waves[0].before = [.http(HTTPGate(url: "https://gate.example"))]
    var play = try Play(["dev": ["a"]], strategy: strategy)
    try play.commit(1)
    let check = try #require(
      play.state.openEffects.compactMap { effect -> GateCheck? in
        if case .check(let check) = effect.kind { check } else { nil }
      }.first)
    try play.give(.gate(GateReport(check: check, observedAt: play.now, finding: .failed("409"))))
    #expect(
      try play.refusal(.raiseBudget(id, wave: nil, maxFailures: 5)).remedy
        == "try again: flotilla rollout retry web-dev-1")
  }

  @Test func aRollbackHasTheBudgetOfThePlan() throws {
    var play = try Play(
      ["dev": ["a", "b"]], strategy: .waves(.named("all", maxConcurrent: 1)))
    try play.commit(1)
    for _ in 0..<2 { try play.healthy(#require(play.dispatched.first)) }
    try play.commit(2)
    try play.say(.failed("forbidden", permanent: true), #require(play.dispatched.first))
    let second = RolloutID("web-dev-2")
    try play.press(.raiseBudget(second, wave: nil, maxFailures: 2), reason: "known")
    try play.press(.rollback(second, .rollout), reason: "errors rise")
    #expect(try play.rollout(RolloutID("web-dev-3")).waves[0].maxFailures == 0)
  }
}
