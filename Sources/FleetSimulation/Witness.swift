internal import FleetModel
internal import Manifests
internal import RolloutEngine

/// Watches a log from outside: keeps its own account of every rollout from the events alone and
/// complains about the first one that breaks a promise. Knows nothing of the engine's state.
struct Witness {
  struct Course {
    let plan: Plan
    let kind: Rollout.Kind
    var waves: [Stage]
    /// The wave that deletes.
    var deletions: DeletionsPlanned?
    /// By cluster: what the last apply left.
    var leftovers: [String: Digest] = [:]
    var plannedAt: Instant
    var phase = "planned"
    var wavePhase: [String: String] = [:]
    var pausedWaves: Set<String> = []
    /// By wave: how many failures a person allowed last.
    var raised: [String: Int] = [:]
    /// Clusters that another rollout put back while this one deleted there, or had done so.
    var putBack: Set<String> = []
    /// Clusters that were healthy when they ceased to answer.
    var silent: Set<String> = []
    /// The event with which a target became healthy, from something else.
    var healthySince: [String: Int] = [:]
    /// By wave: when it began to soak last.
    var soaks: [String: (at: Instant, sequence: Int)] = [:]
    var target: [String: (phase: String, attempt: Int, digest: Digest?, dispatchedAt: Instant?)] =
      [:]

    init(plan: Plan, kind: Rollout.Kind, plannedAt: Instant) {
      self.plan = plan
      self.kind = kind
      self.plannedAt = plannedAt
      waves = plan.waves.map(Stage.init)
    }

    var pin: PinID { PinID(app: plan.app, environment: plan.environment) }

    func maxFailures(_ wave: Stage) -> Int { raised[wave.name] ?? wave.maxFailures }

    func wave(of cluster: String) -> Stage? {
      waves.last { $0.clusters.contains(cluster) }
    }

    func count(_ wave: Stage, _ phases: Set<String>) -> Int {
      wave.clusters.count { phases.contains(target[$0]?.phase ?? "pending") }
    }

    func isDeleting(_ cluster: String) -> Bool {
      deletions?.targets.contains { $0.cluster == cluster } ?? false
    }
  }

  /// A wave of the plan, or the one that deletes.
  struct Stage {
    let name: String
    let maxConcurrent: Int?
    let maxFailures: Int
    let maxUnreachable: Int
    let soak: TimeSpan
    let before: [Gate]
    let after: [Gate]
    let clusters: [String]

    init(_ wave: Plan.Wave) {
      name = wave.name
      maxConcurrent = wave.maxConcurrent
      maxFailures = wave.maxFailures
      maxUnreachable = wave.maxUnreachable
      soak = wave.soak
      before = wave.before ?? []
      after = wave.after ?? []
      clusters = wave.targets.map(\.cluster)
    }

    init(_ event: DeletionsPlanned) {
      name = event.wave
      maxConcurrent = event.maxConcurrent
      maxFailures = 0
      maxUnreachable = event.maxUnreachable
      soak = .zero
      before = event.approvals.map { [.approval($0)] } ?? []
      after = []
      clusters = event.targets.map(\.cluster)
    }
  }

  var courses: [RolloutID: Course] = [:]
  var open: [PinID: RolloutID] = [:]
  var lists: [Digest: DeletionList] = [:]
  var cordoned: Set<String> = []
  var pausedEnvironments: Set<String> = []
  var rejected: Set<ReleaseID> = []
  /// Every release of an app with the people who wrote it, in the order of the branch.
  var authors: [String: [(release: ReleaseID, people: Set<String>)]] = [:]
  var approvals: [RolloutID: [(event: RolloutApproved, actor: String)]] = [:]
  /// `wave/index` of gates that count as passed.
  var passedGates: [RolloutID: Set<String>] = [:]
  /// `rollout/wave/index` of gates that are asked in the world, with the time and the round.
  var asked: [String: (since: Instant, round: Int)] = [:]
  var rounds: [String: Int] = [:]
  /// `environment` or `app/environment`.
  var held: Set<String> = []
  /// Environments; empty stands for the fleet.
  var frozen: Set<String> = []
  var windows: [Window] = []
  var labels: [String: [String: String]] = [:]
  var environments: [Environment] = []
  var apps: [App] = []
  /// By cluster and app: when something became known of it.
  var confirmed: [String: [String: Instant]] = [:]
  /// By release and environment: since when it is stable there, and until when it was.
  var stability: [ReleaseID: [String: (since: Instant, until: Instant?)]] = [:]
  /// Releases that wait, and were ready when they began to.
  var queued: [PinID: Set<ReleaseID>] = [:]
  var domains: [String: String] = [:]
  var order = OrderOfApps()
  /// Since when releases take over from each other.
  var chains: [PinID: Instant] = [:]
  var protection: [String: TimeSpan] = [:]
  var limits: Fleet.Limits?
  var sequence = 0

