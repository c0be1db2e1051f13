import Delivery
import Foundation
import KubernetesAPI
import Manifests
import Testing

/// What people and controllers change of our objects, and what need not be sent again, on a real API
/// server.
@Suite(.enabled(if: RealClusters.assets != nil, RealClusters.why))
struct DriftTests {
  /// May see everything that these tests bring, keep inventories, and change no object.
  private static let readsOnly = [
    #"{apiGroups: [""], resources: [configmaps, namespaces], verbs: [get, list, create, update]}"#,
    #"{apiGroups: [apps], resources: [deployments], verbs: [get, list]}"#,
  ]

  private static let secret = """
    apiVersion: v1
    kind: Secret
    metadata: {name: token, namespace: NAMESPACE}
    data: {token: aHVudGVyMg==}
    """

  /// The first report that meets `condition`; an issue after a minute without one.
  private func report(
    of target: TargetState, _ test: TestApp, _ cluster: TestCluster, _ what: Comment,
    where condition: @escaping @Sendable (HealthReport) -> Bool
  ) async throws -> HealthReport {
    let reports = cluster.delivery.reports(target, app: test.app, mark: .test(), checks: [])
    return try await reports.report(what, where: condition)
  }

  @Test func whatHasNotChangedSinceTheLastApplyIsNotSent() async throws {
    let clusters = try await RealClusters.running()
    let test = TestApp("standing")
    let target = try test.target(TestApp.configMap("a"), TestApp.deployment("web"))
    _ = try await clusters.cluster().delivery.apply(target, app: test.app, mark: .test())
    // Who may not patch cannot have sent anything.
    let bob = try await clusters.user("bob", in: test, may: Self.readsOnly)
    let second = try await bob.delivery.apply(target, app: test.app, mark: .test(attempt: 2))
    #expect(second.applied.isEmpty)
    #expect(second.unchanged.count == 3)
    let inventory = try #require(try await bob.delivery.readInventory(test.app))
    #expect(inventory.mark == .test(attempt: 2))
    #expect(inventory.phase == .applied)
  }

  @Test func onlyTheObjectThatIsRenderedAnewIsSent() async throws {
    let clusters = try await RealClusters.running()
    let test = TestApp("one")
    _ = try await clusters.cluster().delivery.apply(
      try test.target(TestApp.configMap("a"), TestApp.configMap("b")), app: test.app,
      mark: .test())
    let bob = try await clusters.user("bob", in: test, may: Self.readsOnly)
    let error = await #expect(throws: DeliveryError.self) {
      try await bob.delivery.apply(
        try test.target(TestApp.configMap("a"), TestApp.configMap("b", value: "2")),
        app: test.app, mark: .test(attempt: 2))
    }
    guard case .objects(let failures)? = error?.reason else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(failures.map(\.identity.name) == ["b"])
  }

  @Test func anObjectThatSomebodyDeletedIsMadeAgain() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("again")
    let target = try test.target(TestApp.configMap("a"), TestApp.configMap("b"))
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    _ = try await cluster.kubectl("-n", test.namespace, "delete", "configmap", "a")
    let report = try await cluster.delivery.apply(target, app: test.app, mark: .test(attempt: 2))
    #expect(report.applied.map(\.name) == ["a"])
    #expect(report.unchanged.count == 2)
  }

  /// The record of what was sent is not the record of what is there: who was cut off begins anew.
  @Test func afterAnApplyThatWasCutOffEverythingIsSent() async throws {
    let clusters = try await RealClusters.running()
    let test = TestApp("cut")
    let target = try test.target(TestApp.configMap("a"))
    let admin = try clusters.cluster()
    _ = try await admin.delivery.apply(target, app: test.app, mark: .test())
    let bob = try await clusters.user("bob", in: test, may: Self.readsOnly)
    await #expect(throws: DeliveryError.self) {
      try await bob.delivery.apply(
        try test.target(TestApp.configMap("a", value: "2")), app: test.app,
        mark: .test(attempt: 2))
    }
    await #expect(throws: DeliveryError.self) {
      try await bob.delivery.apply(target, app: test.app, mark: .test(attempt: 3))
    }
    let report = try await admin.delivery.apply(target, app: test.app, mark: .test(attempt: 4))
    #expect(report.applied.isEmpty)
  }

  @Test func whatTheServerFillsInAndOthersOwnIsNoDrift() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("noise")
    let target = try test.target(TestApp.configMap("a"), TestApp.deployment("web"), Self.secret)
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    _ = try await cluster.kubectl(
      "-n", test.namespace, "label", "deployment/web", "configmap/a", "team=blue")
    _ = try await cluster.kubectl(
      "-n", test.namespace, "patch", "configmap/a", "-p", #"{"data":{"other":"x"}}"#)
    // A value that is the same and owned by two.
    _ = try await cluster.kubectl(
      "-n", test.namespace, "patch", "configmap/a", "-p", #"{"data":{"key":"1"}}"#)
    let healthy = try await report(of: target, test, cluster, "healthy") { $0.overall == .healthy }
    #expect(healthy.drift == [])
  }

  @Test func aFieldThatAPersonChangesIsDriftWithItsValuesAndItsManager() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("edit")
    let target = try test.target(
      TestApp.configMap("a"), TestApp.deployment("web", replicas: 1))
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    async let found = report(of: target, test, cluster, "both drifts") { $0.drift?.count == 2 }
    _ = try await cluster.kubectl(
      "-n", test.namespace, "patch", "configmap/a", "-p", #"{"data":{"key":"by hand"}}"#)
    _ = try await cluster.kubectl("-n", test.namespace, "scale", "deployment/web", "--replicas=2")
    let drift = try #require(try await found.drift)
    #expect(
      drift.map(\.line) == [
        "ConfigMap \(test.namespace)/a: .data.key is \"by hand\", should be \"1\" "
          + "(changed by kubectl-patch)",
        "Deployment \(test.namespace)/web: .spec.replicas is 2, should be 1",
      ])
  }

  @Test func anObjectThatIsGoneIsDriftToo() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("gone")
    let target = try test.target(TestApp.configMap("a"), TestApp.configMap("b"))
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    async let found = report(of: target, test, cluster, "the loss") { $0.drift?.isEmpty == false }
    _ = try await cluster.kubectl("-n", test.namespace, "delete", "configmap", "b")
    #expect(try await found.drift?.map(\.line) == ["ConfigMap \(test.namespace)/b: was deleted"])
  }

  @Test func theValuesOfASecretAreNotTold() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("hidden")
    let target = try test.target(Self.secret)
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    async let found = report(of: target, test, cluster, "the change") {
      $0.drift?.isEmpty == false
    }
    _ = try await cluster.kubectl(
      "-n", test.namespace, "patch", "secret/token", "-p", #"{"data":{"token":"czNjcmV0"}}"#)
    let line = try #require(try await found.drift?.first?.line)
    #expect(line.contains(".data.token is"))
    for value in ["hunter2", "aHVudGVyMg==", "s3cret", "czNjcmV0"] {
      #expect(!line.contains(value))
    }
    let inventory = try await cluster.kubectl(
      "-n", "flotilla-system", "get", "configmap", "flotilla-\(test.app)", "-o", "yaml")
    let digest = try #require(target.objects.first { $0.identity.kind == "Secret" }).digest
    #expect(!inventory.contains(digest.hex.prefix(8)))
  }
}
