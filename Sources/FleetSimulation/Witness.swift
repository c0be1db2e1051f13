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
  private var open: [PinID: RolloutID] = [:]
  private var lists: [Digest: DeletionList] = [:]
  private var cordoned: Set<String> = []
  private var pausedEnvironments: Set<String> = []
  private var rejected: Set<ReleaseID> = []
  /// Every release of an app with the people who wrote it, in the order of the branch.
  private var authors: [String: [(release: ReleaseID, people: Set<String>)]] = [:]
  private var approvals: [RolloutID: [(event: RolloutApproved, actor: String)]] = [:]
  /// `wave/index` of gates that count as passed.
  private var passedGates: [RolloutID: Set<String>] = [:]
  /// `rollout/wave/index` of gates that are asked in the world, with the time and the round.
  var asked: [String: (since: Instant, round: Int)] = [:]
  private var rounds: [String: Int] = [:]
  /// `environment` or `app/environment`.
  private var held: Set<String> = []
  /// Environments; empty stands for the fleet.
  private var frozen: Set<String> = []
  var windows: [Window] = []
  var labels: [String: [String: String]] = [:]
  private var environments: [Environment] = []
  private var apps: [App] = []
  /// By cluster and app: when something became known of it.
  private var confirmed: [String: [String: Instant]] = [:]
  /// By release and environment: since when it is stable there, and until when it was.
  private var stability: [ReleaseID: [String: (since: Instant, until: Instant?)]] = [:]
  /// Releases that wait, and were ready when they began to.
  private var queued: [PinID: Set<ReleaseID>] = [:]
  var domains: [String: String] = [:]
  private var order = OrderOfApps()
  /// Since when releases take over from each other.
  var chains: [PinID: Instant] = [:]
  var protection: [String: TimeSpan] = [:]
  var limits: Fleet.Limits?
  private var sequence = 0

  static let flying: Set<String> = ["dispatched", "applied"]
  private static let failing: Set<String> = ["failed", "timedOut", "regressed", "rolledBack"]
  private static let over: Set<String?> = ["passed", "skipped"]
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

  private mutating func see(_ record: RecordedEvent, after input: Input) throws {
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
      try require(
        Set(event.debt.keys) == Set(left.keys), "debt",
        "\(event.rollout) left \(left.keys.sorted()) behind and says \(event.debt.keys.sorted())")
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
      try evidence(event, "applied", input, from: Self.flying)
      courses[event.rollout]?.leftovers[event.cluster] = event.leftovers
    case .deletionsFound(let event): lists[event.list.digest] = event.list
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
  private func requireHeard(_ observation: Observation, _ records: [RecordedEvent]) throws {
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
  private func requireLooked(_ command: Command) throws {
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

  // MARK: - Deletions

  /// Nothing is deleted before every wave is over, beyond what the clusters said that they hold, or
  /// beyond the budget without somebody's agreement.
  private mutating func deletions(_ event: DeletionsPlanned) throws {
    let course = try course(event.rollout)
    try require(course.phase == "running", "deletions", "planned while \(course.phase)")
    try require(course.deletions == nil, "deletions", "planned twice")
    try require(!event.targets.isEmpty, "deletions", "a wave that deletes nothing")
    try require(
      course.waves.allSatisfy { Self.over.contains(course.wavePhase[$0.name]) }, "I3",
      "deletions before every wave passed")
    try require(
      !course.waves.contains { $0.name == event.wave }, "deletions", "two waves of one name")
    guard let rules = course.plan.deletions else {
      throw Violation("deletions", "a plan without a budget deletes")
    }
    var needsApproval = false
    for target in event.targets {
      let held = course.leftovers[target.cluster]
      try require(
        held == target.list && course.target[target.cluster]?.phase == "healthy", "deletions",
        "\(target.cluster) deletes what it did not say to hold")
      let list = try found(target.list)
      let lost = list.objects.filter { $0.isReplaced == nil }
      needsApproval =
        needsApproval || lost.count > rules.budget.maxPerCluster ?? .max
        || lost.count * 100 > (rules.budget.maxPercent ?? 100) * list.owned
        || lost.contains { rules.budget.approvalFor.contains($0.identity.kind) }
    }
    try require(
      needsApproval == (event.approvals != nil), "I7", "the budget of \(event.rollout) is ignored")
    courses[event.rollout]?.deletions = event
    courses[event.rollout]?.waves.append(Stage(event))
    for target in event.targets {
      courses[event.rollout]?.target[target.cluster]?.phase = "pending"
      courses[event.rollout]?.target[target.cluster]?.dispatchedAt = nil
      courses[event.rollout]?.silent.remove(target.cluster)
      courses[event.rollout]?.healthySince[target.cluster] = nil
    }
  }

  private func found(_ digest: Digest) throws -> DeletionList {
    guard let list = lists[digest] else { throw Violation("log", "a list that nobody found") }
    return list
  }

  // MARK: - Rollouts

  private mutating func planned(_ event: RolloutPlanned, at now: Instant) throws {
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
  private func goesBack(_ event: RolloutPlanned, _ rollback: Rollback) throws {
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

  private func key(_ event: EnvironmentHeld) -> String {
    event.app.map { "\($0)/\(event.environment)" } ?? event.environment
  }

  /// An inventory says nothing about what became known after it was read.
  private mutating func reported(
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

  private mutating func stable(_ event: ReleaseStable, _ record: RecordedEvent) {
    let known = stability[event.release]?[event.environment]
    if known == nil || known?.until != nil {
      stability[event.release, default: [:]][event.environment] = (record.at, nil)
    }
  }

  /// A release goes on to an environment after it was stable for long enough in those before it.
  private func requireReady(
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

  private mutating func moved(_ event: PinMoved, _ now: Instant) throws {
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

  private mutating func halted(_ event: RolloutChanged) throws {
    let course = try course(event.rollout)
    try move(event.rollout, to: "halted", from: ["running", "rollingBack"])
    guard course.phase == "rollingBack" else { return }
    let pin = PinID(app: course.plan.app, environment: course.plan.environment)
    try require(open[pin] == nil, "I5", "\(event.rollout) comes back to a pin that is driven")
    open[pin] = event.rollout
  }

  private mutating func rollingBack(_ event: RolloutRollingBack) throws {
    guard let course = courses[event.rollout] else { return }
    let pin = PinID(app: course.plan.app, environment: course.plan.environment)
    if Self.ended.contains(course.phase) { return }
    try move(
      event.rollout, to: "rollingBack", from: ["planned", "running", "pausing", "paused", "halted"])
    try require(open[pin] == event.rollout, "I5", "\(event.rollout) does not drive its pin")
    open[pin] = nil
    for cluster in event.targets {
      let isDeleting = course.isDeleting(cluster)
      if isDeleting, course.target[cluster]?.phase == "healthy" { continue }
      courses[event.rollout]?.target[cluster]?.phase = isDeleting ? "cancelled" : "rolledBack"
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

  // MARK: - Gates

  /// I7: for this plan, unexpired, from people who did not write it.
  private func requireApproval(
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

  private mutating func passed(
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

  private func requireGates(_ range: Range<Int>, _ wave: Stage, of id: RolloutID) throws {
    guard !wave.clusters.isEmpty else { return }
    for index in range {
      try require(
        passedGates[id]?.contains("\(wave.name)/\(index)") ?? false, "gates",
        "\(id) goes past gate \(index) of wave \(wave.name)")
    }
  }

  private mutating func forgetGates(after name: String, of id: RolloutID) throws {
    guard let wave = courses[id]?.waves.first(where: { $0.name == name }) else { return }
    let first = wave.before.count
    for index in first..<first + wave.after.count {
      passedGates[id]?.remove("\(name)/\(index)")
    }
  }

  private mutating func skipped(_ event: RolloutSkipped) throws {
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

  private func course(_ id: RolloutID) throws -> Course {
    guard let course = courses[id] else { throw Violation("log", "\(id) was never planned") }
    try require(!Self.ended.contains(course.phase), "I11", "\(id) is \(course.phase)")
    return course
  }

  private mutating func move(_ id: RolloutID, to phase: String, from: Set<String>) throws {
    let course = try course(id)
    try require(from.contains(course.phase), "state", "\(id): \(course.phase) to \(phase)")
    courses[id]?.phase = phase
  }

  private mutating func end(_ id: RolloutID, as phase: String) throws {
    let plan = try course(id).plan
    courses[id]?.phase = phase
    let pin = PinID(app: plan.app, environment: plan.environment)
    try require(open[pin] == id, "I5", "\(id) ends but \(String(describing: open[pin])) is open")
    open[pin] = nil
  }

  private mutating func retried(_ event: RolloutRetried) throws {
    if try course(event.rollout).phase == "halted" { courses[event.rollout]?.phase = "running" }
    for cluster in event.targets {
      let phase = courses[event.rollout]?.target[cluster]?.phase ?? "pending"
      try require(
        Self.failing.contains(phase) || phase == "deferred", "state", "retry of \(phase)")
      courses[event.rollout]?.target[cluster]?.phase = "pending"
    }
  }

  private func inFlight(_ id: RolloutID) -> Int {
    courses[id]?.target.values.count { Self.flying.contains($0.phase) } ?? 0
  }

  // MARK: - Waves

  private mutating func opened(_ event: WaveChanged) throws {
    let course = try course(event.rollout)
    try require(course.phase == "running", "state", "wave opened while \(course.phase)")
    try requireOrder(course, event.wave)
    if let wave = course.waves.first(where: { $0.name == event.wave }) {
      try requireGates(0..<wave.before.count, wave, of: event.rollout)
    }
    courses[event.rollout]?.wavePhase[event.wave] = "open"
  }

  private func requireOrder(_ course: Course, _ wave: String) throws {
    for earlier in course.waves.prefix(while: { $0.name != wave }) {
      try require(
        Self.over.contains(course.wavePhase[earlier.name]), "I3",
        "\(wave) before \(earlier.name) passed")
    }
  }

  /// The wave soaked for its time, begun after the last of its targets became healthy. Clocks are set
  /// back at times, so what came first is told by the log.
  private func requireSoak(_ course: Course, _ wave: Stage, _ now: Instant) throws {
    guard course.wavePhase[wave.name] == "soaking" || course.count(wave, ["healthy"]) > 0 else {
      return
    }
    guard let soak = course.soaks[wave.name] else {
      throw Violation("soak", "\(wave.name) passed without having soaked")
    }
    let isLast = wave.clusters.allSatisfy { cluster in
      course.healthySince[cluster].map { $0 < soak.sequence } ?? true
    }
    try require(isLast, "soak", "\(wave.name) soaked before all of it was healthy")
    guard course.wavePhase[wave.name] == "soaking" else { return }
    try require(soak.at + wave.soak <= now, "soak", "\(wave.name) passed before it had soaked")
  }

  private mutating func passed(_ event: WaveChanged, _ record: RecordedEvent) throws {
    let course = try course(event.rollout)
    guard let wave = course.waves.first(where: { $0.name == event.wave }) else { return }
    try require(course.phase == "running", "state", "wave passed while \(course.phase)")
    try require(!course.pausedWaves.contains(wave.name), "state", "a paused wave passed")
    let waiting = course.count(wave, Self.flying.union(["pending"]))
    try require(waiting == 0, "I2", "\(wave.name) passed with \(waiting) targets open")
    let failed = course.count(wave, Self.failing)
    try require(
      failed <= course.maxFailures(wave), "I4", "\(wave.name) passed with \(failed) failed")
    let deferred = course.count(wave, ["deferred"])
    try require(
      deferred <= wave.maxUnreachable, "I4", "\(wave.name) passed with \(deferred) deferred")
    let silent = wave.clusters.count { course.silent.contains($0) }
    try require(
      silent + deferred <= wave.maxUnreachable, "I2", "\(wave.name) passed with \(silent) silent")
    try requireSoak(course, wave, record.at)
    let first = wave.before.count
    try requireGates(first..<first + wave.after.count, wave, of: event.rollout)
    courses[event.rollout]?.wavePhase[event.wave] = "passed"
  }

  // MARK: - Targets

  private mutating func dispatched(_ event: TargetDispatched, _ record: RecordedEvent) throws {
    let id = event.rollout
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
    confirmed[event.cluster, default: [:]][course.plan.app] = record.at
    courses[id]?.target[event.cluster] = (
      "dispatched", event.attempt, event.digest, record.at
    )
    try requireLimits(for: event.cluster)
  }

  private mutating func evidence(
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

  private mutating func set(_ event: TargetChanged, _ phase: String, from: Set<String>?) throws {
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
  fileprivate func app(of courses: [RolloutID: Witness.Course]) -> String? {
    courses[self]?.plan.app
  }
}
