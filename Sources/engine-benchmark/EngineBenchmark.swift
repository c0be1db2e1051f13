internal import FleetModel
internal import Foundation
internal import Manifests
internal import RolloutEngine

/// What decisions cost, in memory, on one core.
///
/// `engine-benchmark CLUSTERS` brings one release to CLUSTERS clusters in two waves, 500 at once. Every
/// 50th of them never answers and times out; the others send two observations each. Prints 'figure
/// value unit' lines. Times are of the processor.
@main
enum EngineBenchmark {
  struct Failure: Error, CustomStringConvertible { let description: String }

  static func main() throws {
    guard CommandLine.arguments.count == 2, let count = Int(CommandLine.arguments[1]), count >= 100
    else { throw Failure(description: "usage: engine-benchmark CLUSTERS, at least 100") }
    let empty = residentMegabytes()
    var run = try Run(clusters: count)
    print("plan \(run.planned) ms")
    print("memory, planned \(residentMegabytes() - empty) MB")
    try run.toTheEnd()
    print("memory, done \(residentMegabytes() - empty) MB")
    let times = run.times
    guard times.count >= 10 else { throw Failure(description: "too few observations to measure") }
    print("observations \(times.count) observations")
    print("observation, median \(microseconds(median(times[...]))) us")
    print(
      "observation, median of the first tenth \(microseconds(median(times.prefix(times.count / 10)))) us"
    )
    print(
      "observation, median of the last tenth \(microseconds(median(times.suffix(times.count / 10)))) us"
    )
    print("observation, 99th percentile \(microseconds(times.sorted()[times.count * 99 / 100])) us")
    print("observation, slowest \(microseconds(times.max() ?? 0)) us")
    print(
      "timeout, on average \(microseconds(run.timeouts.taken / UInt64(max(1, run.timeouts.count)))) us"
    )
    print("rollout \(String(format: "%.2f", run.elapsed)) s")
  }

  private static func median(_ times: ArraySlice<UInt64>) -> UInt64 {
    times.sorted()[times.count / 2]
  }

  private static func microseconds(_ nanoseconds: UInt64) -> String {
    String(format: "%.2f", Double(nanoseconds) / 1000)
  }

  /// Resident memory of this process.
  private static func residentMegabytes() -> Int {
    // Where there is no /proc, the figure is 0.
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first)
      .flatMap { Int($0) }.map { $0 / 1024 } ?? 0
  }
}

/// One rollout, from the first configuration to its end.
private struct Run {
  var engine = Engine()
  var now = Instant(milliseconds: 1_700_000_000_000)
  /// Nanoseconds of each observation, in their order.
  var times: [UInt64] = []
  /// Targets that timed out, and the nanoseconds of the ticks in which they did.
  private(set) var timeouts: (count: Int, taken: UInt64) = (0, 0)
  /// Of the whole, in seconds of the processor.
  private(set) var elapsed = 0.0
  private(set) var planned = ""
  /// Handed to delivery, in order; those before `delivered` have been answered.
  private var pending: [Assignment] = []
  private var delivered = 0
  private let rollout = RolloutID("app-prod-1")

  init(clusters count: Int) throws {
    let clusters = (0..<count).map {
      Cluster(
        name: "cluster-\($0)", labels: ["environment": "prod", "region": "region-\($0 % 20)"],
        failureDomain: "zone-\($0 % 7)")
    }
    let selector = LabelSelector([LabelSelector.Requirement("environment", .isIn, ["prod"])])
    let strategy = Strategy(waves: [
      WaveSpec(
        name: "canary", membership: .size(.percent(10)), maxConcurrent: .count(500),
        maxFailures: .percent(20)),
      WaveSpec(
        name: "rest", membership: .rest, maxConcurrent: .count(500), maxFailures: .percent(20)),
    ])
    try give(
      .configuration(
        commit: "c0",
        FleetConfiguration(
          clusters: clusters, apps: [App(name: "app", path: "overlays/app")],
          environments: [
            Environment(name: "prod", clusters: selector, strategy: strategy)
          ])))
    let commit = CommitSummary(
      commit: String(repeating: "c", count: 40), author: "anna", subject: "one", committedAt: now)
    var digests: [String: Digest] = [:]
    for cluster in clusters { digests[cluster.name] = Digest(hashing: cluster.name) }
    let candidate = Candidate(
      app: "app", commit: commit, rendererVersion: "1", digests: digests, commits: [commit])
    try give(.candidate(candidate))
    let release = ReleaseID(app: "app", commit: commit.commit)
    let start = processorNanoseconds()
    let plan = engine.state.plan(PinID(app: "app", environment: "prod"), release)
    guard let plan, plan.targetCount == count else {
      throw EngineBenchmark.Failure(description: "the plan does not hold every cluster")
    }
    planned = String(format: "%.1f", Double(processorNanoseconds() - start) / 1e6)
  }

  /// Hands an input over and answers how many nanoseconds the decision took.
  @discardableResult
  private mutating func give(_ input: Input) throws -> UInt64 {
    let start = processorNanoseconds()
    let records = try engine.handle(input, at: now)
    let taken = processorNanoseconds() - start
    for record in records {
      for effect in engine.state.effects(of: record) {
        if case .deliver(let assignment) = effect.kind { pending.append(assignment) }
      }
      if case .targetTimedOut = record.event { timeouts.count += 1 }
    }
    return taken
  }

  mutating func toTheEnd() throws {
    let start = processorNanoseconds()
    while true {
      while delivered < pending.count {
        let assignment = pending[delivered]
        delivered += 1
        if assignment.cluster.hasSuffix("49") || assignment.cluster.hasSuffix("99") { continue }
        for finding in [Observation.Finding.applied(objects: 20, pruned: 0), .healthy] {
          now = Instant(milliseconds: now.milliseconds + 1)
          times.append(
            try give(
              .observation(
                Observation(
                  rollout: assignment.rollout, cluster: assignment.cluster,
                  attempt: assignment.attempt, digest: assignment.digest, observedAt: now,
                  finding: finding))))
        }
      }
      guard let next = engine.state.nextTimer else { break }
      now = max(now, next)
      let before = timeouts.count
      let taken = try give(.tick)
      if timeouts.count > before { timeouts.taken += taken }
    }
    elapsed = Double(processorNanoseconds() - start) / 1e9
    guard engine.state.rollouts[rollout]?.phase == .succeededWithDebt else {
      throw EngineBenchmark.Failure(description: "the rollout did not succeed")
    }
  }

}

private func processorNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
