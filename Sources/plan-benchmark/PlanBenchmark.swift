internal import FleetModel
internal import Forecast
internal import Foundation
internal import Manifests
internal import RolloutEngine

/// What planning costs, without rendering: `plan-benchmark CLUSTERS CLASSES`.
///
/// One app on so many clusters in ten failure domains, a strategy of four waves, each cluster in one
/// of so many classes of change. Prints 'figure value unit' lines, in time of the processor.
@main
enum PlanBenchmark {
  struct Failure: Error, CustomStringConvertible { let description: String }

  static func main() throws {
    guard CommandLine.arguments.count == 3, let clusters = Int(CommandLine.arguments[1]),
      let classes = Int(CommandLine.arguments[2]), clusters > 0, classes > 0
    else { throw Failure(description: "usage: plan-benchmark CLUSTERS CLASSES") }
    var engine = Engine()
    let now = Instant(milliseconds: 1_777_626_000_000)
    try configure(&engine, clusters, at: now)
    for number in 1...2 { try release(number, &engine, at: now) }
    let state = engine.state
    let pin = PinID(app: "web", environment: "prod")
    let wanted = ReleaseID(app: "web", commit: commit(2))
    guard let plan = state.plan(pin, wanted), plan.targetCount == clusters else {
      throw Failure(description: "the plan does not change \(clusters) clusters")
    }
    let members = (0..<classes).map { index in
      plan.waves.flatMap(\.targets).enumerated().filter { $0.offset % classes == index }
        .map(\.element.cluster)
    }
    var candidates: [CanaryChoice.Candidate] = []
    for (index, names) in members.enumerated() {
      candidates += names.map { .init(cluster: $0, changes: [index], isReady: true) }
    }
    print("clusters \(clusters) clusters")
    print("plan \(milliseconds { _ = state.plan(pin, wanted) }) ms")
    print("digest of the plan \(milliseconds { _ = plan.digest }) ms")
    let environment = state.configuration?.environment("prod")
    print(
      "lints and coverage "
        + milliseconds {
          _ = plan.lints(environment: environment, isLast: true)
          _ = Coverage(of: members, in: plan)
        } + " ms")
    print("choice of canaries \(milliseconds { _ = CanaryChoice(among: candidates) }) ms")
    print("decision that copies a state that is read \(try whileHeld(engine, at: now)) ms")
    guard
      let start = SimulationStart(promoting: wanted, to: pin, in: state, at: now)
    else { throw Failure(description: "nothing to simulate") }
    let simulation = RolloutSimulation(
      start,
      model: AttemptModel(
        durations: .given(p50: .seconds(20), p95: .seconds(90)), ends: .init(failed: 0.001)),
      seed: 1)
    var number = 0
    print(
      "one simulated rollout "
        + milliseconds {
          number += 1
          _ = simulation.run(number)
        } + " ms")
  }

  /// What one observation costs while somebody holds the state that it changes.
  private static func whileHeld(_ engine: Engine, at now: Instant) throws -> String {
    let targets = engine.state.rollouts.values.flatMap { rollout in
      rollout.targets.filter(\.phase.isInFlight).map { (rollout.id, $0) }
    }
    guard let (id, target) = targets.first else {
      throw Failure(description: "nothing is in flight")
    }
    return milliseconds {
      // The copy that is decided on shares everything with `engine`, as the state of a reader does. An
      // observation is never refused.
      var copy = engine
      _ = try? copy.handle(
        .observation(
          Observation(
            rollout: id, cluster: target.cluster, attempt: target.attempt, digest: target.digest,
            observedAt: now, finding: .healthy)), at: now)
    }
  }

  private static func configure(_ engine: inout Engine, _ count: Int, at now: Instant) throws {
    let clusters = (0..<count).map { index in
      Cluster(
        name: "prod-\(index)",
        labels: ["environment": "prod", "tier": index % 100 == 0 ? "canary" : "main"],
        failureDomain: "region-\(index % 10)")
    }
    let strategy = Strategy(waves: [
      WaveSpec(
        name: "canary", membership: .selector(try LabelSelector(parsing: "tier=canary")),
        soak: .minutes(30)),
      WaveSpec(
        name: "some", membership: .size(.percent(10)), maxConcurrent: .count(50),
        maxFailures: .percent(2), soak: .minutes(10)),
      WaveSpec(
        name: "half", membership: .size(.percent(50)), maxConcurrent: .count(200),
        maxFailures: .percent(2)),
      WaveSpec(name: "rest", maxConcurrent: .count(500), maxFailures: .percent(2)),
    ])
    let environment = Environment(
      name: "prod", clusters: try LabelSelector(parsing: "environment=prod"), strategy: strategy)
    _ = try engine.handle(
      .configuration(
        commit: commit(0),
        FleetConfiguration(
          clusters: clusters, apps: [App(name: "web", path: "overlays/web")],
          environments: [environment])), at: now)
  }

  private static func commit(_ number: Int) -> String {
    String(Digest(hashing: "commit \(number)").hex.prefix(40))
  }

  private static func release(_ number: Int, _ engine: inout Engine, at now: Instant) throws {
    let summary = CommitSummary(
      commit: commit(number), author: "anna", subject: "change \(number)", committedAt: now)
    var digests: [String: Digest] = [:]
    for name in engine.state.clusters.keys { digests[name] = Digest(hashing: "\(name) \(number)") }
    _ = try engine.handle(
      .candidate(
        Candidate(
          app: "web", commit: summary, rendererVersion: "1", digests: digests,
          commits: [summary])), at: now)
  }

  /// The median of several calls, in milliseconds of processor time.
  private static func milliseconds(_ body: () -> Void) -> String {
    body()
    let times = (0..<7).map { _ in
      let start = clock()
      body()
      return Double(clock() - start) / Double(CLOCKS_PER_SEC) * 1000
    }.sorted()
    return String(format: "%.1f", times[times.count / 2])
  }
}
