public import FleetModel

// Gates before a wave opens and before it counts as passed. They are asked one after the other, in
// the order of the strategy. One that fails halts; one that errs is asked again until its deadline.

/// One gate of one wave.
public struct WaveGate: Sendable, Hashable, Codable {
  public enum Edge: String, Sendable, Hashable, Codable { case before, after }
  public enum Phase: String, Sendable, Hashable, Codable { case waiting, passed, failed }

  public let edge: Edge
  public let gate: Gate
  public internal(set) var phase: Phase = .waiting
  /// Since when it is asked, this time.
  public internal(set) var since: Instant?
  public internal(set) var settledAt: Instant?
  /// Who let it pass, where that was a person.
  public internal(set) var by: String?
  /// What it said last.
  public internal(set) var line: String?
  /// How often it was begun to be asked; evidence counts for the last time only.
  public internal(set) var round = 0
  /// When it counts as failed without an answer.
  public internal(set) var deadline: Instant?

  static func all(before: [Gate]?, after: [Gate]?) -> [WaveGate]? {
    let gates =
      (before ?? []).map { WaveGate(edge: .before, gate: $0) }
      + (after ?? []).map { WaveGate(edge: .after, gate: $0) }
    return gates.isEmpty ? nil : gates
  }
}

/// A gate that is to be asked in the world.
public struct GateCheck: Sendable, Hashable, Codable {
  public var rollout: RolloutID
  public var wave: String
  /// Index into ``Wave/gates``.
  public var gate: Int
  public var round: Int
  public var since: Instant
  public var asks: Gate

  public init(
    rollout: RolloutID, wave: String, gate: Int, round: Int, since: Instant, asks: Gate
  ) {
    self.rollout = rollout
    self.wave = wave
    self.gate = gate
    self.round = round
    self.since = since
    self.asks = asks
  }
}

/// What a gate said. Counts for the round in which it was asked, and only if it was seen since.
public struct GateReport: Sendable, Hashable {
  public enum Finding: Sendable, Hashable {
    case passed(String?)
    case failed(String)
    /// No answer that decides; it is asked again.
    case error(String)
  }

  public var check: GateCheck
  public var observedAt: Instant
  public var finding: Finding

  public init(check: GateCheck, observedAt: Instant, finding: Finding) {
    self.check = check
    self.observedAt = observedAt
    self.finding = finding
  }
}

extension Gate {
  /// Whether something outside has to be asked.
  var isEvaluated: Bool {
    switch self {
    case .http, .prometheus: true
    case .approval, .hold: false
    }
  }

  /// For people.
  public var name: String {
    switch self {
    case .approval: "approval"
    case .http: "http"
    case .prometheus: "prometheus"
    case .hold(let name): name
    }
  }

  /// All of it in one line: what a plan's digest is made of.
  var words: String {
    switch self {
    case .approval(let approvals): "approval \(approvals.words)"
    case .http(let gate): "http \(gate.url) \(gate.timeout)"
    case .prometheus(let gate): "prometheus \(gate.url) \(gate.query) \(gate.threshold) \(gate.for)"
    case .hold(let name): "hold \(name)"
    }
  }
}

extension Wave {
  func hasGates(_ edge: WaveGate.Edge) -> Bool { gates?.contains { $0.edge == edge } ?? false }

  /// The first gate of an edge that has not passed.
  func nextGate(_ edge: WaveGate.Edge) -> Int? {
    gates?.firstIndex { $0.edge == edge && $0.phase != .passed }
  }

  /// The gate that is asked now.
  var askedGate: Int? {
    switch phase {
    case .pending: nextGate(.before)
    case .verifying: nextGate(.after)
    default: nil
    }
  }

  mutating func resetGates(_ edge: WaveGate.Edge) {
    for index in (gates ?? []).indices where gates?[index].edge == edge { reset(index) }
  }

  mutating func resetFailedGates() {
    for index in (gates ?? []).indices where gates?[index].phase == .failed { reset(index) }
  }

