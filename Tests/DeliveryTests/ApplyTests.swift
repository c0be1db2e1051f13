import Delivery
import Foundation
import KubernetesAPI
import Manifests
import Testing

/// Apply, inventory and prune against a real API server.
@Suite(.enabled(if: RealClusters.assets != nil, RealClusters.why))
struct ApplyTests {
  @Test func theFirstApplyCreatesEverythingAndTheSecondFindsItUnchanged() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("twice")
    let target = try test.target(TestApp.configMap("a"), TestApp.deployment("web"))
    let first = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    #expect(first.applied.count == 3)
    #expect(first.unchanged.isEmpty)
    let second = try await cluster.delivery.apply(target, app: test.app, mark: .test(attempt: 2))
    #expect(second.pruned.isEmpty)
    // The Deployment's status moves its version in between.
    let stable = second.unchanged.map(\.kind)
    #expect(stable.contains("ConfigMap"))
    #expect(second.applied.count + second.unchanged.count == 3)
  }

  @Test func anObjectThatLeftTheTargetStateIsPrunedAndNothingElse() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("prune")
    let other = TestApp("other")
    let both = try test.target(TestApp.configMap("stays"), TestApp.configMap("goes"))
    _ = try await cluster.delivery.apply(both, app: test.app, mark: .test())
    _ = try await cluster.delivery.apply(
      try other.target(TestApp.configMap("foreign")), app: other.app, mark: .test())
    _ = try await cluster.kubectl("-n", test.namespace, "create", "configmap", "by-hand")

    let report = try await cluster.delivery.apply(
      try test.target(TestApp.configMap("stays")), app: test.app, mark: .test(attempt: 2))

    #expect(report.pruned.map(\.name) == ["goes"])
    let left = try await cluster.kubectl("-n", test.namespace, "get", "configmap", "-o", "name")
    #expect(left.contains("configmap/stays"))
    #expect(left.contains("configmap/by-hand"))
    #expect(!left.contains("configmap/goes"))
    let foreign = try await cluster.kubectl("-n", other.namespace, "get", "configmap", "-o", "name")
    #expect(foreign.contains("configmap/foreign"))
  }

  @Test func aKindThatLeftTheTargetStateAltogetherIsPrunedByTheRecordedKinds() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("kinds")
    _ = try await cluster.delivery.apply(
      try test.target(TestApp.configMap("stays"), TestApp.deployment("web", replicas: 0)),
      app: test.app, mark: .test())
    let report = try await cluster.delivery.apply(
      try test.target(TestApp.configMap("stays")), app: test.app, mark: .test(attempt: 2))
    #expect(report.pruned.map(\.kind) == ["Deployment"])
    let inventory = try #require(try await cluster.delivery.readInventory(test.app))
    #expect(!inventory.groupKinds.contains(GroupKind(group: "apps", kind: "Deployment")))
  }

  @Test func whatThePolicyKeepsStaysAndIsRemembered() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("keep")
    _ = try await cluster.delivery.apply(
      try test.target(TestApp.deployment("web", replicas: 0)), app: test.app, mark: .test())
    let kept = try await cluster.delivery.apply(
      try test.target(), app: test.app, mark: .test(attempt: 2), prune: .keep)
    #expect(kept.pruned.isEmpty)
    #expect(kept.kept.map(\.name) == ["web"])
    let pruned = try await cluster.delivery.apply(
      try test.target(), app: test.app, mark: .test(attempt: 3))
    #expect(pruned.pruned.map(\.name) == ["web"])
  }

  @Test func aDefinitionAndItsObjectsComeInOneTargetState() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("crd")
    let group = "\(test.app).example.test"
    let definition = """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: widgets.\(group)}
      spec:
        group: \(group)
        scope: Namespaced
        names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}
        versions:
        - name: v1
          served: true
          storage: true
          schema:
            openAPIV3Schema:
              type: object
              properties: {spec: {type: object, properties: {size: {type: integer}}}}
      """
    let widget = """
      apiVersion: \(group)/v1
      kind: Widget
      metadata: {name: w, namespace: NAMESPACE}
      spec: {size: 3}
      """
    let target = try test.target(widget, definition)
    let report = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    #expect(report.applied.map(\.kind) == ["Namespace", "CustomResourceDefinition", "Widget"])
    let pruned = try await cluster.delivery.apply(
      try test.target(definition), app: test.app, mark: .test(attempt: 2))
    #expect(pruned.pruned.map(\.kind) == ["Widget"])
    _ = try await cluster.delivery.apply(
      try test.target(), app: test.app, mark: .test(attempt: 3))
  }

  @Test func objectsWithoutANamespaceAreThoseOfDefault() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("bare")
    let bare = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(test.app)}\n"
    _ = try await cluster.delivery.apply(try test.target(bare), app: test.app, mark: .test())
    let again = try await cluster.delivery.apply(
      try test.target(bare), app: test.app, mark: .test(attempt: 2))
    #expect(again.pruned.isEmpty)
    let emptied = try await cluster.delivery.apply(
      try test.target(), app: test.app, mark: .test(attempt: 3))
    #expect(emptied.pruned.map(\.name) == [test.app])
  }

  @Test func aKindThatTheClusterDoesNotServeIsNamedAndNothingIsChanged() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("unserved")
    let gadget = """
      apiVersion: nowhere.example.test/v1
      kind: Gadget
      metadata: {name: g, namespace: NAMESPACE}
      """
    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.apply(
        try test.target(TestApp.configMap("a"), gadget), app: test.app, mark: .test())
    }
    let line = try #require(error).description
    #expect(line.contains("Gadget \(test.namespace)/g: kind Gadget (nowhere.example.test/v1)"))
    #expect(line.contains("is not served by cluster \(cluster.server.name)"))
    #expect(error?.isTransient == false)
    #expect(try await cluster.delivery.readInventory(test.app) == nil)
    let namespace = ResourceIdentity(
      group: "", version: "v1", kind: "Namespace", namespace: "", name: test.namespace)
    #expect(try await cluster.client.get(namespace) == nil)
  }

  @Test func aHubOfAnEarlierEpochIsRefused() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("fence")
    let target = try test.target(TestApp.configMap("a"))
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test(epoch: 7))
    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.apply(
        try test.target(TestApp.configMap("b")), app: test.app, mark: .test(epoch: 6))
    }
    guard case .fenced(storedEpoch: 7) = error?.reason else {
      Issue.record("expected a refusal by epoch, got \(String(describing: error))")
      return
    }
    let left = try await cluster.kubectl("-n", test.namespace, "get", "configmap", "-o", "name")
    #expect(left.contains("configmap/a") && !left.contains("configmap/b"))
  }

  @Test func aFieldOfAnotherManagerIsAConflictThatNamesBoth() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("conflict")
    _ = try await cluster.delivery.apply(
      try test.target(TestApp.deployment("web", replicas: 1)), app: test.app, mark: .test())
    _ = try await cluster.kubectl(
      "-n", test.namespace, "patch", "deployment", "web", "--type=merge", "-p",
      "{\"spec\":{\"replicas\":4}}")
    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.apply(
        try test.target(TestApp.deployment("web", replicas: 2)), app: test.app,
        mark: .test(attempt: 2))
    }
    let line = try #require(error).description
    #expect(line.contains(".spec.replicas is owned by 'kubectl-patch'"))
    #expect(error?.isTransient == false)
  }

  @Test func anApplyThatFailedLeavesASupersetAndTheNextOnePrunesWhatItLeft() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("superset")
    let broken = TestApp.deployment("web").replacingOccurrences(
      of: "replicas: 2", with: "replicas: -2")
    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.apply(
        try test.target(TestApp.configMap("early"), broken), app: test.app, mark: .test())
    }
    #expect(error?.description.contains("Deployment \(test.namespace)/web") == true)
    #expect(error?.description.contains("422") == true)
    #expect(error?.isTransient == false)
    let begun = try #require(try await cluster.delivery.readInventory(test.app))
    #expect(begun.phase == .applying)
    #expect(begun.groupKinds.contains(GroupKind(group: "apps", kind: "Deployment")))

    let report = try await cluster.delivery.apply(
      try test.target(TestApp.configMap("late")), app: test.app, mark: .test(attempt: 2))
    #expect(report.pruned.map(\.name) == ["early"])
    let done = try #require(try await cluster.delivery.readInventory(test.app))
    #expect(done.phase == .applied)
    #expect(done.mark == .test(attempt: 2))
  }

  @Test func aFieldThatTheSchemaDoesNotKnowIsAPermanentFailure() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("typo")
    let typo = TestApp.deployment("web").replacingOccurrences(
      of: "replicas:", with: "replicass:")
    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.apply(try test.target(typo), app: test.app, mark: .test())
    }
    #expect(error?.description.contains("replicass") == true)
    #expect(error?.isTransient == false)
  }

  @Test func withoutRightsTheRefusalNamesTheObject() async throws {
    let clusters = try await RealClusters.running()
    let cluster = try clusters.cluster(context: "nobody")
    let test = TestApp("forbidden")
    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.apply(
        try test.target(TestApp.configMap("a")), app: test.app, mark: .test())
    }
    #expect(error?.description.contains("403") == true)
    #expect(error?.isTransient == false)
    #expect(error?.isUnreachable == false)
  }

  /// Rancher Fleet's production databases went because an empty answer was read as 'nothing wanted'.
  /// Here the list of one kind fails: nothing of any kind may go.
  @Test func aListThatFailsDeletesNothing() async throws {
    let clusters = try await RealClusters.running()
    let admin = try clusters.cluster()
    let test = TestApp("blind")
    let secret = """
      apiVersion: v1
      kind: Secret
      metadata: {name: s, namespace: NAMESPACE}
      """
    _ = try await admin.delivery.apply(
      try test.target(TestApp.configMap("goes"), secret), app: test.app, mark: .test())
    let alice = try await clusters.user(
      in: test,
      may: [
        #"{apiGroups: [""], resources: [configmaps, namespaces], verbs: ["*"]}"#,
        #"{apiGroups: [""], resources: [secrets], verbs: [get, create, patch, delete]}"#,
      ])
    let error = await #expect(throws: DeliveryError.self) {
      try await alice.delivery.apply(try test.target(), app: test.app, mark: .test(attempt: 2))
    }
    #expect(error?.description.contains("list secrets") == true)
    let left = try await admin.kubectl(
      "-n", test.namespace, "get", "configmap,secret", "-o", "name", "-l",
      "applyset.kubernetes.io/part-of")
    #expect(left.contains("configmap/goes"))
    #expect(left.contains("secret/s"))
  }

  @Test func anObjectOfAnotherAppIsRefusedUntilThatAppLetsItGo() async throws {
    let cluster = try await RealClusters.running().cluster()
    let mine = TestApp("mine")
    let theirs = TestApp("theirs")
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(theirs.app)}\n"
    _ = try await cluster.delivery.apply(
      try theirs.target(object), app: theirs.app, mark: .test())
    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.apply(try mine.target(object), app: mine.app, mark: .test())
    }
    #expect(
      error?.description
        == "cluster cluster-1: app \(mine.app): ConfigMap \(theirs.app):"
        + " it belongs to app \(theirs.app) on this cluster")
    #expect(error?.isTransient == true)
    #expect(try await cluster.delivery.readInventory(mine.app) == nil)
    _ = try await cluster.delivery.apply(
      try theirs.target(), app: theirs.app, mark: .test(attempt: 2))
    let report = try await cluster.delivery.apply(
      try mine.target(object), app: mine.app, mark: .test(attempt: 2))
    #expect(report.applied.map(\.name).contains(theirs.app))
  }

  @Test func kubectlFindsTheSetByItsLabels() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("labels")
    _ = try await cluster.delivery.apply(
      try test.target(TestApp.configMap("a"), TestApp.deployment("web", replicas: 0)),
      app: test.app, mark: .test())
    let members = try await cluster.kubectl(
      "get", "configmap,deployment,namespace", "-A", "-o", "name", "-l",
      "applyset.kubernetes.io/part-of=\(test.setID)")
    let lines = Set(members.split(separator: "\n").map(String.init))
    #expect(
      lines == ["configmap/a", "deployment.apps/web", "namespace/\(test.namespace)"])
    let parent = try JSON.parse(
      Array(
        try await cluster.kubectl(
          "-n", "flotilla-system", "get", "configmap", "flotilla-\(test.app)", "-o", "json"
        ).utf8))
    let labels = parent.value(at: "metadata", "labels")
    let annotations = parent.value(at: "metadata", "annotations")
    #expect(labels?["applyset.kubernetes.io/id"]?.string == test.setID)
    #expect(annotations?["applyset.kubernetes.io/tooling"]?.string == "flotilla/v1")
    #expect(
      annotations?["applyset.kubernetes.io/contains-group-kinds"]?.string
        == "ConfigMap,Deployment.apps,Namespace")
    #expect(
      annotations?["applyset.kubernetes.io/additional-namespaces"]?.string == test.namespace)
  }

  @Test func theInventoriesSayWhichTargetStateIsThere() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("restore")
    let target = try test.target(TestApp.configMap("a"))
    _ = try await cluster.delivery.apply(
      target, app: test.app, mark: .test(attempt: 4, epoch: 9))
    let all = try await cluster.delivery.readInventories()
    #expect(all.faults.isEmpty)
    let found = try #require(all.inventories.first { $0.app == test.app })
    #expect(found.digest == target.digest)
    #expect(found.phase == .applied)
    #expect(found.mark == .test(attempt: 4, epoch: 9))
  }

  @Test func anObjectThatFinalizersHoldIsReportedAndStaysInTheInventory() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("stuck")
    let held = TestApp.configMap("held").replacingOccurrences(
      of: "namespace: NAMESPACE",
      with: "namespace: NAMESPACE, finalizers: [example.test/hold]")
    _ = try await cluster.delivery.apply(try test.target(held), app: test.app, mark: .test())
    let report = try await cluster.delivery.apply(
      try test.target(), app: test.app, mark: .test(attempt: 2))
    #expect(report.terminating.map(\.name) == ["held"])
    let inventory = try #require(try await cluster.delivery.readInventory(test.app))
    #expect(inventory.groupKinds.contains(GroupKind(group: "", kind: "ConfigMap")))
    _ = try await cluster.kubectl(
      "-n", test.namespace, "patch", "configmap", "held", "--type=merge", "-p",
      "{\"metadata\":{\"finalizers\":null}}")
  }

  /// A deployer that may write ConfigMaps of one namespace writes nothing else, whatever the hub may.
  @Test func objectsAreWrittenInTheNameOfAServiceAccount() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("deployer")
    _ = try await cluster.delivery.apply(try test.target(), app: test.app, mark: .test())
    let rights = """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata: {name: deployer, namespace: \(test.namespace)}
      rules: [{apiGroups: [""], resources: [configmaps], verbs: [create, patch, delete, get]}]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata: {name: deployer, namespace: \(test.namespace)}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}
      subjects: [{kind: ServiceAccount, name: deployer, namespace: \(test.namespace)}]
      """
    for node in try YAML.parse(rights) { _ = try await cluster.client.apply(node) }
    let deployer = cluster.delivery.writing(
      as: Impersonation(serviceAccount: "\(test.namespace)/deployer"))

    let both = try test.target(TestApp.configMap("a"), TestApp.configMap("b"))
    let report = try await deployer.apply(both, app: test.app, mark: .test(attempt: 2))
    #expect(report.applied.map(\.name) == ["a", "b"])
    let one = try test.target(TestApp.configMap("a"))
    let pruned = try await deployer.apply(one, app: test.app, mark: .test(attempt: 3))
    #expect(pruned.pruned.map(\.name) == ["b"])

    let error = await #expect(throws: DeliveryError.self) {
      try await deployer.apply(
        try test.target(TestApp.configMap("a"), TestApp.deployment("web")), app: test.app,
        mark: .test(attempt: 4))
    }
    #expect(error?.isTransient == false)
    #expect(
      error?.description.contains("system:serviceaccount:\(test.namespace):deployer") == true)
  }
}
