import FleetModel
import Manifests
import RolloutEngine

/// One executable model of the outside world: clusters, Git, people, the clock, crashes and a
/// network that loses, delays, repeats and reorders. Everything follows from the seeds of its
/// steps, so a schedule without some of its steps is a schedule, too.
struct SimulatedFleet {
  private(set) var engine = Engine()
  private(set) var witness = Witness()
  private(set) var log: [RecordedEvent] = []
  private(set) var story: [String] = []
  var now = Instant(milliseconds: 1_700_000_000_000)

  /// What a store would hold, kept up to date by what each event says it touched.
  private var rows: [ProjectionKey: ProjectionRow] = [:]
  /// Rows that changed since they were last written: between crashes nobody sees them.
  private var dirty: Set<ProjectionKey> = []
  private var folded = State()
  /// Whether the fold goes over the log's text; some schedules do, because it takes time.
  private let readsBack: Bool
  private var configuration: FleetConfiguration
  private var commits = 0
  private var newcomers = 0
  private var people = 0
  private var digests: [String: [String: Digest]] = [:]

  // Clusters as they are, whatever anybody believes.
  private var live: [String: [String: Digest]] = [:]
  private var broken: Set<String> = []
  private var dead: Set<String> = []
  /// Deliveries at work, by effect key without the step.
  private var work: [String: Assignment] = [:]
  private var renders: [RenderRequest] = []
  /// Observations that are still on their way.
  private var late: [Observation] = []

  init(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    readsBack = seed.isMultiple(of: 5)
    configuration = FleetShape.configuration(&random)
    try give(.configuration(commit: "c0", configuration))
    try commit(&random)
  }

  // MARK: - The engine and what follows from its decisions

  /// Hands an input over and does with the outcome what a hub does. Returns a refusal, if any.
  @discardableResult
  mutating func give(_ input: Input) throws -> Refusal? {
    do {
      try settle(engine.handle(input, at: now), after: input)
      return nil
    } catch let refusal as Refusal {
      if case .command = input { return refusal }
      throw Violation("decide", "\(refusal) for something that is no command")
    }
  }

  private mutating func settle(_ records: [RecordedEvent], after input: Input) throws {
    try witness.see(records, after: input)
    for record in records {
      story.append("  \(record.sequence) \(record.event.type)")
      folded.apply(readsBack ? try RecordedEvent(json: record.json) : record)
    }
    // As a hub does: after the whole decision, from the state that it led to.
    for record in records {
      dirty.formUnion(engine.state.touched(by: record))
      for effect in engine.state.effects(of: record) { execute(effect) }
    }
    log += records
    if engine.state.openRollouts.count > Set(engine.state.pins.values.compactMap(\.rollout)).count {
      throw Violation("I5", "an open rollout drives no pin")
    }
  }

  private mutating func execute(_ effect: Effect) {
    let key = effect.key.split(separator: "/").dropLast().joined(separator: "/")
    switch effect.kind {
    case .deliver(let assignment), .observe(let assignment): work[key] = assignment
    case .withdraw: work[key] = nil
    case .render(let request): renders.append(request)
    case .check: break
    }
  }

  /// Stops and starts the hub: everything that was not stored is lost.
  private mutating func crash() throws {
    writeRows()
    let stored = rows.values.sorted { $0.key < $1.key }
    engine = Engine(try State(rows: stored, sequence: log.last?.sequence ?? 0))
    work = [:]
    renders = []
    for effect in engine.state.openEffects { execute(effect) }
  }

  // MARK: - Steps

  mutating func step(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    switch Int.random(in: 0..<100, using: &random) {
    case ..<48: try observe(&random)
    case ..<56: try deliverLate(&random)
    case ..<70: try letTimePass(&random)
    case ..<77: try commit(&random)
    case ..<86: try press(&random)
    case ..<91: hurt(&random)
    case ..<94: try reconfigure(&random)
    case ..<97: try report(&random)
    default:
      story.append("crash")
      try crash()
    }
    try checkOpen()
  }