  private mutating func reset(_ index: Int) {
    gates?[index].phase = .waiting
    gates?[index].since = nil
    gates?[index].settledAt = nil
    gates?[index].by = nil
    gates?[index].line = nil
    gates?[index].deadline = nil
  }
}

extension Rollout {
  /// A hold of a wave that waits for a person now.
  func waitingHold(_ wave: String) -> Int? {
    guard let index = self.wave(named: wave), index == currentWave,
      let gate = waves[index].askedGate, let waiting = waves[index].gates?[gate],
      waiting.since != nil, case .hold = waiting.gate
    else { return nil }
    return gate
  }
}

extension Engine {
  /// Goes through the gates of an edge as far as they let it; false when one is waited for.
  mutating func ask(_ id: RolloutID, _ wave: Wave, _ edge: WaveGate.Edge) -> Bool {
    guard let index = wave.nextGate(edge), let gate = wave.gates?[index] else { return true }
    let change = GateChanged(rollout: id, wave: wave.name, gate: index, line: nil)
    guard gate.since != nil else {
      emit(.gateReached(change))
      return true
    }
    // It may have failed while the rollout was paused.
    if gate.phase == .failed { return halt(id, wave, gate) }
    guard case .approval(let approvals) = gate.gate,
      state.approvals(of: id, for: approvals, wave: wave.name, edge, at: now).count
        >= approvals.required
    else { return false }
    emit(.gatePassed(change))
    return true
  }

  mutating func take(_ report: GateReport) {
    let check = report.check
    guard state.awaits(check) else { return ignore("a gate that nobody waits for") }
    guard report.observedAt >= check.since else { return ignore("observed before it was asked") }
    func change(_ line: String?) -> GateChanged {
      GateChanged(rollout: check.rollout, wave: check.wave, gate: check.gate, line: line)
    }
    switch report.finding {
    case .passed(let line): emit(.gatePassed(change(line)))
    case .failed(let line): fail(change(line))
    case .error(let line):
      guard state.gate(change(nil))?.line != line else { return }
      emit(.gateErring(change(line)))
    }
    advance(check.rollout)
  }

  /// A gate that did not answer in time.
  mutating func expireGate(_ id: RolloutID, _ wave: Int, _ gate: Int) {
    guard let spec = state.rollouts[id]?.waves[wave], let waiting = spec.gates?[gate] else {
      return
    }
    let said = waiting.line.map { ": \($0)" } ?? ""
    fail(
      GateChanged(
        rollout: id, wave: spec.name, gate: gate,
        line: "no answer within \(spec.progressDeadline)\(said)"))
    advance(id)
  }

  private mutating func fail(_ change: GateChanged) {
    emit(.gateFailed(change))
    guard let rollout = state.rollouts[change.rollout], rollout.phase == .running,
      let index = rollout.wave(named: change.wave), let gate = state.gate(change)
    else { return }
    _ = halt(rollout.id, rollout.waves[index], gate)
  }

  /// A gate that failed halts.
  private mutating func halt(_ id: RolloutID, _ wave: Wave, _ gate: WaveGate) -> Bool {
    emit(
      .rolloutHalted(
        RolloutChanged(
          rollout: id,
          detail: "gate '\(gate.gate.name)' \(gate.edge.rawValue) wave '\(wave.name)' failed"
            + (gate.line.map { ": \($0)" } ?? ""))))
    answerBreach(of: id, wave)
    return true
  }
}

extension State {
  /// Whether a gate still waits for the answer to this check.
  public func awaits(_ check: GateCheck) -> Bool {
    guard let rollout = rollouts[check.rollout], !rollout.phase.isTerminal,
      let index = rollout.wave(named: check.wave), index == rollout.currentWave,
      let gates = rollout.waves[index].gates, gates.indices.contains(check.gate)
    else { return false }
    let gate = gates[check.gate]
    return gate.phase == .waiting && gate.round == check.round && gate.since == check.since
      && rollout.waves[index].askedGate == check.gate
  }

