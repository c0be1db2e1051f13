public import FleetModel

// The third way out of a halt: more failures are allowed in this wave. The plan stays as it is; who raised
// the budget, and why, stands beside it.

/// What a person allows in one wave beyond its plan.
public struct BudgetRaise: Sendable, Hashable, Codable {
  public let actor: String
  public let reason: String?
  public let at: Instant
  public let maxFailures: Int
}

extension Engine {
  mutating func raiseBudget(
    _ id: RolloutID, wave name: String?, maxFailures: Int, by command: Command
  ) throws(Refusal) {
    let what = "raise the budget of \(id)"
    let rollout = try open(id, for: what)
    try requireNotRejected(rollout, for: what)
    let asked = try name.map { name throws(Refusal) in try self.wave(name, of: rollout, for: what) }
    guard rollout.phase == .halted, rollout.currentWave < rollout.waves.count else {
      throw Refusal(
        what: what, why: "it is \(rollout.phase.rawValue), not halted",
        remedy: "see what it waits for: flotilla explain \(id)")
    }
    let wave = rollout.waves[rollout.currentWave]
    if let asked, asked.name != wave.name {
      throw Refusal(
        what: what, why: "it halted in wave '\(wave.name)', not '\(asked.name)'",
        remedy: "name that wave, or none")
    }
    let failed = wave.counts.failed
    guard failed > wave.maxFailures else {
      throw Refusal(
        what: what, why: "not its failures halt it: \(rollout.phaseReason ?? "")",
        remedy: "try again: flotilla rollout retry \(id)")
    }
    guard maxFailures >= failed else {
      throw Refusal(
        what: what,
        why: "\(failed) \(failed == 1 ? "target" : "targets") of wave '\(wave.name)' failed",
        remedy: "allow those: flotilla rollout resume \(id) --max-failures \(failed)")
    }
    guard command.reason?.contains(where: { !$0.isWhitespace }) == true else {
      throw Refusal(what: what, why: "it needs a reason", remedy: "say why with --reason")
    }
    emit(
      .budgetRaised(BudgetRaised(rollout: id, wave: wave.name, maxFailures: maxFailures)),
      by: command)
    advance(id)
  }
}

extension State {
  mutating func apply(_ event: BudgetRaised, _ record: RecordedEvent) {
    change(event.rollout) { rollout in
      guard let index = rollout.wave(named: event.wave) else { return }
      rollout.waves[index].raise = BudgetRaise(
        actor: record.actor, reason: record.reason, at: record.at, maxFailures: event.maxFailures)
      if rollout.phase == .halted { rollout.enter(.running, at: record.at) }
    }
    setSoakTimer(of: event.rollout)
  }
}
