internal import FleetModel
internal import Manifests
internal import RolloutEngine

// What opens gates and closes them again.

extension Witness {
  /// I7: for this plan, unexpired, from people who did not write it.
  func requireApproval(
    _ wanted: Approvals, of id: RolloutID, wave: String?, _ edge: WaveGate.Edge?, at now: Instant
  ) throws {
    let plan = try course(id).plan
    let releases = authors[plan.app] ?? []
    let to = releases.firstIndex { $0.release == plan.release } ?? 0
    let from = plan.from.flatMap { from in releases.firstIndex { $0.release == from } } ?? -1
    let wrote = releases.indices.filter { $0 > min(from, to - 1) && $0 <= to }
      .reduce(into: Set<String>()) { $0.formUnion(releases[$1].people) }
    let deletions = try course(id).deletions.flatMap { $0.wave == wave ? $0 : nil }
    let counting = (approvals[id] ?? []).filter { approval in
      approval.event.plan == deletions?.deletions.digest ?? plan.digest
        && approval.event.wave == wave
        && approval.event.edge == edge && (approval.event.until.map { $0 > now } ?? true)
        && (wanted.authorMayApprove || !wrote.contains(approval.actor))
    }
    try require(
      Set(counting.map(\.actor)).count >= wanted.required, "I7", "\(id) goes on without approval")
  }

  mutating func passed(
    _ event: GateChanged, _ record: RecordedEvent, _ input: Input
  ) throws {
    guard let wave = try course(event.rollout).waves.first(where: { $0.name == event.wave })
    else { return }
    let before = wave.before
    let gates = before + wave.after
    let edge: WaveGate.Edge = event.gate < before.count ? .before : .after
    switch gates[event.gate] {
    case .approval(let wanted):
      try requireApproval(wanted, of: event.rollout, wave: event.wave, edge, at: record.at)
    case .hold:
      try require(record.actor != RecordedEvent.hub, "gates", "a hold passed by itself")
    case .http, .prometheus:
      try answered(event, input)
      guard case .gate(let report) = input, case .passed = report.finding else {
        throw Violation("gates", "\(key(event)) passed without saying so")
      }
    }
    asked[key(event)] = nil
    passedGates[event.rollout, default: []].insert("\(event.wave)/\(event.gate)")
  }

  func requireGates(_ range: Range<Int>, _ wave: Stage, of id: RolloutID) throws {
    guard !wave.clusters.isEmpty else { return }
    for index in range {
      try require(
        passedGates[id]?.contains("\(wave.name)/\(index)") ?? false, "gates",
        "\(id) goes past gate \(index) of wave \(wave.name)")
    }
  }

  mutating func forgetGates(after name: String, of id: RolloutID) throws {
    guard let wave = courses[id]?.waves.first(where: { $0.name == name }) else { return }
    let first = wave.before.count
    for index in first..<first + wave.after.count {
      passedGates[id]?.remove("\(name)/\(index)")
    }
  }
}
