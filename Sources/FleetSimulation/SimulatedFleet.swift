internal import FleetModel
internal import Manifests
public import RolloutEngine

/// One executable model of the outside world: clusters, Git, people, the clock, crashes, a second
/// hub and a network that loses, delays, repeats and reorders. Everything follows from the seeds of
/// its steps, so a schedule without some of its steps is a schedule, too.
public struct SimulatedFleet {
  /// A further promise about events, beside those of the model.
  public typealias Promise = @Sendable (RecordedEvent) throws -> Void

  var engine = Engine()
  var witness = Witness()
  public internal(set) var log: [RecordedEvent] = []
  var now = Instant(milliseconds: 1_700_000_000_000)
  /// The latest time that the clock ever showed: it jumps in both directions.
  var latest = Instant(milliseconds: 1_700_000_000_000)

  /// What a store would hold, kept up to date by what each event says it touched.
  var rows: [ProjectionKey: ProjectionRow] = [:]
  /// Rows that changed since they were last written: between crashes nobody sees them.
  var dirty: Set<ProjectionKey> = []
  var folded = State()
  /// Whether the fold goes over the log's text, rows are compared after every event, and a hub that
  /// starts reads them. Some schedules do, because it takes time.
  let isStrict: Bool
  private let promise: Promise?

  var configuration: FleetConfiguration
  var commits = 0
  var newcomers = 0
  var people = 0
  var digests: [String: [String: Digest]] = [:]
  var lastCandidate: Candidate?
  /// Clusters that left and may come back.
  var formerClusters: [Cluster] = []

  // Clusters as they are, whatever anybody believes.
  var live: [String: [String: Digest]] = [:]
  /// Objects beyond the target states, by cluster and app.
  var leftovers: [String: [String: Set<DeletedObject>]] = [:]
  /// How many objects somebody has changed, by cluster and app.
  var edits: [String: [String: Int]] = [:]
  var broken: Set<String> = []
  var dead: Set<String> = []
  /// Whether clusters say at times that something was applied which was not.
  var lies = true
  /// The epoch of the hub that wrote to a cluster last.
  var epochs: [String: Int] = [:]

  /// Of the present hub.
  var epoch = 1
  /// Deliveries at work, by effect key without the step.
  var work: [String: Assignment] = [:]
  /// What they may delete, where that is their task.
  var prunes: [String: DeletionList] = [:]
  var renders: [RenderRequest] = []
  /// Gates that are being asked, by effect key.
  var checks: [String: GateCheck] = [:]
  /// What gates said and is still on its way.
  var lateAnswers: [GateReport] = []
  /// Deliveries of a hub that another one has replaced and that does not know it yet.
  var orphans: [(assignment: Assignment, epoch: Int)] = []
  /// Every assignment that was ever handed out.
  var past: [Assignment] = []
  /// The first effect of each key.
  var promised: [String: Effect] = [:]
  /// Observations that are still on their way.
  var late: [Observation] = []
  /// The sequence number and the time at which promises about states were checked last.
  var checked = (sequence: -1, at: Instant(milliseconds: 0))
  /// Where the hub stops at the next input.
  var doom: Doom?

  private let diary: Diary?
  /// How often each `verb in phase` was pressed.
  var seen: [String: Int] = [:]

  public init(seed: UInt64, telling: Bool = false, promising promise: Promise? = nil) {
    var random = SeededRandom(seed: seed)
    isStrict = seed.isMultiple(of: 16)
    diary = telling ? Diary() : nil
    self.promise = promise
    configuration = FleetShape.configuration(&random)
    beginning = random
  }

  private let beginning: SeededRandom

  /// The first configuration and the first commit.
  public mutating func begin() throws {
    var random = beginning
    try give(.configuration(commit: "c0", configuration))
    try commit(&random)
  }

  /// Steps and events in words, where they were asked for.
  public var story: [String] { diary?.lines ?? [] }

  func tell(_ text: @autoclosure () -> String) { diary?.lines.append(text()) }

  /// One thing that happens in the world, and the promises that must hold after it.
  public mutating func step(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    switch Int.random(in: 0..<100, using: &random) {
    case ..<43: try observe(&random)
    case ..<49: try deliverLate(&random)
    case ..<53: try reportStaleHealth(&random)
    case ..<67: try letTimePass(&random)
    case ..<74: try commit(&random)
    case ..<83: try press(&random)
    case ..<88: hurt(&random)
    case ..<91: try reconfigure(&random)
    case ..<93: try report(&random)
    case ..<94: try driftSomewhere(&random)
    case ..<95: deliverAsOrphan(&random)
    case ..<96: try takeOver()
    default: try crash(&random)
    }
    try checkOpen()
  }

  // MARK: - The engine and what follows from its decisions

  /// Hands an input over and does with the outcome what a hub does. Returns a refusal, if any.
  @discardableResult
  mutating func give(_ input: Input) throws -> Refusal? {
    // What this decision changes is not to be stored.
    let stored = doom == .beforeCommit ? engine.state : nil
    if stored != nil { writeRows() }
    let records: [RecordedEvent]
    do {
      records = try engine.handle(input, at: now)
    } catch {
      if case .command = input { return error }
      throw Violation("decide", "\(error) for something that is no command")
    }
    if let stored { return try lose(input, since: stored) }
    try settle(records, after: input)
    return nil
  }