  static let flying: Set<String> = ["dispatched", "applied"]
  static let failing: Set<String> = ["failed", "timedOut", "regressed", "rolledBack"]
  static let over: Set<String?> = ["passed", "skipped"]
  static let ended: Set<String> = [
    "succeeded", "aborted", "superseded", "rolledBack", "failedRollback",
  ]

  mutating func see(_ records: [RecordedEvent], after input: Input) throws {
    if case .observation(let observation) = input { try requireHeard(observation, records) }
    if case .command(let command) = input { try requireLooked(command) }
    for record in records { try see(record, after: input) }
  }

  /// I6: the plan part of every rollout is what was planned.
  func checkPlans(_ state: State) throws {
    for (id, course) in courses {
      guard let rollout = state.rollouts[id] else {
        throw Violation("I6", "\(id) is forgotten")
      }
      let planned = course.plan.waves.flatMap { wave in
        wave.targets.map { "\(wave.name) \($0.cluster) \($0.digest) \($0.release?.rawValue ?? "")" }
      }
      let kept = rollout.targets.filter { $0.deletes == nil }.map {
        "\(rollout.waves[$0.wave].name) \($0.cluster) \($0.digest) \($0.release?.rawValue ?? "")"
      }
      guard planned == kept, rollout.planDigest == course.plan.digest else {
        throw Violation("I6", "the plan of \(id) changed")
      }
    }
  }

