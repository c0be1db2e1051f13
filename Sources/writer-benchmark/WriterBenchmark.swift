internal import FleetModel
internal import Foundation
internal import Hub
internal import HubStore
internal import Logging
internal import Manifests
internal import RolloutEngine
internal import Synchronization

/// What the writer takes: observations of a rollout over many clusters, from as many reporters as a hub
/// has sessions, every one durable before it is answered; and how long a person's command takes
/// meanwhile.
///
/// `writer-benchmark FOLDER [CLUSTERS]` leaves its database in FOLDER. Prints 'figure value unit' lines
/// for `scripts/bench`.
@main
struct WriterBenchmark {
  struct Usage: Error, CustomStringConvertible {
    let description = "usage: writer-benchmark FOLDER [CLUSTERS]"
  }

  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let folder = arguments.first else { throw Usage() }
    let benchmark = try WriterBenchmark(
      folder: folder, clusters: arguments.dropFirst().first.flatMap { Int($0) } ?? 10_000)
    try await benchmark.run()
  }

  private let names: [String]
  private let database: HubDatabase
  private let writer: Writer
  private static let app = "web"
  private static let commit = CommitSummary(
    commit: String(repeating: "a", count: 40), author: "ann", subject: "Raise replicas",
    committedAt: Instant(milliseconds: 0))

  private init(folder: String, clusters: Int) throws {
    names = (0..<clusters).map { "prod-\($0)" }
    database = try HubDatabase(path: folder + "/hub.sqlite")
    writer = try Writer(
      database: database, clock: WriterBenchmark.now,
      logger: Logger(label: "benchmark", factory: { _ in SwiftLogNoOpLogHandler() }), onCommit: {})
  }

  private static let now: @Sendable () -> Instant = {
    Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
  }

  private func run() async throws {
    let assignments = try await dispatchAll()
    let isOver = Mutex(false)
    async let latencies = commands { isOver.withLock { $0 } }
    let (started, processor) = (ContinuousClock.now, clock())
    try await withThrowingTaskGroup(of: Void.self) { group in
      for assignment in assignments {
        group.addTask {
          for finding in [
            Observation.Finding.applied(objects: 12, pruned: 0),
            .progressing("Deployment web: 1 of 3 replicas are ready"),
            .progressing("Deployment web: 2 of 3 replicas are ready"), .healthy,
          ] {
            _ = try await writer.submit(
              .observation(
                Observation(
                  rollout: assignment.rollout, cluster: assignment.cluster,
                  attempt: assignment.attempt, digest: assignment.digest,
                  observedAt: WriterBenchmark.now(), finding: finding)))
          }
        }
      }
      try await group.waitForAll()
    }
    let elapsed = started.duration(to: .now) / .seconds(1)
    let used = Double(clock() - processor) / Double(CLOCKS_PER_SEC)
    isOver.withLock { $0 = true }
    let count = Double(assignments.count * 4)
    let commands = try await latencies
    print(figure("observations", count / elapsed, "per_second"))
    print(figure("processor per observation", used / count * 1_000_000, "us"))
    for (what, waits) in [
      ("command until decided", commands.map(\.queued)),
      ("command under load", commands.map(\.whole)),
    ] {
      let sorted = waits.sorted()
      func wait(_ percent: Int) -> Double {
        sorted[min(sorted.count - 1, sorted.count * percent / 100)]
      }
      print(figure("\(what), P50", wait(50), "ms"))
      print(figure("\(what), P99", wait(99), "ms"))
    }
    print(figure("commands under load", Double(commands.count), "commands"))
    try database.close()
  }

  private func figure(_ name: String, _ value: Double, _ unit: String) -> String {
    "\(name) \(String(format: "%.1f", value)) \(unit)"
  }

  /// One release on its way to all clusters at once.
  private func dispatchAll() async throws -> [Assignment] {
    let configuration = FleetConfiguration(
      clusters: names.map { name in
        Cluster(
          name: name, labels: ["environment": "prod", "region": "eu-west-1", "tier": "main"],
          server: "https://\(name).example.org:6443")
      },
      apps: [App(name: WriterBenchmark.app, path: "overlays/web")],
      environments: [
        Environment(
          name: "prod", clusters: LabelSelector([.init("environment", .isIn, ["prod"])]),
          strategy: Strategy(waves: [WaveSpec(name: "all")]))
      ])
    _ = try await writer.submit(
      .configuration(commit: WriterBenchmark.commit.commit, configuration))
    var digests: [String: Digest] = [:]
    for name in names { digests[name] = Digest(hashing: name) }
    _ = try await writer.submit(
      .candidate(
        Candidate(
          app: WriterBenchmark.app, commit: WriterBenchmark.commit, rendererVersion: "1",
          digests: digests, commits: [WriterBenchmark.commit])))
    return await writer.takeEffects().compactMap { effect in
      if case .deliver(let assignment) = effect.kind { assignment } else { nil }
    }
  }

  /// How long a command took, in milliseconds.
  private struct Wait: Sendable {
    /// Until its own transaction had begun: what was before it in the queue.
    let queued: Double
    /// Until it was answered.
    let whole: Double
  }

  /// Somebody cordons and uncordons a cluster all the time.
  private func commands(until isOver: @Sendable () -> Bool) async throws -> [Wait] {
    var waits: [Wait] = []
    repeat {
      let verb: Command.Verb =
        waits.count.isMultiple(of: 2)
        ? .cordon(cluster: names[0], until: nil) : .uncordon(cluster: names[0])
      let started = ContinuousClock.now
      let sent = WriterBenchmark.now()
      let events = try await writer.submit(
        .command(Command(verb, actor: "ann", reason: "measure how long a command takes")))
      let queued = events.first.map { $0.at - sent } ?? .zero
      waits.append(
        Wait(
          queued: Double(queued.milliseconds), whole: started.duration(to: .now) / .milliseconds(1))
      )
      try await Task.sleep(for: .milliseconds(5))
    } while !isOver()
    return waits
  }
}
