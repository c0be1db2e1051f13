import Delivery
import Foundation
import KubernetesAPI
import Manifests
import Testing

/// Health reports from a real API server. An outage needs a server of its own, so these tests run
/// one after the other on the second one.
@Suite(.serialized, .enabled(if: RealClusters.assets != nil, RealClusters.why))
struct ObservationTests {
  private static let policy = ObservationPolicy(
    probeInterval: .milliseconds(300), pollInterval: .milliseconds(300))

  @Test func aDeploymentBecomesHealthy() async throws {
    let cluster = try await RealClusters.running().cluster(1)
    let test = TestApp("healthy")
    let target = try test.target(TestApp.configMap("a"), TestApp.deployment("web"))
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    let reports = cluster.delivery.reports(
      target, app: test.app, mark: .test(), policy: Self.policy)
    let healthy = try await reports.report("healthy") { $0.overall == .healthy }
    #expect(healthy.digest == target.digest)
    #expect(healthy.findings.isEmpty)
  }

  @Test func aPodThatNeverBecomesReadyEndsAsADegradedLine() async throws {
    let cluster = try await RealClusters.running().cluster(1)
    let test = TestApp("degraded")
    let target = try test.target(TestApp.deployment("web", state: "ImagePullBackOff"))
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    let reports = cluster.delivery.reports(
      target, app: test.app, mark: .test(), policy: Self.policy)
    let degraded = try await reports.report("degraded") { $0.overall == .degraded }
    let line =
      "Deployment \(test.namespace)/web: 0 of 2 pods available; it did not progress in time"
    #expect(degraded.line.hasPrefix("\(line): ImagePullBackOff on web-"))
  }

  @Test func anObjectThatSomebodyDeletesIsMissing() async throws {
    let cluster = try await RealClusters.running().cluster(1)
    let test = TestApp("missing")
    let target = try test.target(
      TestApp.configMap("polled"), TestApp.deployment("watched", replicas: 0))
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    let reports = cluster.delivery.reports(
      target, app: test.app, mark: .test(), policy: Self.policy)
    _ = try await reports.report("healthy at first") { $0.overall == .healthy }
    for name in ["configmap/polled", "deployment/watched"] {
      _ = try await cluster.kubectl("-n", test.namespace, "delete", name, "--wait=false")
    }
    let both = try await reports.report("both missing") { report in
      report.overall == .degraded && report.findings.count == 2
        && report.findings.allSatisfy { $0.line.hasSuffix("is missing on cluster cluster-2") }
    }
    #expect(Set(both.findings.map(\.identity.name)) == ["polled", "watched"])
  }

  /// Argo CD #29410: production went first because the health of the previous revision counted.
  @Test func healthOfAnotherTargetStateIsNotReportedAsHealthy() async throws {
    let cluster = try await RealClusters.running().cluster(1)
    let test = TestApp("evidence")
    let applied = try test.target(TestApp.configMap("a", value: "old"))
    let wanted = try test.target(TestApp.configMap("a", value: "new"))
    _ = try await cluster.delivery.apply(applied, app: test.app, mark: .test())
    let reports = cluster.delivery.reports(
      wanted, app: test.app, mark: .test(), policy: Self.policy)
    let first = try await reports.report("any report") { _ in true }
    #expect(first.overall == .progressing)
    #expect(
      first.line
        == "the cluster holds target state \(applied.digest.short), not \(wanted.digest.short)")
    _ = try await cluster.delivery.apply(wanted, app: test.app, mark: .test(attempt: 2))
    _ = try await reports.report("healthy after the apply") { $0.overall == .healthy }
  }

  @Test func anOutageIsReportedAsUnreachableAndThenAsWhatItIs() async throws {
    let cluster = try await RealClusters.running().cluster(1, timeout: .seconds(3))
    let test = TestApp("outage")
    let target = try test.target(TestApp.configMap("a"), TestApp.deployment("web"))
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    let reports = cluster.delivery.reports(
      target, app: test.app, mark: .test(), policy: Self.policy)
    _ = try await reports.report("healthy at first") { $0.overall == .healthy }
    kill(cluster.server.pid, SIGSTOP)
    defer { kill(cluster.server.pid, SIGCONT) }
    let lost = try await reports.report("unreachable") { $0.overall != .healthy }
    guard case .unreachable(let line) = lost.overall else {
      Issue.record("an outage was reported as \(lost.overall)")
      return
    }
    #expect(line.contains("timed out"))
    let apply = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.apply(target, app: test.app, mark: .test(attempt: 2))
    }
    #expect(apply?.isUnreachable == true)
    kill(cluster.server.pid, SIGCONT)
    _ = try await reports.report("healthy again") { $0.overall == .healthy }
  }
}
