import Delivery
import FleetModel
import Foundation
import KubernetesAPI
import Manifests
import Synchronization
import Testing

/// Every operation of delivery over a line that breaks in every way, to real API servers. Whatever
/// happens: nothing is lost, applied with another content than rendered or deleted without need, the
/// inventory covers what is there, errors say what is wrong, and it goes on when the line is whole.
@Suite(.enabled(if: RealClusters.assets != nil, RealClusters.why))
struct FaultMatrixTests {
  @Test(.timeLimit(.minutes(10)), arguments: FaultCell.chosen)
  func noFaultLosesHarmsOrStopsAnything(cell: FaultCell) async throws {
    let clock = ContinuousClock()
    let scene = try await FaultScene(cell)
    let began = clock.now
    try await scene.play()
    try await scene.expectNothingLostOrHarmed()
    let took = clock.now - began
    print("cell \(cell.testDescription): \(scene.errorCount) errors, \(took)")
  }
}

/// One app on one server, of which a steady line knows what is true and another line breaks.
private final class FaultScene: Sendable {
  private let cell: FaultCell
  private let random: Mutex<SeededRandom>
  private let steady: TestCluster
  private let broken: TestCluster
  private let proxy: FaultProxy
  private let test: TestApp
  /// What is there at first, and what the app wants then.
  private let before: TargetState
  private let after: TargetState
  private let uids: [String: String]
  private let lines = Mutex<[String]>([])
  private let attempts = Mutex(10)
  /// What the watches told last.
  private let health = Mutex<HealthReport?>(nil)
  private let drift = Mutex<[String]?>(nil)

  var errorCount: Int { lines.withLock(\.count) }

  init(_ cell: FaultCell) async throws {
    self.cell = cell
    let clusters = try await RealClusters.running()
    var seeded = SeededRandom(state: cell.seed)
    let index = seeded.below(clusters.servers.count)
    random = Mutex(seeded)
    steady = try clusters.cluster(index)
    let server = clusters.servers[index]
    proxy = try await FaultProxy.start(
      to: server, other: clusters.servers[(index + 1) % clusters.servers.count])
    broken = try clusters.cluster(
      index, timeout: .seconds(2), address: proxy.url,
      retry: RetryPolicy(attempts: 3, base: .milliseconds(20), cap: .milliseconds(200)))
    let test = TestApp("fault")
    self.test = test
    func maps(_ letter: String, _ value: String) -> [String] {
      // Large enough that a cut falls into the middle of something.
      (0..<3).map {
        TestApp.configMap("\(letter)\($0)", value: value + String(repeating: " ", count: 1500))
      }
    }
    func target(_ parts: [String]...) throws -> TargetState {
      try test.target(parts.flatMap { $0 }.joined(separator: "\n---\n"))
    }
    before = try target(maps("kept", "1"), maps("changed", "1"), maps("leaving", "1"))
    after = try target(maps("kept", "1"), maps("changed", "2"), maps("new", "1"))
    _ = try await steady.delivery.apply(before, app: test.app, mark: .test())
    _ = try await steady.kubectl("-n", test.namespace, "create", "configmap", "by-hand")
    uids = try await steady.uids(in: test.namespace)
    // Also a connection that is open when the fault comes.
    _ = try await broken.client.version()
  }

  private func below(_ limit: Int) -> Int { random.withLock { $0.below(limit) } }

  // MARK: - Play

  func play() async throws {
    switch cell.operation {
    case .readInventory:
      let inventory = try await duringTheFault { [broken, test] in
        try await broken.delivery.readInventory(test.app)
      }
      #expect(inventory?.digest == before.digest)
      #expect(inventory?.phase == .applied)
    case .list:
      broken.client.forgetDiscovery()
      let names = try await duringTheFault { [broken, test] in
        let kind = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")
        let list = try await broken.client.list(
          try await broken.client.resource(for: kind), namespace: test.namespace)
        return list.items.compactMap { $0.value(at: "metadata", "name")?.string }
      }
      #expect(Set(names) == Set(uids.keys))
    case .apply:
      try await duringTheFault { [self] in
        _ = try await broken.delivery.apply(after, app: test.app, mark: mark(), prune: .keep)
      }
    case .prune:
      let applied = try await steady.delivery.apply(
        after, app: test.app, mark: mark(), prune: .keep)
      #expect(applied.kept.count == 3)
      try await duringTheFault { [self] in
        _ = try await broken.delivery.prune(
          Set(applied.kept), beside: after, app: test.app, mark: mark())
      }
    case .observe: try await observe()
    case .watchDrift: try await watchDrift()
    }
  }

  private func mark() -> DeliveryMark {
    .test(
      attempt: attempts.withLock {
        $0 += 1
        return $0
      })
  }

  /// Begins a fault, and ends it after a while.
  private func fault() async throws -> Task<Void, any Error> {
    try await proxy.set(cell.fault, after: below(8000), milliseconds: 5 + below(100))
    let duration = Duration.milliseconds(500 + below(1500))
    return Task { [proxy] in
      try await Task.sleep(for: duration)
      try await proxy.set(nil)
    }
  }