  mutating func see(_ record: RecordedEvent, after input: Input) throws {
    guard record.sequence == sequence + 1 else {
      throw Violation("I9", "event \(record.sequence) follows \(sequence)")
    }
    sequence = record.sequence
    if case .rolloutStarted(let event) = record.event {
      let course = try course(event.rollout)
      if course.kind == .release { try order.require(course.plan) }
    }
    order.see(record.event)
    switch record.event {
    case .inventoryRecorded(let event): try reported(event, input, record)
    case .driftObserved(let event): try drifted(event, input)
    case .releaseStable(let event):
      stable(event, record)
      chains[PinID(app: event.app, environment: event.environment)] = nil
    case .releaseSkipped(let event):
      queued[PinID(app: event.app, environment: event.environment)]?.remove(event.release)
    case .configurationAccepted(let event):
      apps = event.apps
      environments = event.environments
      for name in event.removed {
        confirmed[name] = nil
        labels[name] = nil
      }
      pausedEnvironments = Set(event.environments.filter(\.paused).map(\.name))
      cordoned.subtract(event.removed)
      windows = event.windows
      for cluster in event.clusters {
        labels[cluster.name] = cluster.labels
        domains[cluster.name] = cluster.failureDomain
      }
      limits = event.fleet.limits
      for environment in event.environments {
        protection[environment.name] = environment.protectAfter ?? .minutes(60)
      }
    case .clusterCordoned(let event): cordoned.insert(event.cluster)
    case .clusterUncordoned(let event): cordoned.remove(event.cluster)
    case .rolloutPlanned(let event): try planned(event, at: record.at)
    case .releaseRecorded(let event):
      let people = (event.commits + [event.commit]).flatMap {
        [$0.author] + ($0.authorEmail.map { [String($0.prefix { $0 != "@" })] } ?? [])
      }
      authors[event.app, default: []].append((event.release, Set(people)))
    case .rolloutApproved(let event):
      approvals[event.rollout, default: []].append((event, record.actor))
    case .gateReached(let event):
      let key = key(event)
      rounds[key, default: 0] += 1
      asked[key] = (record.at, rounds[key] ?? 0)
    case .gateErring(let event): try answered(event, input)
    case .gatePassed(let event): try passed(event, record, input)
    case .gateFailed(let event):
      if case .gate = input { try answered(event, input) }
      asked[key(event)] = nil
    case .rolloutStarted(let event):
      if let wanted = try course(event.rollout).plan.approvals {
        try requireApproval(wanted, of: event.rollout, wave: nil, nil, at: record.at)
      }
      try move(event.rollout, to: "running", from: ["planned"])
    case .rolloutResumed(let event):
      try move(event.rollout, to: "running", from: ["planned", "pausing", "paused"])
    case .rolloutPausing(let event):
      try move(event.rollout, to: "pausing", from: ["planned", "running"])
    case .rolloutPaused(let event):
      try move(event.rollout, to: "paused", from: ["pausing"])
      try require(inFlight(event.rollout) == 0, "state", "paused with targets in flight")
    case .rolloutHalted(let event): try halted(event)
    case .rolloutSkipped(let event): try skipped(event)
    case .rolloutRollingBack(let event): try rollingBack(event)
    case .rolloutRolledBack(let event):
      try move(event.rollout, to: "rolledBack", from: ["rollingBack"])
    case .rolloutFailed(let event):
      try move(event.rollout, to: "failedRollback", from: ["rollingBack"])
    case .releaseRejected(let event): rejected.insert(event.release)
    case .releaseUnrejected(let event): rejected.remove(event.release)
    case .environmentHeld(let event): held.insert(key(event))
    case .environmentUnheld(let event): held.remove(key(event))
    case .fleetFrozen(let event): frozen.insert(event.environment ?? "")
    case .fleetUnfrozen(let event): frozen.remove(event.environment ?? "")
    case .pinMoved(let event): try moved(event, record.at)
    case .releaseQueued(let event):
      if event.cause == .promoted || event.cause == .commanded {
        try requireReady(event.release, event.app, event.environment, record.at)
      }
      queued[PinID(app: event.app, environment: event.environment), default: []]
        .insert(event.release)
      try require(!rejected.contains(event.release), "veto", "\(event.release) waits")
    case .rolloutRetried(let event): try retried(event)
    case .budgetRaised(let event):
      try require(
        record.actor != RecordedEvent.hub && record.reason != nil, "I4",
        "the budget of \(event.rollout) was raised by nobody")
      try move(event.rollout, to: "running", from: ["halted"])
      courses[event.rollout]?.raised[event.wave] = event.maxFailures
    case .rolloutSuperseding(let event):
      try requireUnprotected(course(event.rollout), at: record.at)
    case .rolloutSuperseded(let event):
      try require(inFlight(event.rollout) == 0, "state", "superseded with targets in flight")
      let course = try course(event.rollout)
      try end(event.rollout, as: "superseded")
      if course.kind == .release {
        chains[course.pin] = chains[course.pin] ?? course.plannedAt
      }
    case .rolloutAborted(let event):
      let course = try course(event.rollout)
      if course.kind == .release { chains[course.pin] = nil }
      try end(event.rollout, as: "aborted")
    case .rolloutSucceeded(let event):
      let course = try course(event.rollout)
      let isWhole = course.waves.allSatisfy { Self.over.contains(course.wavePhase[$0.name]) }
      try require(isWhole && course.phase == "running", "I3", "success before every wave passed")
      let left = course.target.filter {
        Self.failing.contains($0.value.phase) || ["deferred", "skipped"].contains($0.value.phase)
      }
      let behind = course.putBack.union(left.keys)
      try require(
        Set(event.debt.keys) == behind, "debt",
        "\(event.rollout) left \(behind.sorted()) behind and says \(event.debt.keys.sorted())")
      try end(event.rollout, as: "succeeded")
    case .waveOpened(let event): try opened(event)
    case .waveSoaking(let event):
      courses[event.rollout]?.wavePhase[event.wave] = "soaking"
      courses[event.rollout]?.soaks[event.wave] = (record.at, record.sequence)
    case .waveVerifying(let event):
      let course = try course(event.rollout)
      if let wave = course.waves.first(where: { $0.name == event.wave }) {
        try requireSoak(course, wave, record.at)
      }
      courses[event.rollout]?.wavePhase[event.wave] = "verifying"
    case .waveReopened(let event):
      courses[event.rollout]?.wavePhase[event.wave] = "open"
      try forgetGates(after: event.wave, of: event.rollout)
    case .wavePassed(let event): try passed(event, record)
    case .wavePaused(let event):
      if !event.whenReached { courses[event.rollout]?.pausedWaves.insert(event.wave) }
    case .waveResumed(let event): courses[event.rollout]?.pausedWaves.remove(event.wave)
    case .targetDispatched(let event): try dispatched(event, record)
    case .targetApplied(let event):
      confirmed[event.cluster, default: [:]][try course(event.rollout).plan.app] = record.at
      // What is said again of one attempt adds nothing.
      if try course(event.rollout).target[event.cluster]?.phase == "dispatched" {
        courses[event.rollout]?.leftovers[event.cluster] = event.leftovers
      }
      try evidence(event, "applied", input, from: Self.flying)
    case .deletionsFound(let event): lists[event.list.digest] = event.list
    case .deletionsForgotten(let event): try forgotten(event)
    case .deletionsPlanned(let event): try deletions(event)
    case .targetProgressing(let event): try evidence(event, nil, input, from: Self.flying)
    case .targetUnreachable(let event):
      try evidence(event, nil, input, from: ["dispatched", "applied", "healthy"])
      if courses[event.rollout]?.target[event.cluster]?.phase == "healthy" {
        courses[event.rollout]?.silent.insert(event.cluster)
      }
    case .targetHealthy(let event):
      if courses[event.rollout]?.target[event.cluster]?.phase != "healthy" {
        courses[event.rollout]?.healthySince[event.cluster] = record.sequence
      }
      courses[event.rollout]?.silent.remove(event.cluster)
      if try course(event.rollout).target[event.cluster]?.phase == "dispatched" {
        try require(
          !(try course(event.rollout).isDeleting(event.cluster)), "deletions",
          "the health of \(event.cluster) stands for its deletions")
        confirmed[event.cluster, default: [:]][try course(event.rollout).plan.app] = record.at
      }
      try evidence(
        event, "healthy", input, from: ["dispatched", "applied", "healthy", "regressed"])
    case .targetRegressed(let event): try evidence(event, "regressed", input, from: ["healthy"])
    case .targetFailed(let event): try evidence(event, "failed", input, from: Self.flying)
    case .targetTimedOut(let event): try set(event, "timedOut", from: Self.flying)
    case .targetDeferred(let event): try set(event, "deferred", from: Self.flying)
    case .targetGone(let event): try set(event, "gone", from: nil)
    default: break
    }
  }