  private mutating func observe(_ random: inout SeededRandom) throws {
    if !renders.isEmpty, random.chance(30) { return try render(renders.removeFirst()) }
    guard let key = random.pick(work.keys.sorted()), let assignment = work[key] else { return }
    if !engine.state.awaits(assignment) { work[key] = nil }
    let observation = look(assignment, &random)
    story.append("observe \(assignment.rollout)/\(assignment.cluster): \(observation.finding)")
    switch Int.random(in: 0..<10, using: &random) {
    case 0: break  // lost
    case 1: late.append(observation)
    case 2:
      late.append(observation)
      try give(.observation(observation))
    default: try give(.observation(observation))
    }
  }

  /// Does what delivery does at a cluster and says what it saw.
  private mutating func look(
    _ assignment: Assignment, _ random: inout SeededRandom
  ) -> Observation {
    let name = assignment.cluster
    var finding: Observation.Finding
    if dead.contains(name) {
      finding = .unreachable("connection refused")
    } else if live[name]?[assignment.app] != assignment.digest {
      switch Int.random(in: 0..<12, using: &random) {
      case 0: finding = .failed("forbidden", permanent: true)
      case 1: finding = .failed("too many requests", permanent: false)
      default:
        live[name, default: [:]][assignment.app] = assignment.digest
        finding = .applied(objects: 3, pruned: 0)
      }
    } else if broken.contains(name) {
      finding = .degraded("CrashLoopBackOff")
    } else {
      finding = random.chance(25) ? .progressing("1 of 2 ready") : .healthy
    }
    return Observation(
      rollout: assignment.rollout, cluster: name, attempt: assignment.attempt,
      digest: assignment.digest, observedAt: now, finding: finding)
  }

  private mutating func deliverLate(_ random: inout SeededRandom) throws {
    guard !late.isEmpty else { return }
    let index = Int.random(in: 0..<late.count, using: &random)
    // Some come again and again.
    let observation = random.chance(30) ? late[index] : late.remove(at: index)
    story.append("late \(observation.rollout)/\(observation.cluster): \(observation.finding)")
    try give(.observation(observation))
  }

  private mutating func letTimePass(_ random: inout SeededRandom) throws {
    if let next = engine.state.nextTimer, random.chance(50) {
      now = max(now, next)
    } else {
      let seconds = random.chance(5) ? 20_000 : Int.random(in: 1...90, using: &random)
      now = now + .seconds(seconds)
    }
    story.append("tick")
    try give(.tick)
    if random.chance(20) { try give(.tick) }
  }

  private mutating func render(_ request: RenderRequest) throws {
    story.append("rendered \(request.release) for \(request.clusters)")
    let digests = request.clusters.map { ($0, digest(request.app, request.commit, $0)) }
    try give(.rendered(request, digests: Dictionary(digests) { first, _ in first }))
  }

  private func digest(_ app: String, _ commit: String, _ cluster: String) -> Digest {
    Digest(hashing: "\(app) \(commit) \(cluster)")
  }

  private mutating func commit(_ random: inout SeededRandom) throws {
    commits += 1
    let id = commitID(commits)
    story.append("commit \(id.prefix(8))")
    for app in configuration.apps {
      let summary = CommitSummary(
        commit: id, author: random.pick(["anna", "ben", "Cora D."]) ?? "anna",
        authorEmail: random.chance(50) ? "dora@example.org" : nil, subject: "change \(commits)",
        committedAt: now)
      if commits > 1, random.chance(8) {
        try give(.invalidCandidate(app: app.name, commit: summary, reason: "no such overlay"))
        continue
      }
      var wanted: [String: Digest] = [:]
      for cluster in configuration.clusters where app.clusters.matches(cluster.labels) {
        let old = digests[app.name]?[cluster.name]
        wanted[cluster.name] =
          old.flatMap { random.chance(30) ? $0 : nil } ?? digest(app.name, id, cluster.name)
      }
      if random.chance(15), let old = digests[app.name] {
        // A commit that changes nothing but perhaps the membership.
        wanted.merge(old.filter { wanted[$0.key] != nil }) { _, old in old }
      }
      digests[app.name] = wanted
      try give(
        .candidate(
          Candidate(
            app: app.name, commit: summary, rendererVersion: "1", digests: wanted,
            commits: [summary])))
    }
  }

