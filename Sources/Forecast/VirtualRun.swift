internal import FleetModel
internal import RolloutEngine

/// One rollout played to its end by the engine itself, on a clock of its own. What clusters, gates
/// and people say comes from a queue; nothing is decided here.
struct VirtualRun {
  /// A rollout that is not over by then is taken not to end.
  private static let horizon = TimeSpan.minutes(60 * 24 * 120)

  private var engine: Engine
  let rollout: RolloutID
  private(set) var now: Instant
  private let start: Instant
  private var choice: SeededChoice
  private let courses: Courses
  private var queue = InputQueue()
  /// Ends with the first halt: what a person does then, nobody can simulate.
  private let endsWithHalt: Bool
  private(set) var report: RunReport
  /// Everything that was decided; only kept for rehearsals.
  private(set) var log: [RecordedEvent]
  private let isLogged: Bool

  /// How attempts go.
  enum Courses: Sendable {
    case drawn(AttemptModel)
    /// All as the median, but for the injected.
    case rehearsed(median: TimeSpan, [Injection])
  }

  init(
    _ start: SimulationStart, courses: Courses, choice: SeededChoice, isLogged: Bool
  ) {
    engine = Engine(start.state)
    rollout = start.rollout
    now = start.at
    self.start = start.at
    self.choice = choice
    self.courses = courses
    self.isLogged = isLogged
    endsWithHalt = !isLogged
    log = isLogged ? start.events : []
    report = RunReport(waves: start.waveCount)
  }

  /// The state at the end.
  var state: State { engine.state }

  mutating func play() {
    begin()
    while report.end == nil {
      if queue.first == nil, let halted = report.haltedWave, isHalted {
        report.end = .halted(wave: halted)
        return
      }
      guard let moment = nextMoment(), moment - start <= VirtualRun.horizon else {
        report.end = .stuck(blocker()?.what ?? "it waits for nothing that is simulated")
        return
      }
      noteWait(until: moment)
      now = max(now, moment)
      step()
    }
  }

  private var isHalted: Bool { engine.state.rollouts[rollout]?.phase == .halted }

  private mutating func begin() {
    for effect in engine.state.openEffects { carryOut(effect) }
    if let rollout = engine.state.rollouts[rollout] {
      for (index, wave) in rollout.waves.enumerated() where wave.openedAt == start {
        report.opened[index] = start
      }
      if rollout.pause != nil { queue.add(.person(.resume(rollout.id, wave: nil)), at: now) }
      for wave in rollout.waves where wave.pause != nil {
        queue.add(.person(.resume(rollout.id, wave: wave.name)), at: now)
      }
      if rollout.phase == .halted { report.end = .halted(wave: rollout.currentWave) }
      askPeople(of: rollout)
    }
  }

  private func nextMoment() -> Instant? {
    [queue.first, engine.state.nextTimer].compactMap(\.self).min()
  }

  /// What stands still without anything under way waits for a window, a freeze or a pause.
  private mutating func noteWait(until moment: Instant) {
    guard queue.first == nil, moment > now, let blocker = blocker(), blocker.until != nil,
      let view = engine.state.rollouts[rollout], view.currentWave < view.waves.count,
      view.waves[view.currentWave].phase != .soaking
    else { return }
    let known = report.waits[blocker.what]?.milliseconds ?? 0
    report.waits[blocker.what] = TimeSpan(
      milliseconds: known + (moment - now).milliseconds)
  }

  private func blocker() -> Blocker? {
    engine.state.blockers(of: .rollout(rollout), at: now).first
  }

  private mutating func step() {
    guard let due = queue.takeFirst(notAfter: now) else { return give(.tick) }
    switch due {
    case .observation(let observation): give(.observation(observation))
    case .gate(let report): give(.gate(report))
    case .person(let verb, let roles, let number):
      give(
        .command(
          Command(verb, actor: "simulated person \(number)", reason: "simulated", roles: roles)))
    }
  }

  private mutating func give(_ input: Input) {
    // What people are refused they do not get; the rollout then waits, and says for what.
    guard let events = try? engine.handle(input, at: now) else { return }
    take(events)
  }

  private mutating func take(_ events: [RecordedEvent]) {
    if isLogged { log += events }
    for record in events {
      note(record)
      for effect in engine.state.effects(of: record) { carryOut(effect) }
    }
  }