  /// Bad news of the present attempt is taken notice of.
  func requireHeard(_ observation: Observation, _ records: [RecordedEvent]) throws {
    guard let course = courses[observation.rollout], !Self.ended.contains(course.phase),
      let target = course.target[observation.cluster], let dispatchedAt = target.dispatchedAt,
      target.attempt == observation.attempt, target.digest == observation.digest,
      observation.observedAt >= dispatchedAt,
      let wave = course.wave(of: observation.cluster)?.name,
      !Self.over.contains(course.wavePhase[wave])
    else { return }
    let isHeard = records.contains { record in
      switch record.event {
      case .targetFailed(let event), .targetRegressed(let event):
        event.cluster == observation.cluster
      default: false
      }
    }
    switch (target.phase, observation.finding) {
    case ("healthy", .degraded), ("healthy", .failed(_, permanent: true)),
      ("dispatched", .failed(_, permanent: true)), ("applied", .failed(_, permanent: true)):
      try require(isHeard, "I1", "\(observation.finding) of \(observation.cluster) was overheard")
    default: break
    }
  }

  /// I7: who approves a plan approves that one and no other.
  func requireLooked(_ command: Command) throws {
    guard case .approve(let id, _, let plan?, _) = command.verb, let course = courses[id] else {
      return
    }
    try require(
      plan.count >= 7
        && [course.plan.digest, course.deletions?.deletions.digest]
          .contains { $0?.hex.hasPrefix(plan) == true },
      "I7",
      "an approval of \(plan) counts for \(id)")
  }

  // MARK: - Rollouts