  private func commitID(_ number: Int) -> String {
    String(Digest(hashing: "commit \(number)").hex.prefix(40))
  }

  /// A person presses some verb, sensible or not.
  private mutating func press(_ random: inout SeededRandom) throws {
    let ids = engine.state.rollouts.keys.sorted { $0.rawValue < $1.rawValue }
    let open = engine.state.openRollouts
    let id = random.pick(random.chance(85) && !open.isEmpty ? open : ids)
    let clusters = configuration.clusters.map(\.name)
    let until = random.chance(40) ? now + .minutes(3) : nil
    var verbs: [Command.Verb] = []
    let place = random.chance(50) ? random.pick(configuration.environments.map(\.name)) : nil
    verbs += [.freeze(environment: place, until: until), .unfreeze(environment: place)]
    if let cluster = random.pick(clusters) {
      verbs += [.cordon(cluster: cluster, until: until), .uncordon(cluster: cluster)]
    }
    if let name = random.pick(configuration.environments.map(\.name)) {
      let app = random.chance(50) ? random.pick(configuration.apps.map(\.name)) : nil
      verbs += [
        .hold(environment: name, app: app, until: until), .unhold(environment: name, app: app),
      ]
    }
    if let release = random.pick(engine.state.releases.keys.map(\.rawValue).sorted()) {
      let change =
        random.chance(50) ? release : commitID(Int.random(in: 1...commits, using: &random))
      for name in configuration.environments.map(\.name) {
        verbs.append(.promote(change: change, environment: name))
      }
      verbs += [.reject(change: change), .unreject(change: change)]
    }
    if let id, let rollout = engine.state.rollouts[id] {
      let wave = random.pick(rollout.waves.map(\.name)) ?? "?"
      let target = random.pick(rollout.targets.map(\.cluster)) ?? "?"
      verbs += [
        .pause(id, .rollout, until: until), .pause(id, .wave(wave), until: until),
        .pause(id, .atWave(wave), until: until), .resume(id, wave: nil), .resume(id, wave: wave),
        .abort(id), .retry(id, targets: []), .retry(id, targets: [target]),
        .retry(id, targets: []), .resume(id, wave: nil),
        .skip(id, wave: nil, targets: []), .skip(id, wave: wave, targets: []),
        .skip(id, wave: nil, targets: [target]), .rollback(id, .rollout),
        .rollback(id, .wave(wave)), .rollback(id, .targets([target])),
        .approve(id, wave: nil, plan: nil, until: until),
        .approve(id, wave: nil, plan: String(rollout.planDigest.hex.prefix(8)), until: nil),
        .approve(id, wave: wave, plan: nil, until: nil),
      ]
    }
    guard let verb = random.pick(verbs), let actor = random.pick(["anna", "ben", "dora", "emil"])
    else { return }
    story.append("\(actor): \(verb)")
    let before = engine.state.sequence
    let refusal = try give(.command(Command(verb, actor: actor, reason: "because")))
    if let refusal {
      guard engine.state.sequence == before else {
        throw Violation("refusal", "\(refusal) changed something")
      }
      guard !refusal.why.isEmpty, !refusal.remedy.isEmpty else {
        throw Violation("refusal", "\(refusal) says too little")
      }
    } else if engine.state.sequence == before {
      throw Violation("verbs", "\(verb) was accepted and did nothing")
    }
  }

  private mutating func hurt(_ random: inout SeededRandom) {
    guard let name = random.pick(configuration.clusters.map(\.name)) else { return }
    switch Int.random(in: 0..<5, using: &random) {
    case 0: dead.insert(name)
    case 1: broken.insert(name)
    case 2: dead.remove(name)
    case 3: broken.remove(name)
    default:
      dead.remove(name)
      broken.remove(name)
    }
  }

