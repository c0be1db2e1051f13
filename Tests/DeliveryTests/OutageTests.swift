import Delivery
import Foundation
import KubernetesAPI
import Manifests
import Synchronization
import Testing

/// API servers that die in mid-apply and an etcd that stops or dies: all servers at once, while each
/// is applied to and watched. Afterwards everything goes on without a person, and nothing is lost.
///
/// `FLOTILLA_OUTAGE_SECONDS` says how long etcd stops.
@Suite(.serialized, .enabled(if: RealClusters.assets != nil, RealClusters.why))
struct OutageTests {
  @Test func serversThatDieInMidApplyAndAreThereAgain() async throws {
    try await survive { clusters in
      try clusters.signal("kube-apiserver", SIGKILL)
      try await Task.sleep(for: .seconds(1))
      try await clusters.startAgain()
    }
  }

  @Test func anEtcdThatStopsForAWhile() async throws {
    let given = ProcessInfo.processInfo.environment["FLOTILLA_OUTAGE_SECONDS"]
    let seconds = given.flatMap(Int.init) ?? 5
    try await survive { clusters in
      try clusters.signal("etcd", SIGSTOP)
      try await Task.sleep(for: .seconds(seconds))
      try clusters.signal("etcd", SIGCONT)
    }
  }

  @Test func anEtcdThatDiesAndIsThereAgain() async throws {
    try await survive { clusters in
      try clusters.signal("etcd", SIGKILL)
      try await Task.sleep(for: .seconds(1))
      try await clusters.startAgain()
    }
  }

  private func survive(
    _ outage: @escaping @Sendable (RealClusters) async throws -> Void
  ) async throws {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["FLOTILLA_SEED"].flatMap(UInt64.init) ?? .random(in: 1...1_000_000)
    let clusters = try await RealClusters.toBreak()
    var victims: [Victim] = []
    for index in clusters.servers.indices {
      victims.append(try await Victim(try clusters.cluster(index, timeout: .seconds(5))))
    }
    var random = SeededRandom(state: seed)
    let delay = Duration.milliseconds(random.below(400))
    let began = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for victim in victims { group.addTask { try await victim.applyUntilItSucceeds() } }
      group.addTask {
        try await Task.sleep(for: delay)
        try await outage(clusters)
      }
      try await group.waitForAll()
    }
    for victim in victims { try await victim.expectNothingLost() }
    let errors = victims.map(\.errorCount).reduce(0, +)
    print(
      "outage of \(victims.count) servers after \(delay), FLOTILLA_SEED=\(seed):"
        + " \(errors) errors, all whole after \(ContinuousClock.now - began)")
  }
}

/// One app on one server, applied to and watched during an outage.
private final class Victim: Sendable {
  private static let policy = ObservationPolicy(
    probeInterval: .milliseconds(300), pollInterval: .milliseconds(300))

  private let cluster: TestCluster
  private let test: TestApp
  private let before: TargetState
  private let after: TargetState
  private let uids: [String: String]
  private let errors = Mutex<[String]>([])

  var errorCount: Int { errors.withLock(\.count) }

  init(_ cluster: TestCluster) async throws {
    self.cluster = cluster
    let test = TestApp("outage")
    self.test = test
    func target(_ value: String, _ count: Int) throws -> TargetState {
      let maps = (0..<count).map { TestApp.configMap("c\($0)", value: value) }
      return try test.target((maps + [TestApp.deployment("web")]).joined(separator: "\n---\n"))
    }
    before = try target("1", 20)
    after = try target("2", 60)
    _ = try await cluster.delivery.apply(before, app: test.app, mark: .test())
    _ = try await cluster.kubectl("-n", test.namespace, "create", "configmap", "by-hand")
    uids = try await cluster.uids(in: test.namespace)
    try await healthy(before)
  }

  /// As the hub does it. Watched beside it: nobody may say that something is missing or failed.
  func applyUntilItSucceeds() async throws {
    let watching = Task { [self] in
      for await report in cluster.delivery.reports(
        before, app: test.app, mark: .test(), policy: Self.policy)
      {
        if report.overall == .degraded { Issue.record("an outage was told as: \(report.line)") }
      }
    }
    defer { watching.cancel() }
    let deadline = ContinuousClock.now + .seconds(240)
    var attempt = 10
    // More than one apply, so that the outage falls into one of them on every server.
    let end = ContinuousClock.now + .milliseconds(600)
    while true {
      attempt += 1
      do {
        _ = try await cluster.delivery.apply(
          after, app: test.app, mark: .test(attempt: attempt))
        if ContinuousClock.now > end { return }
      } catch let error as DeliveryError {
        #expect(error.isTransient, "not transient: \(error)")
        #expect(!error.description.contains("\n"))
        errors.withLock { $0.append(error.description) }
        guard ContinuousClock.now < deadline else { throw error }
        try await Task.sleep(for: .milliseconds(100))
      }
    }
  }

  func expectNothingLost() async throws {
    try await healthy(after)
    let now = try await cluster.uids(in: test.namespace)
    var expected = Set((0..<60).map { "c\($0)" })
    expected.insert("by-hand")
    #expect(Set(now.keys) == expected)
    for (name, uid) in uids { #expect(now[name] == uid, "\(name) was deleted and made again") }
    let inventory = try #require(try await cluster.delivery.readInventory(test.app))
    #expect(inventory.digest == after.digest)
    #expect(inventory.phase == .applied)
    let log = try AuditLog(of: cluster.server, namespace: test.namespace)
    log.expectNothing(but: test.contents(before, after))
  }

  private func healthy(_ target: TargetState) async throws {
    let reports = cluster.delivery.reports(
      target, app: test.app, mark: .test(), policy: Self.policy)
    _ = try await reports.report("\(cluster.server.name) is healthy") { $0.overall == .healthy }
  }
}