  mutating func planned(_ event: RolloutPlanned, at now: Instant) throws {
    let pin = PinID(app: event.plan.app, environment: event.plan.environment)
    try require(open[pin] == nil, "I5", "\(event.rollout) planned while another is open")
    try require(courses[event.rollout] == nil, "I11", "\(event.rollout) planned twice")
    let clusters = event.plan.waves.flatMap(\.targets).map(\.cluster)
    try require(Set(clusters).count == clusters.count, "plan", "a target stands in two waves")
    try require(!clusters.isEmpty, "plan", "a plan without targets")
    if let rollback = event.rollback { try goesBack(event, rollback) }
    open[pin] = event.rollout
    courses[event.rollout] = Course(plan: event.plan, kind: event.kind, plannedAt: now)
  }

  /// A rollback touches only what was dispatched, and brings it to what the plan found there.
  func goesBack(_ event: RolloutPlanned, _ rollback: Rollback) throws {
    guard let original = courses[rollback.of] else {
      throw Violation("rollback", "\(rollback.of) was never planned")
    }
    let before = Dictionary(
      original.plan.waves.flatMap(\.targets).map { ($0.cluster, $0.base) },
      uniquingKeysWith: { first, _ in first })
    for target in event.plan.waves.flatMap(\.targets) {
      try require(
        original.target[target.cluster] != nil, "rollback", "\(target.cluster) was not changed")
      if let base = before[target.cluster] ?? nil {
        try require(target.digest == base, "rollback", "\(target.cluster) goes somewhere else")
      }
    }
    let waves = original.plan.waves.map(\.name)
    let order = event.plan.waves.compactMap { waves.firstIndex(of: $0.name) }
    try require(order == order.sorted(by: >), "rollback", "not the latest first")
  }

  func key(_ event: EnvironmentHeld) -> String {
    event.app.map { "\($0)/\(event.environment)" } ?? event.environment
  }

  /// An inventory says nothing about what became known after it was read.
  mutating func reported(
    _ event: InventoryRecorded, _ input: Input, _ record: RecordedEvent
  ) throws {
    guard case .inventory(let report) = input, report.cluster == event.cluster else {
      throw Violation("I1", "an inventory of \(event.cluster) out of nothing")
    }
    for app in Array(event.digests.keys) + event.absent {
      let since = confirmed[event.cluster]?[app]
      try require(
        since.map { $0 <= report.observedAt } ?? true, "I1",
        "an old inventory of \(event.cluster) counts")
      confirmed[event.cluster, default: [:]][app] = event.absent.contains(app) ? nil : record.at
    }
  }

  mutating func stable(_ event: ReleaseStable, _ record: RecordedEvent) {
    let known = stability[event.release]?[event.environment]
    if known == nil || known?.until != nil {
      stability[event.release, default: [:]][event.environment] = (record.at, nil)
    }
  }

  /// A release goes on to an environment after it was stable for long enough in those before it.
  func requireReady(
    _ release: ReleaseID, _ app: String, _ name: String, _ now: Instant
  ) throws {
    guard let environment = environments.first(where: { $0.name == name }),
      let selector = apps.first(where: { $0.name == app })?.clusters
    else { return }
    for before in environments where environment.after.contains(before.name) {
      // One that the app has no clusters in is looked through; that is not followed here.
      guard labels.values.contains(where: { before.clusters.matches($0) && selector.matches($0) })
      else { continue }
      guard let span = stability[release]?[before.name] else {
        throw Violation("order", "\(release) goes to \(name), not having been in \(before.name)")
      }
      try require(
        span.since + environment.promotion.soak <= span.until ?? now, "order",
        "\(release) goes to \(name), not having been stable in \(before.name) for long enough")
    }
  }

  mutating func moved(_ event: PinMoved, _ now: Instant) throws {
    let pin = PinID(app: event.app, environment: event.environment)
    if queued[pin]?.remove(event.to) == nil, event.cause == .promoted || event.cause == .commanded {
      try requireReady(event.to, event.app, event.environment, now)
    }
    if let stable = event.stable, stability[stable]?[event.environment]?.until == nil {
      stability[stable]?[event.environment]?.until = now
    }
    if event.cause != .rolledBack {
      try require(!rejected.contains(event.to), "veto", "\(event.to) is wanted")
    }
    if event.cause == .followed || event.cause == .promoted {
      try require(
        held.isDisjoint(with: [event.environment, "\(event.app)/\(event.environment)"]), "hold",
        "automation moves a held pin")
    }
  }