  private mutating func reconfigure(_ random: inout SeededRandom) throws {
    let names = configuration.environments.map(\.name)
    let environment = Int.random(in: 0..<names.count, using: &random)
    let cluster = Int.random(in: 0..<configuration.clusters.count, using: &random)
    switch Int.random(in: 0..<7, using: &random) {
    case 0 where configuration.clusters.count > 4:
      let name = configuration.clusters.remove(at: cluster).name
      live[name] = nil
    case 1, 0:
      newcomers += 1
      configuration.clusters.append(
        FleetShape.cluster("new-\(newcomers)", in: names[environment], newcomers))
    case 2: configuration.clusters[cluster].labels["environment"] = names[environment]
    case 3: configuration.environments[environment].strategy = FleetShape.strategy(&random)
    case 4:
      try give(.configurationRefused(commit: "bad-\(now.milliseconds)", findings: ["a typo"]))
      return
    case 5: configuration.windows = FleetShape.windows(&random)
    default: configuration.environments[environment].paused.toggle()
    }
    story.append("configuration changes")
    configuration = FleetConfiguration(
      clusters: configuration.clusters, apps: configuration.apps,
      environments: configuration.environments, windows: configuration.windows)
    try give(.configuration(commit: "f\(log.count)", configuration))
    try commit(&random)
  }

  private mutating func report(_ random: inout SeededRandom) throws {
    guard let name = random.pick(configuration.clusters.map(\.name)), !dead.contains(name) else {
      return
    }
    let age = random.chance(30) ? TimeSpan.minutes(2) : .zero
    story.append("inventory of \(name)")
    try give(
      .inventory(
        InventoryReport(
          cluster: name, digests: live[name] ?? [:],
          observedAt: Instant(milliseconds: now.milliseconds - age.milliseconds))))
  }

  // MARK: - Promises about states

  /// I8: what is open has work in flight, a timer or a named blocker; I9: rows equal the fold.
  func checkOpen() throws {
    let state = engine.state
    for (id, rollout) in state.rollouts where !rollout.phase.isTerminal {
      let blockers = state.blockers(of: .rollout(id), at: now)
      guard !blockers.isEmpty else { throw Violation("I8", "\(id) is stuck without a reason") }
      for wave in rollout.waves where !wave.phase.isTerminal {
        if state.blockers(of: .wave(id, wave.name), at: now).isEmpty {
          throw Violation("I8", "wave \(wave.name) of \(id) is stuck without a reason")
        }
      }
      for (position, target) in rollout.targets.enumerated()
      where !rollout.waves[target.wave].phase.isTerminal {
        switch rollout.phase(ofTargetAt: position) {
        case .pending, .dispatched, .applied, .healthy:
          if state.blockers(of: .target(id, cluster: target.cluster), at: now).isEmpty {
            throw Violation("I8", "target \(target.cluster) of \(id) is stuck without a reason")
          }
        default: break
        }
      }
      for blocker in blockers {
        if let until = blocker.until, until > now, (state.nextTimer ?? until + until.span) > until {
          throw Violation("I8", "\(id): nothing wakes the engine at the end of '\(blocker.what)'")
        }
      }
    }
    for pin in state.activePins {
      guard let record = state.pins[pin] else { continue }
      let isOpen =
        record.rollout != nil || !record.waiting.isEmpty || record.release != record.stable
      if isOpen, state.blockers(of: .pin(pin), at: now).isEmpty {
        throw Violation("I8", "\(pin) is stuck without a reason")
      }
    }
  }

  private mutating func writeRows() {
    for key in dirty { rows[key] = engine.state.row(key) }
    dirty = []
  }

  /// I9, over everything.
  mutating func checkReplay() throws {
    writeRows()
    let fresh = engine.state.rows
    guard folded.rows == fresh else { throw Violation("I9", "the fold differs from the state") }
    let stored = rows.values.sorted { $0.key < $1.key }
    guard stored == fresh else {
      let old = Set(stored).subtracting(fresh).map(\.key)
      let new = Set(fresh).subtracting(stored).map(\.key)
      throw Violation("I9", "stored rows differ: \(old) against \(new)")
    }
    let loaded = try State(rows: stored, sequence: log.last?.sequence ?? 0)
    guard loaded.rows == fresh else { throw Violation("I9", "loading changes the state") }
  }

  // MARK: - The way out