  private mutating func settle(_ records: [RecordedEvent], after input: Input) throws {
    try witness.see(records, after: input)
    for record in records {
      tell("  \(String(decoding: record.json, as: UTF8.self).prefix(220))")
      folded.apply(isStrict ? try RecordedEvent(json: record.json) : record)
      try promise?(record)
    }
    // As a hub does: after the whole decision, from the state that it led to.
    var effects: [Effect] = []
    for record in records {
      let touched = engine.state.touched(by: record)
      dirty.formUnion(touched)
      effects += engine.state.effects(of: record)
      if case .rolloutPlanned(let event) = record.event { try checkWholeness(of: event) }
      if isStrict { try checkFold(touched) }
    }
    log += records
    if engine.state.openRollouts.count > Set(engine.state.pins.values.compactMap(\.rollout)).count {
      throw Violation("I5", "an open rollout drives no pin")
    }
    for effect in effects { try checkKey(effect) }
    if let survivors = doom?.effectsDone, !effects.isEmpty {
      for effect in effects.prefix(survivors) { execute(effect) }
      return try restart()
    }
    for effect in effects { execute(effect) }
  }

  /// A plan of a release leaves no cluster out.
  private func checkWholeness(of event: RolloutPlanned) throws {
    guard event.kind == .release else { return }
    let plan = event.plan
    let pin = PinID(app: plan.app, environment: plan.environment)
    let named = engine.state.members(of: pin).count {
      engine.state.digest(of: plan.release, on: $0) != nil
    }
    guard plan.targetCount + plan.unchanged == named else {
      throw Violation(
        "plan",
        "\(event.rollout) has \(plan.targetCount) targets and leaves \(plan.unchanged) as "
          + "they are, of \(named)")
    }
  }

  /// I10: one key stands for one effect, for ever, so that doing it again changes nothing.
  mutating func checkKey(_ effect: Effect) throws {
    switch effect.kind {
    case .deliver(let assignment), .prune(let assignment, _): past.append(assignment)
    case .observe, .withdraw, .render, .check: break
    }
    guard let first = promised.updateValue(effect, forKey: effect.key) else { return }
    // Between two requests to render for the same clusters, some may have been answered.
    if case .render(let request) = effect.kind, case .render(let before) = first.kind,
      request.release == before.release, request.environment == before.environment
    {
      return
    }
    guard first == effect else {
      throw Violation("I10", "\(effect.key) stands for \(first.kind) and \(effect.kind)")
    }
  }

  mutating func execute(_ effect: Effect) {
    let key = effect.key.split(separator: "/").dropLast().joined(separator: "/")
    switch effect.kind {
    case .deliver(let assignment), .observe(let assignment): work[key] = assignment
    case .prune(let assignment, let list):
      work[key] = assignment
      prunes[key] = list
    case .withdraw: work[key] = nil
    case .render(let request): renders.append(request)
    case .check(let check): checks[effect.key] = check
    }
  }

  mutating func letTimePass(_ random: inout SeededRandom) throws {
    if let next = engine.state.nextTimer, random.chance(50) {
      now = max(now, next)
    } else if random.chance(4) {
      // Somebody sets the clock.
      now = now + .seconds(-Int.random(in: 1...180, using: &random))
    } else {
      let seconds = random.chance(5) ? 20_000 : Int.random(in: 1...90, using: &random)
      now = now + .seconds(seconds)
    }
    latest = max(latest, now)
    tell("tick at \(now.milliseconds)")
    try give(.tick)
    if random.chance(20) { try give(.tick) }
  }

  mutating func render(_ request: RenderRequest) throws {
    tell("rendered \(request.release) for \(request.clusters)")
    let digests = request.clusters.map { ($0, digest(request.app, request.commit, $0)) }
    try give(.rendered(request, digests: Dictionary(digests) { first, _ in first }))
  }

  // MARK: - I9

  mutating func writeRows() {
    for key in dirty { rows[key] = engine.state.row(key) }
    dirty = []
  }

  /// The fold of the log has the rows that the decision left.
  private func checkFold(_ keys: [ProjectionKey]) throws {
    // The fold is behind the state until the whole decision is folded in.
    guard folded.sequence == engine.state.sequence else { return }
    for key in keys where folded.row(key) != engine.state.row(key) {
      throw Violation("I9", "the fold differs from the state in \(key)")
    }
  }

  /// The fold of the whole log, and the rows written because an event touched them, are the same; and
  /// where it is strict, the state and what is read back from its rows are, too.
  mutating func checkReplay() throws {
    writeRows()
    try witness.checkPlans(engine.state)
    let fresh = folded.rows
    let stored = rows.values.sorted { $0.key < $1.key }
    guard stored == fresh else {
      let old = Set(stored).subtracting(fresh).map(\.key)
      let new = Set(fresh).subtracting(stored).map(\.key)
      throw Violation("I9", "stored rows differ: \(old) against \(new)")
    }
    guard isStrict else { return }
    guard engine.state.rows == fresh else {
      throw Violation("I9", "the fold differs from the state")
    }
    let loaded = try State(rows: stored, sequence: log.last?.sequence ?? 0)
    guard loaded.rows == fresh, engine.state.reloaded().rows == fresh else {
      throw Violation("I9", "loading changes the state")
    }
  }
}

/// Kept by reference, so that telling changes no fleet.
private final class Diary {
  var lines: [String] = []
}