  mutating func halted(_ event: RolloutChanged) throws {
    let course = try course(event.rollout)
    try move(event.rollout, to: "halted", from: ["running", "rollingBack"])
    guard course.phase == "rollingBack" else { return }
    let pin = PinID(app: course.plan.app, environment: course.plan.environment)
    try require(open[pin] == nil, "I5", "\(event.rollout) comes back to a pin that is driven")
    open[pin] = event.rollout
  }

  mutating func rollingBack(_ event: RolloutRollingBack) throws {
    guard let course = courses[event.rollout] else { return }
    let pin = PinID(app: course.plan.app, environment: course.plan.environment)
    if Self.ended.contains(course.phase) { return }
    try move(
      event.rollout, to: "rollingBack", from: ["planned", "running", "pausing", "paused", "halted"])
    try require(open[pin] == event.rollout, "I5", "\(event.rollout) does not drive its pin")
    open[pin] = nil
    for cluster in event.targets {
      guard course.isDeleting(cluster) else {
        courses[event.rollout]?.target[cluster]?.phase = "rolledBack"
        courses[event.rollout]?.silent.remove(cluster)
        continue
      }
      courses[event.rollout]?.putBack.insert(cluster)
      if course.target[cluster]?.phase != "healthy" {
        courses[event.rollout]?.target[cluster]?.phase = "cancelled"
      }
    }
    for (name, phase) in course.wavePhase where phase == "soaking" || phase == "verifying" {
      courses[event.rollout]?.wavePhase[name] = "open"
      try forgetGates(after: name, of: event.rollout)
    }
    guard event.rollback.isWhole else { return }
    for (cluster, target) in course.target where Self.flying.contains(target.phase) {
      if courses[event.rollout]?.target[cluster]?.phase != "rolledBack" {
        courses[event.rollout]?.target[cluster]?.phase = "cancelled"
      }
    }
  }

  mutating func skipped(_ event: RolloutSkipped) throws {
    let course = try course(event.rollout)
    if course.phase == "halted" { courses[event.rollout]?.phase = "running" }
    for cluster in event.targets {
      let phase = course.target[cluster]?.phase ?? "pending"
      try require(
        !["healthy", "gone", "skipped"].contains(phase), "state", "skip of \(phase)")
      courses[event.rollout]?.target[cluster, default: ("pending", 0, nil, nil)].phase = "skipped"
    }
    if let wave = event.wave { courses[event.rollout]?.wavePhase[wave] = "skipped" }
  }

  func course(_ id: RolloutID) throws -> Course {
    guard let course = courses[id] else { throw Violation("log", "\(id) was never planned") }
    try require(!Self.ended.contains(course.phase), "I11", "\(id) is \(course.phase)")
    return course
  }

  mutating func move(_ id: RolloutID, to phase: String, from: Set<String>) throws {
    let course = try course(id)
    try require(from.contains(course.phase), "state", "\(id): \(course.phase) to \(phase)")
    courses[id]?.phase = phase
  }

  mutating func end(_ id: RolloutID, as phase: String) throws {
    let plan = try course(id).plan
    courses[id]?.phase = phase
    let pin = PinID(app: plan.app, environment: plan.environment)
    try require(open[pin] == id, "I5", "\(id) ends but \(String(describing: open[pin])) is open")
    open[pin] = nil
  }

  mutating func retried(_ event: RolloutRetried) throws {
    if try course(event.rollout).phase == "halted" { courses[event.rollout]?.phase = "running" }
    for cluster in event.targets {
      let phase = courses[event.rollout]?.target[cluster]?.phase ?? "pending"
      try require(
        Self.failing.contains(phase) || phase == "deferred", "state", "retry of \(phase)")
      courses[event.rollout]?.target[cluster]?.phase = "pending"
    }
  }

  func inFlight(_ id: RolloutID) -> Int {
    courses[id]?.target.values.count { Self.flying.contains($0.phase) } ?? 0
  }

  // MARK: - Targets

