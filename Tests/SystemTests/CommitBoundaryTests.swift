import Foundation
import HubStore
import RolloutEngine
import Testing

/// `kill -9` at the boundaries between the transactions of a rollout to many clusters, over HTTPS and
/// with the real store. The hub dies right after a transaction is durable and before anything of it has
/// left, comes back, dies after the next one, and so on; the end is that of a rollout that nobody
/// disturbed, and the log, whole and chained, replays to it.
///
/// `FLOTILLA_BOUNDARIES=all` dies after every single transaction of 200 clusters' rollout, which takes
/// a long time. Otherwise it is a slice: 24 clusters, a few deaths, with longer and longer lives between them.
@Suite(.serialized) struct CommitBoundaryTests {
  private static let isWhole =
    ProcessInfo.processInfo.environment["FLOTILLA_BOUNDARIES"] == "all"

  @Test(.timeLimit(.minutes(isWhole ? 240 : 14)))
  func aHubThatDiesAtCommitBoundariesEndsAsIfUndisturbed() async throws {
    let count = Self.isWhole ? 200 : 24
    let sandbox = try Sandbox()
    defer { sandbox.close() }
    try Self.writeFleet(sandbox, clusters: count)
    try await sandbox.startClusters(readyDelay: "50ms")

    // The first installation is the rollout that nobody disturbs.
    try await sandbox.startHub()
    let undisturbed = try sandbox.commit("undisturbed")
    try await Self.wait(sandbox, for: undisturbed)
    try await sandbox.stopHub()

    try Self.change(sandbox, 1)
    let commit = try sandbox.commit("disturbed")
    let started = ContinuousClock.now
    var deaths = 0
    var survivor: ChildProcess?
    while survivor == nil, Self.isWhole || deaths < 6 {
      let life = Self.isWhole ? 1 : deaths / 2 + 1
      let process = try sandbox.launchHub(
        environment: ["FLOTILLA_TEST_KILL_AFTER_COMMITS": "\(life)"])
      if try await Self.dies(process, or: { try Self.isDone(sandbox, commit) }) {
        deaths += 1
      } else {
        survivor = process
      }
    }
    print(
      "commit boundaries: \(count) clusters, \(deaths) deaths in "
        + "\(started.duration(to: .now) / .seconds(1)) seconds")
    #expect(deaths > (Self.isWhole ? count / 10 : 2))
    if survivor == nil { try await sandbox.startHub() }
    try await Self.wait(sandbox, for: commit)
    try await sandbox.stopHub()

    let path = sandbox.folder + "/hub.sqlite"
    #expect(try RecordedLog.read(path: path) { try $0.verify().fault } == nil)
    let final = try FinalState(databasePath: path)
    #expect(final.isGapFree)
    #expect(final.rows == final.foldedRows)
    let expected = final.outcome(of: undisturbed)
    #expect(expected.count >= count)
    #expect(final.outcome(of: commit) == expected)
    for (name, digest) in try RenderedFleet(folder: sandbox.repository).targets {
      let cluster = String(name.split(separator: " ")[1])
      #expect(final.state.clusters[cluster]?.deployed["shop"]?.digest == digest, "\(name)")
    }
  }

  // MARK: - The fleet

  /// One app, one environment, three waves.
  private static func writeFleet(_ sandbox: Sandbox, clusters: Int) throws {
    for part in ["fleet", "overlays"] {
      try FileManager.default.removeItem(atPath: sandbox.repository + "/" + part)
    }
    func document(_ kind: String, _ name: String, _ rest: String) -> String {
      "apiVersion: flotilla.dev/v1\nkind: \(kind)\nmetadata:\n  name: \(name)\n\(rest)"
    }
    try sandbox.write(document("Fleet", "many", "spec: {}\n"), to: "fleet/fleet.yaml")
    try sandbox.write(
      (1...clusters).map { number in
        document(
          "Cluster", "prod-\(number)",
          """
            labels: {env: prod}
          spec:
            credentials:
              kubeconfig: {file: clusters.kubeconfig, context: prod-\(number)}

          """)
      }.joined(separator: "---\n"), to: "fleet/clusters/all.yaml")
    try sandbox.write(
      document("App", "shop", "spec: {path: overlays/shop}\n"), to: "fleet/apps/shop.yaml")
    try sandbox.write(
      document(
        "Environment", "prod",
        """
        spec:
          clusters: env=prod
          strategy:
            waves:
              - {name: canary, size: 2, soak: 200ms, progressDeadline: 2h}
              - {name: half, size: 50%, maxConcurrent: 25%, progressDeadline: 2h}
              - {name: rest, maxConcurrent: 50%, progressDeadline: 2h}

        """), to: "fleet/environments/prod.yaml")
    try sandbox.write(
      "namespace: default\nresources: [settings.yaml]\n",
      to: "overlays/shop/base/kustomization.yaml")
    try change(sandbox, 0)
  }

  private static func change(_ sandbox: Sandbox, _ number: Int) throws {
    try sandbox.write(
      """
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: settings
      data:
        number: "\(number)"

      """, to: "overlays/shop/base/settings.yaml")
  }

  // MARK: - Waiting

  private static func isDone(_ sandbox: Sandbox, _ commit: String) throws -> Bool {
    let release = "shop@" + commit.prefix(12)
    let pins = try sandbox.get("environments").flatMap { $0["pins"] as? [[String: Any]] ?? [] }
    return pins.contains { $0["stable"] as? String == release && $0["rollout"] == nil }
  }

  private static func wait(_ sandbox: Sandbox, for commit: String) async throws {
    try await sandbox.wait(for: "shop@\(commit.prefix(12)) everywhere", within: .seconds(240)) {
      try isDone(sandbox, commit)
    }
  }

  /// Whether the process ends by itself before the condition holds. It is asked rarely: asking costs
  /// more than most lives last.
  private static func dies(
    _ process: ChildProcess, or condition: () throws -> Bool
  ) async throws -> Bool {
    var rounds = 0
    let deadline = ContinuousClock.now + .seconds(300)
    while process.isRunning {
      guard ContinuousClock.now < deadline else {
        throw SandboxError("the hub neither dies nor ends its rollout:\n\(process.output)")
      }
      try await Task.sleep(for: .milliseconds(20))
      rounds += 1
      // A hub that does not answer is about to be ready, or has just died.
      if rounds.isMultiple(of: 250), (try? condition()) == true { return false }
    }
    return true
  }
}
