import Delivery
import KubernetesAPI
import Manifests
import Testing

/// Deletion apart from the apply, by a list, against a real API server.
@Suite(.enabled(if: RealClusters.assets != nil, RealClusters.why))
struct PruneTests {
  private static func configMaps(_ names: String..., in test: TestApp) -> Set<ResourceIdentity> {
    Set(
      names.map {
        ResourceIdentity(
          group: "", version: "v1", kind: "ConfigMap", namespace: test.namespace, name: $0)
      })
  }

  private func left(of test: TestApp, on cluster: TestCluster) async throws -> String {
    try await cluster.kubectl(
      "-n", test.namespace, "get", "configmap,deployment", "-o", "name", "-l",
      "applyset.kubernetes.io/part-of")
  }

  @Test func whatTheListNamesGoesAndWhatItDoesNotNameStaysAndIsReported() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("listed")
    let target = try test.target(TestApp.configMap("stays"))
    _ = try await cluster.delivery.apply(
      try test.target(
        TestApp.configMap("stays"), TestApp.configMap("goes"), TestApp.configMap("unlisted")),
      app: test.app, mark: .test())
    let applied = try await cluster.delivery.apply(
      target, app: test.app, mark: .test(attempt: 2), prune: .keep)
    #expect(applied.kept.map(\.name).sorted() == ["goes", "unlisted"])
    #expect(applied.pruned.isEmpty)

    // The list names something of the target state as well: that stays whatever a list says.
    let list = PruneTests.configMaps("goes", "stays", in: test)
    for pruned in [["goes"], []] {
      let report = try await cluster.delivery.prune(
        list, beside: target, app: test.app, mark: .test(attempt: 3))
      #expect(report.pruned.map(\.name) == pruned)
      #expect(report.kept.map(\.name) == ["unlisted"])
      #expect(
        try await left(of: test, on: cluster).split(separator: "\n").sorted()
          == ["configmap/stays", "configmap/unlisted"])
    }
  }

  @Test func whatWaitsForItsDeletionStaysInTheInventoryUntilItIsGone() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("waits")
    let deployment = GroupKind(group: "apps", kind: "Deployment")
    _ = try await cluster.delivery.apply(
      try test.target(TestApp.configMap("stays"), TestApp.deployment("web", replicas: 0)),
      app: test.app, mark: .test())
    let target = try test.target(TestApp.configMap("stays"))
    let applied = try await cluster.delivery.apply(
      target, app: test.app, mark: .test(attempt: 2), prune: .keep)
    let before = try #require(try await cluster.delivery.readInventory(test.app))
    #expect(before.phase == .applied)
    #expect(before.groupKinds.contains(deployment))
    _ = try await cluster.delivery.prune(
      Set(applied.kept), beside: target, app: test.app, mark: .test(attempt: 3))
    let after = try #require(try await cluster.delivery.readInventory(test.app))
    #expect(!after.groupKinds.contains(deployment))
    #expect(after.mark == .test(attempt: 3))
    #expect(after.digest == target.digest)
  }

  /// Before it deletes, a hub reads the inventory: an outage then is debt, and no failure of the change.
  @Test func anInventoryThatCannotBeReadIsAnOutage() async throws {
    let dead = try await RealClusters.running().cluster(
      address: "https://127.0.0.1:1", retry: .never)
    let error = await #expect(throws: DeliveryError.self) {
      _ = try await dead.delivery.readInventory("any")
    }
    #expect(error?.isUnreachable == true)
    #expect(error?.isTransient == true)
  }

  @Test func besideAnotherTargetStateNothingIsDeleted() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("beside")
    let planned = try test.target(TestApp.configMap("stays"))
    _ = try await cluster.delivery.apply(
      try test.target(TestApp.configMap("stays"), TestApp.configMap("goes")), app: test.app,
      mark: .test())
    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.prune(
        PruneTests.configMaps("goes", in: test), beside: planned, app: test.app,
        mark: .test(attempt: 2))
    }
    #expect(error?.description.contains("nothing is deleted") == true)
    #expect(error?.isTransient == false)
    #expect(try await left(of: test, on: cluster).contains("configmap/goes"))
    #expect(try await cluster.delivery.readInventory(test.app)?.mark == .test())
  }

  @Test func aListOfTheClusterThatFailsDeletesNothing() async throws {
    let clusters = try await RealClusters.running()
    let admin = try clusters.cluster()
    let test = TestApp("unseen")
    let target = try test.target(TestApp.configMap("stays"))
    _ = try await admin.delivery.apply(
      try test.target(
        TestApp.configMap("stays"), TestApp.configMap("goes"),
        TestApp.deployment("web", replicas: 0)), app: test.app, mark: .test())
    _ = try await admin.delivery.apply(
      target, app: test.app, mark: .test(attempt: 2), prune: .keep)
    let alice = try await clusters.user(
      in: test,
      may: [
        #"{apiGroups: [""], resources: [configmaps, namespaces], verbs: ["*"]}"#
      ])
    let error = await #expect(throws: DeliveryError.self) {
      try await alice.delivery.prune(
        PruneTests.configMaps("goes", in: test), beside: target, app: test.app,
        mark: .test(attempt: 3))
    }
    #expect(error?.description.contains("list deployments") == true)
    #expect(try await left(of: test, on: admin).contains("configmap/goes"))
  }

  @Test func aHubOfAnEarlierEpochDeletesNothing() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("old-hub")
    let target = try test.target(TestApp.configMap("stays"))
    _ = try await cluster.delivery.apply(
      try test.target(TestApp.configMap("stays"), TestApp.configMap("goes")), app: test.app,
      mark: .test())
    _ = try await cluster.delivery.apply(
      target, app: test.app, mark: .test(attempt: 2, epoch: 5), prune: .keep)
    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.prune(
        PruneTests.configMaps("goes", in: test), beside: target, app: test.app,
        mark: .test(attempt: 3, epoch: 4))
    }
    #expect(error?.description.contains("a newer hub (epoch 5)") == true)
    #expect(try await left(of: test, on: cluster).contains("configmap/goes"))
  }

  @Test func whatIsBeingDeletedIsNotLeftToDelete() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("going")
    let held = TestApp.configMap("held").replacing(
      "namespace: NAMESPACE", with: "namespace: NAMESPACE, finalizers: [example.test/hold]")
    let target = try test.target(TestApp.deployment("web", replicas: 0))
    _ = try await cluster.delivery.apply(
      try test.target(held, TestApp.deployment("web", replicas: 0)), app: test.app, mark: .test())
    _ = try await cluster.delivery.apply(
      target, app: test.app, mark: .test(attempt: 2), prune: .keep)
    let report = try await cluster.delivery.prune(
      PruneTests.configMaps("held", in: test), beside: target, app: test.app,
      mark: .test(attempt: 3))
    #expect(report.terminating.map(\.name) == ["held"])
    let again = try await cluster.delivery.apply(
      target, app: test.app, mark: .test(attempt: 4), prune: .keep)
    #expect(again.kept.isEmpty)
    #expect(again.terminating.map(\.name) == ["held"])
    let inventory = try #require(try await cluster.delivery.readInventory(test.app))
    #expect(inventory.groupKinds.contains(GroupKind(group: "", kind: "ConfigMap")))
    _ = try await cluster.kubectl(
      "-n", test.namespace, "patch", "configmap", "held", "--type=merge", "-p",
      "{\"metadata\":{\"finalizers\":null}}")
  }
}