  /// Does `body` while the line breaks and afterwards, as often as it takes.
  private func duringTheFault<Answer: Sendable>(
    _ body: @Sendable () async throws -> Answer
  ) async throws -> Answer {
    let repair = try await fault()
    let deadline = ContinuousClock.now + .seconds(120)
    while true {
      do {
        let answer = try await body()
        try await repair.value
        if cell.fault.isTotal { #expect(errorCount > 0, "nothing was broken") }
        return answer
      } catch {
        try note(error)
        guard ContinuousClock.now < deadline else { throw error }
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }

  /// An error of a broken line: one that passes, and that says where and what.
  private func note(_ error: any Error) throws {
    let line = "\(error)"
    let passes =
      (error as? DeliveryError)?.isTransient ?? (error as? KubernetesError)?.isTransient ?? false
    #expect(passes, "not transient: \(line)")
    #expect(!line.contains("\n") && line.contains(steady.server.name))
    lines.withLock { $0.append(line) }
    if cell.fault == .wrongCertificate { try expectCertificate(in: line) }
  }

  private func expectCertificate(in line: String) throws {
    #expect(line.contains("certificate") || line.contains("ended"), "\(line)")
  }

  // MARK: - Watches

  private func observe() async throws {
    let policy = ObservationPolicy(
      probeInterval: .milliseconds(300), pollInterval: .milliseconds(300))
    let watching = Task { [self] in
      for await report in broken.delivery.reports(
        before, app: test.app, mark: .test(), policy: policy)
      {
        if case .unreachable(let line) = report.overall {
          #expect(!line.isEmpty && !line.contains("\n"))
          lines.withLock { $0.append(line) }
        }
        health.withLock { $0 = report }
      }
    }
    defer { watching.cancel() }
    func wait(_ what: String, _ condition: (HealthReport) -> Bool) async throws {
      try await until(what) { health.withLock { $0.map(condition) ?? false } }
    }
    try await wait("healthy at first") { $0.overall == .healthy }
    let repair = try await fault()
    _ = try await steady.kubectl("-n", test.namespace, "delete", "configmap", "kept0")
    try await repair.value
    try await wait("the loss") { report in
      report.overall == .degraded && report.findings.map(\.identity.name) == ["kept0"]
    }
    _ = try await steady.delivery.apply(before, app: test.app, mark: .test())
    try await wait("healthy again") { $0.overall == .healthy }
  }

  private func watchDrift() async throws {
    let watching = Task { [self] in
      while !Task.isCancelled {
        do {
          let watch = try await StandingWatch(
            broken.delivery, app: test.app, digest: before.digest,
            policy: ObservationPolicy(
              probeInterval: .milliseconds(300), pollInterval: .milliseconds(300)))
          try await watch.run {
            self.before
          } report: { drifts in
            self.drift.withLock { $0 = drifts.map(\.line) }
          }
        } catch {
          guard !Task.isCancelled else { return }
          lines.withLock { $0.append("\(error)") }
          try await Task.sleep(for: .milliseconds(50))
        }
      }
    }
    defer { watching.cancel() }
    try await until("no drift at first") { drift.withLock { $0 } == [] }
    let repair = try await fault()
    _ = try await steady.kubectl(
      "-n", test.namespace, "patch", "configmap/kept1", "-p", #"{"data":{"key":"by hand"}}"#)
    try await repair.value
    try await until("the drift") {
      drift.withLock { $0 }?.first?.hasPrefix("ConfigMap \(test.namespace)/kept1: .data.key is")
        == true
    }
    _ = try await steady.delivery.apply(
      before, app: test.app, mark: mark(), policy: ApplyPolicy(conflicts: .takeOver))
    try await until("no drift at the end") { drift.withLock { $0 } == [] }
  }

  private func until(_ what: String, _ condition: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while !condition() {
      try #require(
        ContinuousClock.now < deadline, "\(what) was not told; errors: \(lines.withLock { $0 })")
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  // MARK: - What must hold

  func expectNothingLostOrHarmed() async throws {
    let changes = cell.operation == .apply || cell.operation == .prune
    let wanted = changes ? after : before
    let leaving = cell.operation == .prune ? (0..<3).map { "configmaps/leaving\($0)" } : []

    // Everything is there, as the very object that it was; and nothing else.
    let now = try await steady.uids(in: test.namespace)
    var expected = Set(uids.keys).union(wanted.objects.map(\.identity.name))
    expected.remove(test.namespace)
    expected.subtract(leaving.map { $0.replacingOccurrences(of: "configmaps/", with: "") })
    #expect(Set(now.keys) == expected)
    for (name, uid) in uids where expected.contains(name) {
      // One was deleted by hand.
      guard cell.operation != .observe || name != "kept0" else { continue }
      #expect(now[name] == uid, "\(name) was deleted and made again")
    }

    // The inventory covers it, as complete.
    let inventory = try #require(try await steady.delivery.readInventory(test.app))
    #expect(inventory.digest == wanted.digest)
    #expect(inventory.phase == .applied)
    let kinds = Set(wanted.objects.map { GroupKind(of: $0.identity) })
    #expect(inventory.groupKinds.isSuperset(of: kinds))
    #expect(inventory.namespaces.contains(test.namespace))

    // The server's own log: nothing was sent that was not rendered, nothing old after something new,
    // nothing deleted that was not to go.
    let log = try AuditLog(of: steady.server, namespace: test.namespace)
    #expect(log.deleted == leaving)
    log.expectNothing(but: test.contents(before, changes ? after : before), leaving: leaving)
    let sent = Set(log.contents.keys).filter { $0.hasPrefix("configmaps/") }
    #expect(sent == Set(test.contents(before, wanted).keys))
  }
}