  func gate(_ change: GateChanged) -> WaveGate? {
    guard let rollout = rollouts[change.rollout], let index = rollout.wave(named: change.wave),
      let gates = rollout.waves[index].gates, gates.indices.contains(change.gate)
    else { return nil }
    return gates[change.gate]
  }

  /// What is to be asked because of a gate that was reached.
  func check(_ change: GateChanged) -> Effect? {
    guard let gate = gate(change), gate.gate.isEvaluated, let since = gate.since,
      gate.phase == .waiting
    else { return nil }
    let check = GateCheck(
      rollout: change.rollout, wave: change.wave, gate: change.gate, round: gate.round,
      since: since, asks: gate.gate)
    return Effect(
      key: "\(change.rollout)/\(change.wave)/gate-\(change.gate)/\(gate.round)/check",
      kind: .check(check))
  }

  /// Gates that are to be asked in this state.
  var openChecks: [Effect] {
    openRollouts.compactMap { id in
      guard let rollout = rollouts[id], rollout.currentWave < rollout.waves.count else {
        return nil
      }
      let wave = rollout.waves[rollout.currentWave]
      return wave.askedGate.flatMap {
        check(GateChanged(rollout: id, wave: wave.name, gate: $0, line: nil))
      }
    }
  }

  mutating func apply(reached event: GateChanged, _ record: RecordedEvent) {
    var timer: (Timer, Instant)?
    change(event.rollout) { rollout in
      guard let index = rollout.wave(named: event.wave),
        let gate = rollout.waves[index].gates?[event.gate]
      else { return }
      rollout.waves[index].gates?[event.gate].since = record.at
      rollout.waves[index].gates?[event.gate].round += 1
      guard gate.gate.isEvaluated else { return }
      var deadline = record.at + rollout.waves[index].progressDeadline
      if case .prometheus(let query) = gate.gate { deadline = deadline + query.for }
      rollout.waves[index].gates?[event.gate].deadline = deadline
      timer = (.gate(event.rollout, wave: index, gate: event.gate), deadline)
    }
    if let (timer, deadline) = timer { timers.insert(timer, at: deadline) }
  }

  mutating func apply(
    settled event: GateChanged, _ phase: WaveGate.Phase, _ record: RecordedEvent
  ) {
    changeGate(event) { gate in
      gate.phase = phase
      gate.settledAt = record.at
      gate.by = record.actor == RecordedEvent.hub ? nil : record.actor
      gate.line = event.line
      gate.deadline = nil
    }
  }

  mutating func changeGate(_ event: GateChanged, _ body: (inout WaveGate) -> Void) {
    change(event.rollout) { rollout in
      guard let index = rollout.wave(named: event.wave),
        var gate = rollout.waves[index].gates?[event.gate]
      else { return }
      body(&gate)
      rollout.waves[index].gates?[event.gate] = gate
    }
  }

  /// The gate that keeps a wave.
  func gateBlocker(_ rollout: Rollout, _ wave: Wave) -> Blocker? {
    guard wave.count > 0, let index = wave.askedGate, let gate = wave.gates?[index] else {
      return nil
    }
    let place = "\(gate.edge.rawValue) wave '\(wave.name)'"
    switch gate.gate {
    case .hold(let name):
      return Blocker(
        what: "'\(name)' \(place) waits for a person", since: gate.since, who: "a person",
        command: "flotilla rollout resume \(rollout.id) --wave \(wave.name)")
    case .approval(let approvals):
      let missing = missing(
        approvals, of: rollout, wave: wave.name, gate.edge, at: nil)
      let deleting = wave.deletions.map { "\($0.text), " } ?? ""
      return Blocker(
        what: "\(place): \(deleting)\(missing.what)", since: gate.since, who: missing.who,
        command: "flotilla rollout approve \(rollout.id) --wave \(wave.name)")
    case .http, .prometheus:
      let said = gate.line.map { ": \($0)" } ?? ""
      return Blocker(
        what: "gate '\(gate.gate.name)' \(place) is asked\(said)", since: gate.since,
        until: gate.deadline, who: "what the gate asks", command: nil)
    }
  }
}
