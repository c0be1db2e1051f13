internal import FleetModel
internal import RolloutEngine

// Gates that are asked in the world, and what reaches the hub of their answers.

extension SimulatedFleet {
  /// Asks a gate; what it says may be lost, come late or twice.
  mutating func answer(_ random: inout SeededRandom) throws {
    guard let key = random.pick(checks.keys.sorted()), let check = checks[key] else { return }
    if !engine.state.awaits(check) { checks[key] = nil }
    let findings: [GateReport.Finding] = [
      .passed("fine"), .passed(nil), .failed("409"), .error("503"), .error("timed out"),
    ]
    let report = GateReport(
      check: check, observedAt: now, finding: random.pick(findings) ?? .passed(nil))
    tell("gate of \(check.rollout)/\(check.wave): \(report.finding)")
    if random.chance(30) { lateAnswers.append(report) }
    if random.chance(80) { try give(.gate(report)) }
  }

  /// An answer to a question of long ago; some come again and again.
  mutating func answerLate(_ random: inout SeededRandom) throws {
    guard let report = lateAnswers.first else { return }
    if random.chance(70) { lateAnswers.removeFirst() }
    tell("late answer of a gate of \(report.check.rollout)/\(report.check.wave)")
    try give(.gate(report))
  }

  /// Every gate that is asked passes.
  mutating func letGatesPass() throws {
    for (key, check) in checks.sorted(by: { $0.key < $1.key }) {
      try give(.gate(GateReport(check: check, observedAt: now, finding: .passed(nil))))
      if !engine.state.awaits(check) { checks[key] = nil }
    }
  }
}
