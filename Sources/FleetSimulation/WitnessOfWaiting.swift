internal import FleetModel
internal import Manifests
internal import RolloutEngine

// What rollouts wait for: places within the fleet's limits, the end of one that is protected, answers of
// gates.

extension Witness {
  /// I4 over all rollouts. A limit that was lowered is exceeded by what is in flight already, so only the
  /// domain of what is dispatched counts.
  func requireLimits(for cluster: String) throws {
    guard let limits else { return }
    let flying = courses.values.filter { !Self.ended.contains($0.phase) }.flatMap { course in
      course.target.filter { Self.flying.contains($0.value.phase) }.map(\.key)
    }
    try require(
      flying.count <= limits.maxConcurrent ?? .max, "I4", "\(flying.count) in flight in the fleet")
    guard let domain = domains[cluster] else { return }
    let count = flying.count { domains[$0] == domain }
    try require(
      count <= limits.maxConcurrentPerFailureDomain ?? .max, "I4",
      "\(count) in flight in \(domain)")
  }

  /// Nothing takes over for ever: in the end one comes to its end, unless it halted.
  func requireUnprotected(_ course: Course, at now: Instant) throws {
    guard course.kind == .release, course.phase != "halted",
      let span = protection[course.plan.environment]
    else { return }
    let since = chains[course.pin] ?? course.plannedAt
    try require(now < since + span, "starvation", "\(course.pin) never gets to an end")
  }

  func key(_ event: GateChanged) -> String {
    "\(event.rollout)/\(event.wave)/\(event.gate)"
  }

  /// I1 for gates: what was said is of this time that it is asked.
  func answered(_ event: GateChanged, _ input: Input) throws {
    guard case .gate(let report) = input, let asked = asked[key(event)],
      report.check.rollout == event.rollout, report.check.wave == event.wave,
      report.check.gate == event.gate, report.check.round == asked.round,
      report.observedAt >= asked.since
    else { throw Violation("I1", "gate \(key(event)) is settled by something else") }
  }

  func requireWindow(_ plan: Plan, _ cluster: String, _ at: Instant) throws {
    let holding = windows.filter { window in
      (window.environments.isEmpty || window.environments.contains(plan.environment))
        && (window.apps.isEmpty || window.apps.contains(plan.app))
        && window.clusters.matches(labels[cluster] ?? [:])
    }
    let open = holding.filter { FleetShape.isOpen($0, at: at) }
    try require(!open.contains { $0.kind == .deny }, "windows", "dispatch against a window")
    try require(
      !holding.contains { $0.kind == .allow } || open.contains { $0.kind == .allow }, "windows",
      "dispatch outside of the window")
  }
}