  mutating func dispatched(_ event: TargetDispatched, _ record: RecordedEvent) throws {
    let id = event.rollout
    // What an earlier attempt said of the cluster counts no longer.
    courses[id]?.leftovers[event.cluster] = nil
    let course = try course(id)
    guard let wave = course.wave(of: event.cluster) else {
      throw Violation("I6", "\(event.cluster) is not in the plan of \(id)")
    }
    let planned = course.deletions?.targets.first { $0.cluster == event.cluster }?.list
    try require(event.deletes == planned, "deletions", "\(event.cluster) deletes something else")
    let target = course.target[event.cluster]
    try require(course.phase == "running", "state", "dispatch while \(course.phase)")
    try requireOrder(course, wave.name)
    try require(course.wavePhase[wave.name] == "open", "I3", "dispatch into a wave not open")
    try require(!course.pausedWaves.contains(wave.name), "state", "dispatch into a paused wave")
    if course.kind != .rollback {
      try require(!rejected.contains(course.plan.release), "veto", "dispatch of a rejected release")
    }
    try require(
      frozen.isDisjoint(with: ["", course.plan.environment]), "freeze", "dispatch while frozen")
    if course.kind != .rollback { try requireWindow(course.plan, event.cluster, record.at) }
    try require(!cordoned.contains(event.cluster), "state", "dispatch to a cordoned cluster")
    try require(
      !pausedEnvironments.contains(course.plan.environment), "state", "dispatch while paused")
    try require(
      target == nil || target?.phase == "pending", "state", "dispatch of \(target?.phase ?? "")")
    try require(
      course.count(wave, Self.flying) < wave.maxConcurrent ?? .max, "I4", "too many in flight")
    try require(
      course.count(wave, Self.failing) <= course.maxFailures(wave), "I4",
      "dispatch beyond maxFailures")
    try require(event.attempt == (target?.attempt ?? 0) + 1, "I1", "attempt \(event.attempt)")
    for (other, course) in courses
    where other != id && course.plan.app == event.rollout.app(of: courses)
      && !Self.ended.contains(course.phase)
    {
      let phase = course.target[event.cluster]?.phase ?? ""
      try require(!Self.flying.contains(phase), "I5", "\(event.cluster) is in flight in \(other)")
    }
    // A deletion leaves the target state that is there.
    if event.deletes == nil {
      confirmed[event.cluster, default: [:]][course.plan.app] = record.at
    }
    courses[id]?.target[event.cluster] = (
      "dispatched", event.attempt, event.digest, record.at
    )
    try requireLimits(for: event.cluster)
  }

  mutating func evidence(
    _ event: TargetChanged, _ phase: String?, _ input: Input, from: Set<String>
  ) throws {
    guard case .observation(let observation) = input, observation.cluster == event.cluster,
      observation.rollout == event.rollout
    else { throw Violation("I1", "evidence of \(event.cluster) out of nothing") }
    let target = try course(event.rollout).target[event.cluster]
    guard let target, let dispatchedAt = target.dispatchedAt, target.digest == observation.digest,
      target.attempt == observation.attempt, observation.observedAt >= dispatchedAt
    else { throw Violation("I1", "evidence of another attempt counted for \(event.cluster)") }
    let isSaid =
      switch (phase, observation.finding) {
      case ("applied", .applied), ("healthy", .healthy), ("regressed", .degraded),
        ("regressed", .failed(_, permanent: true)), ("failed", .failed(_, permanent: true)),
        (nil, _):
        true
      default: false
      }
    try require(
      isSaid, "I2", "\(observation.finding) of \(event.cluster) counts as \(phase ?? "")")
    try set(event, phase ?? target.phase, from: from)
  }

  mutating func set(_ event: TargetChanged, _ phase: String, from: Set<String>?) throws {
    let course = try course(event.rollout)
    let before = course.target[event.cluster]?.phase ?? "pending"
    if phase != "healthy" { courses[event.rollout]?.silent.remove(event.cluster) }
    try require(from?.contains(before) ?? true, "state", "\(event.cluster): \(before) to \(phase)")
    if let wave = course.wave(of: event.cluster) {
      try require(
        !Self.over.contains(course.wavePhase[wave.name]), "I11",
        "\(event.cluster) changes after its wave")
    }
    courses[event.rollout]?.target[
      event.cluster, default: ("pending", event.attempt, nil, nil)
    ].phase = phase
  }

  func require(_ holds: Bool, _ invariant: String, _ detail: @autoclosure () -> String)
    throws
  {
    if !holds { throw Violation(invariant, detail()) }
  }
}

extension RolloutID {
  func app(of courses: [RolloutID: Witness.Course]) -> String? {
    courses[self]?.plan.app
  }
}
