import FleetModel
import Manifests
import RolloutEngine
import Testing

/// A small fleet and a clock in the hands of a test: each call plays one move and keeps what the
/// engine made of it.
struct Play {
  var engine = Engine()
  var now = Instant(milliseconds: 1_700_000_000_000)
  /// Everything since the beginning.
  var log: [RecordedEvent] = []
  /// Types of the events of the last move.
  var moves: [String] = []

  var state: State { engine.state }

  /// `clusters` by environment; environments come one after the other in the order given.
  init(
    _ clusters: KeyValuePairs<String, [String]>, strategy: Strategy = .allAtOnce,
    promotion: Promotion = Promotion(), onNewRelease: NewReleasePolicy = .coalesce
  ) throws {
    let environments = clusters.map(\.key)
    try give(
      .configuration(
        commit: "f0",
        FleetConfiguration(
          clusters: clusters.flatMap { pair in pair.value.map { Play.cluster($0, pair.key) } },
          apps: [App(name: "web", path: "overlays/web")],
          environments: environments.enumerated().map { index, name in
            Play.environment(
              name, after: index == 0 ? [] : [environments[index - 1]], strategy, promotion,
              onNewRelease)
          })))
  }

  static func cluster(_ name: String, _ environment: String) -> Cluster {
    Cluster(name: name, labels: ["environment": environment, "name": name])
  }

  static func environment(
    _ name: String, after: [String], _ strategy: Strategy, _ promotion: Promotion,
    _ onNewRelease: NewReleasePolicy
  ) -> Environment {
    Environment(
      name: name,
      clusters: LabelSelector([LabelSelector.Requirement("environment", .isIn, [name])]),
      after: after, promotion: promotion, onNewRelease: onNewRelease, strategy: strategy)
  }

  mutating func give(_ input: Input) throws {
    let records = try engine.handle(input, at: now)
    log += records
    moves = records.map(\.event.type)
  }

  /// The configuration in force, changed by `change`.
  mutating func reconfigure(_ change: (inout FleetConfiguration) -> Void) throws {
    let old = try #require(state.configuration)
    var new = FleetConfiguration(
      fleet: old.fleet, clusters: state.clusters.values.map(\.record), apps: old.apps,
      environments: old.environments, windows: old.windows, access: old.access ?? [])
    change(&new)
    try give(.configuration(commit: "f\(log.count)", new))
  }

  static func commit(_ number: Int) -> String {
    String(Digest(hashing: "\(number)").hex.prefix(40))
  }
  static func release(_ number: Int) -> ReleaseID { ReleaseID(app: "web", commit: commit(number)) }
  static func digest(_ number: Int, _ cluster: String) -> Digest {
    Digest(hashing: "\(number) \(cluster)")
  }

  /// A commit that changes the target state of `changed` (default: every cluster).
  mutating func commit(_ number: Int, changing changed: [String]? = nil) throws {
    let summary = CommitSummary(
      commit: Play.commit(number), author: "anna", subject: "change \(number)", committedAt: now)
    var digests: [String: Digest] = [:]
    let latest = state.releases(of: "web").last
    for name in state.clusters.keys {
      let old = latest.flatMap { state.digest(of: $0, on: name) }
      let isChanged = changed?.contains(name) ?? true
      digests[name] = isChanged ? Play.digest(number, name) : old ?? Play.digest(number, name)
    }
    try give(
      .candidate(
        Candidate(
          app: "web", commit: summary, rendererVersion: "1", digests: digests,
          commits: [summary])))
  }

  /// What delivery says of the present attempt at a cluster, in the open rollout that has it.
  mutating func say(_ finding: Observation.Finding, _ clusters: String...) throws {
    for cluster in clusters {
      let id = try #require(
        state.openRollouts.first { state.rollouts[$0]?.positions[cluster] != nil })
      let target = try #require(state.rollouts[id]?.target(cluster))
      try give(
        .observation(
          Observation(
            rollout: id, cluster: cluster, attempt: target.attempt, digest: target.digest,
            observedAt: now, finding: finding)))
    }
  }

  mutating func healthy(_ clusters: String...) throws {
    for cluster in clusters {
      try say(.applied(objects: 1, pruned: 0), cluster)
      try say(.healthy, cluster)
    }
  }

  mutating func wait(_ span: TimeSpan) throws {
    now = now + span
    try give(.tick)
  }

  mutating func press(_ verb: Command.Verb, reason: String? = nil) throws {
    try give(.command(Command(verb, actor: "anna", reason: reason)))
  }

  /// The refusal that a command meets.
  mutating func refusal(_ verb: Command.Verb) throws -> Refusal {
    do {
      try press(verb)
    } catch let refusal as Refusal {
      return refusal
    }
    throw Accepted(verb: verb)
  }

  struct Accepted: Error { let verb: Command.Verb }

  func rollout(_ id: RolloutID) throws -> Rollout { try #require(state.rollouts[id]) }

  func phase(_ id: RolloutID, _ cluster: String) throws -> TargetPhase {
    let rollout = try rollout(id)
    return rollout.phase(ofTargetAt: try #require(rollout.positions[cluster]))
  }

  /// Clusters whose target was handed to delivery in the last move.
  var dispatched: [String] {
    log.suffix(moves.count).compactMap {
      if case .targetDispatched(let event) = $0.event { event.cluster } else { nil }
    }
  }
}

extension Strategy {
  static func waves(_ waves: WaveSpec...) -> Strategy { Strategy(waves: waves) }
}

extension WaveSpec {
  static func named(
    _ name: String, _ clusters: [String]? = nil, maxConcurrent: Int? = nil, maxFailures: Int = 0,
    maxUnreachable: Int = 0, soak: TimeSpan = .zero
  ) -> WaveSpec {
    WaveSpec(
      name: name,
      membership: clusters.map {
        .selector(LabelSelector([LabelSelector.Requirement("name", .isIn, $0)]))
      } ?? .rest,
      maxConcurrent: maxConcurrent.map { .count($0) }, maxFailures: .count(maxFailures),
      maxUnreachable: .count(maxUnreachable), soak: soak)
  }
}