  private mutating func note(_ record: RecordedEvent) {
    switch record.event {
    case .waveOpened(let event) where event.rollout == rollout:
      if let index = wave(event.wave) { report.opened[index] = record.at }
    case .wavePassed(let event) where event.rollout == rollout:
      if let index = wave(event.wave) { report.passed[index] = record.at }
    case .gateReached(let event) where event.rollout == rollout:
      if let view = engine.state.rollouts[rollout] { askPeople(of: view) }
    case .rolloutPlanned(let event):
      if let view = engine.state.rollouts[event.rollout] { askPeople(of: view) }
    case .rolloutHalted(let event) where event.rollout == rollout:
      let index = engine.state.rollouts[rollout]?.currentWave ?? 0
      if report.haltedWave == nil { report.haltedWave = index }
      if endsWithHalt { report.end = .halted(wave: index) }
    default: break
    }
    guard report.end == nil, let view = engine.state.rollouts[rollout], view.phase.isTerminal
    else { return }
    switch view.phase {
    case .succeeded: report.end = .succeeded(at: record.at)
    case .succeededWithDebt: report.end = .succeededWithDebt(at: record.at)
    default: report.end = .ended(view.phase)
    }
  }

  /// Among those that the simulation began with: a wave of deletions may come to them.
  private func wave(_ name: String) -> Int? {
    engine.state.rollouts[rollout]?.wave(named: name).flatMap {
      report.opened.indices.contains($0) ? $0 : nil
    }
  }

  // MARK: - The world

  private mutating func carryOut(_ effect: Effect) {
    switch effect.kind {
    case .deliver(let assignment): begin(assignment)
    case .prune(let assignment, _):
      // Deletions are quick; the health after them is waited for.
      say(.applied(objects: 0, pruned: 0), about: assignment, at: now)
      begin(assignment)
    case .observe(let assignment):
      // Under way when the simulation began: it has as long to go as a new one.
      if engine.state.rollouts[assignment.rollout]?.target(assignment.cluster)?.phase == .applied {
        begin(assignment)
      }
    case .check(let check):
      queue.add(
        .gate(GateReport(check: check, observedAt: now, finding: .passed(nil))), at: now)
    case .withdraw, .render: break
    }
  }

  private mutating func begin(_ assignment: Assignment) {
    func say(_ finding: Observation.Finding, at instant: Instant) {
      self.say(finding, about: assignment, at: instant)
    }
    switch course(of: assignment) {
    case .healthy(let span): say(.healthy, at: now + span)
    case .failed(let span): say(.failed("simulated failure", permanent: true), at: now + span)
    case .stuck: say(.progressing("simulated: never healthy"), at: now)
    case .unreachable: say(.unreachable("simulated: does not answer"), at: now)
    case .regressing(let span, let share):
      say(.healthy, at: now + span)
      let soak = soak(of: assignment)
      if soak > .zero {
        let part = TimeSpan(milliseconds: Int64(Double(soak.milliseconds) * share))
        say(.degraded("simulated regression"), at: now + span + part)
      }
    }
  }

  private mutating func say(
    _ finding: Observation.Finding, about assignment: Assignment, at instant: Instant
  ) {
    queue.add(
      .observation(
        Observation(
          rollout: assignment.rollout, cluster: assignment.cluster, attempt: assignment.attempt,
          digest: assignment.digest, observedAt: instant, finding: finding)), at: instant)
  }

  private mutating func course(of assignment: Assignment) -> AttemptModel.Course {
    switch courses {
    case .drawn(let model): return model.course(&choice)
    case .rehearsed(let median, let injections):
      // A rollback, or another attempt, goes well.
      guard assignment.rollout == rollout, assignment.attempt == 1,
        let injection = injections.first(where: { $0.cluster == assignment.cluster })
      else { return .healthy(after: median) }
      return injection.course(median: median)
    }
  }

  private func soak(of assignment: Assignment) -> TimeSpan {
    guard let view = engine.state.rollouts[assignment.rollout],
      let target = view.target(assignment.cluster)
    else { return .zero }
    return view.waves[target.wave].soak
  }

  // MARK: - People

  /// People agree at once with what waits for them.
  private mutating func askPeople(of rollout: Rollout) {
    if rollout.phase == .planned, let approvals = rollout.approvals {
      report.people.insert("approval of the start")
      agree(with: approvals, .approve(rollout.id, wave: nil, plan: nil, until: nil))
    }
    guard rollout.currentWave < rollout.waves.count else { return }
    let wave = rollout.waves[rollout.currentWave]
    for gate in wave.gates ?? [] where gate.phase == .waiting && gate.since != nil {
      switch gate.gate {
      case .approval(let approvals):
        report.people.insert("approval \(gate.edge.rawValue) wave '\(wave.name)'")
        agree(with: approvals, .approve(rollout.id, wave: wave.name, plan: nil, until: nil))
      case .hold(let name):
        report.people.insert("hold '\(name)' \(gate.edge.rawValue) wave '\(wave.name)'")
        queue.add(.person(.resume(rollout.id, wave: wave.name)), at: now)
      case .http, .prometheus: break
      }
    }
  }

  private mutating func agree(with approvals: Approvals, _ verb: Command.Verb) {
    for number in 1...max(approvals.required, 1) {
      queue.add(.person(verb, roles: approvals.roles, number: number), at: now)
    }
  }
}