  /// Heals everything, then does only what explain says, until nothing is open. Shows that every
  /// blocker's command works and that following them leads to the end.
  mutating func followBlockersToTheEnd() throws {
    dead = []
    broken = []
    story.append("everything heals")
    for index in configuration.environments.indices {
      configuration.environments[index].paused = false
    }
    configuration = FleetConfiguration(
      clusters: configuration.clusters, apps: configuration.apps,
      environments: configuration.environments, windows: configuration.windows)
    try give(.configuration(commit: "last", configuration))
    var random = SeededRandom(seed: 1)
    for _ in 0..<500 {
      while let request = renders.popLast() { try render(request) }
      let open = engine.state.openRollouts
      if open.isEmpty,
        engine.state.pins.values.allSatisfy({ pin in
          pin.waiting.isEmpty || engine.state.members(of: pin.id).isEmpty
        })
      {
        return
      }
      let before = engine.state.sequence
      for key in work.keys.sorted() {
        guard let assignment = work[key] else { continue }
        guard engine.state.awaits(assignment) else {
          work[key] = nil
          continue
        }
        try give(.observation(look(assignment, &random)))
      }
      for pin in engine.state.activePins where engine.state.pins[pin]?.waiting.isEmpty == false {
        for blocker in engine.state.blockers(of: .pin(pin), at: now) {
          if let command = blocker.command, command.hasPrefix("flotilla unhold") {
            try paste(command)
          }
        }
      }
      for id in open {
        for blocker in engine.state.blockers(of: .rollout(id), at: now) {
          guard let command = blocker.command else { continue }
          // An earlier line may have cleared this one as well.
          let now = engine.state.blockers(of: .rollout(id), at: now).map(\.command)
          if now.contains(command) { try paste(command) }
        }
      }
      try checkOpen()
      // People and clusters are quick compared with deadlines.
      if engine.state.sequence != before { continue }
      if let next = engine.state.nextTimer { now = max(now, next) }
      now = now + .seconds(1)
      try give(.tick)
    }
    throw Violation("I8", "\(engine.state.openRollouts) never end")
  }

  /// Runs a command line as a blocker prints it.
  private mutating func paste(_ line: String) throws {
    let words = line.split(separator: " ").map(String.init).dropFirst()
    let verb: Command.Verb
    switch Array(words.prefix(2)) {
    case ["rollout", "resume"]:
      verb = .resume(RolloutID(words[3]), wave: words.count > 3 ? words.last : nil)
    case ["rollout", "retry"]:
      verb = .retry(RolloutID(words[3]), targets: words.count > 3 ? [words.last ?? ""] : [])
    case ["rollout", "approve"]:
      verb = .approve(
        RolloutID(words[3]), wave: words.count > 3 ? words.last : nil, plan: nil, until: nil)
    case ["rollout", "rollback"]: verb = .rollback(RolloutID(words[3]), .rollout)
    case ["rollout", "abort"]: verb = .abort(RolloutID(words[3]))
    case ["unfreeze", words.count > 1 ? words[2] : ""], ["unfreeze"]:
      let place = words.count > 1 ? words[2] : nil
      guard engine.state.freezes[place ?? ""] != nil else { return }
      verb = .unfreeze(environment: place)
    case ["unhold", words.count > 1 ? words[2] : ""]:
      let app = words.count > 3 ? words.last : nil
      let key = app.map { "\($0)/\(words[2])" } ?? words[2]
      guard engine.state.holds[key] != nil else { return }
      verb = .unhold(environment: words[2], app: app)
    case ["uncordon", words.last ?? ""]: verb = .uncordon(cluster: words.last ?? "")
    default: return
    }
    story.append(line)
    let ended: RolloutID?
    switch verb {
    case .resume(let id, _), .retry(let id, _), .rollback(let id, _), .abort(let id): ended = id
    default: ended = nil
    }
    // An earlier line of the same look may have ended it.
    if let ended, engine.state.rollouts[ended]?.phase.isDriving != true { return }
    if case .uncordon(let cluster) = verb, engine.state.clusters[cluster]?.cordon == nil { return }
    // Each line is pasted by somebody else, so that a quorum comes together.
    people += 1
    if let refusal = try give(.command(Command(verb, actor: "person-\(people)"))) {
      throw Violation("I8", "'\(line)' was refused: \(refusal)")
    }
  }
}

extension Instant {
  fileprivate var span: TimeSpan { .seconds(1) }
}
