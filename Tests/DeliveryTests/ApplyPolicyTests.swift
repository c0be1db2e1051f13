import Delivery
import FleetModel
import KubernetesAPI
import Manifests
import Testing

/// What an apply may do to what is not Flotilla's, against a real API server.
@Suite(.enabled(if: RealClusters.assets != nil, RealClusters.why))
struct ApplyPolicyTests {
  // MARK: - Objects that exist already

  @Test func anObjectThatSomebodyMadeIsRefusedWithWhatWouldChangeAndNothingIsTouched() async throws
  {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("existing")
    _ = try await cluster.kubectl("create", "namespace", test.namespace)
    _ = try await cluster.kubectl(
      "-n", test.namespace, "create", "configmap", "settings", "--from-literal=key=by-hand")
    let target = try test.target(TestApp.configMap("new"), TestApp.configMap("settings"))

    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.apply(target, app: test.app, mark: .test())
    }

    let line = try #require(error).description
    #expect(error?.isTransient == false)
    #expect(line.contains("Namespace \(test.namespace): it exists already"))
    #expect(line.contains("ConfigMap \(test.namespace)/settings: it exists already"))
    #expect(line.contains(#".data.key is "by-hand", should be "#))
    #expect(line.contains("flotilla.dev/existing: adopt"))
    #expect(try await cluster.delivery.readInventory(test.app) == nil)
    let names = try await cluster.kubectl("-n", test.namespace, "get", "configmap", "-o", "name")
    #expect(!names.contains("configmap/new"))
  }

  @Test func whatMayBeAdoptedIsChangedAndBelongsToTheAppFromThenOn() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("adopt")
    _ = try await cluster.kubectl("create", "namespace", test.namespace)
    _ = try await cluster.kubectl("-n", test.namespace, "create", "configmap", "settings")
    let policy = ApplyPolicy(existing: .adopt, conflicts: .takeOver)
    let report = try await cluster.delivery.apply(
      try test.target(TestApp.configMap("settings")), app: test.app, mark: .test(), policy: policy)
    #expect(report.applied.map(\.kind) == ["Namespace", "ConfigMap"])
    // Once it is the app's nobody is asked again.
    let gone = try await cluster.delivery.apply(
      try test.target(), app: test.app, mark: .test(attempt: 2))
    #expect(gone.pruned.map(\.name) == ["settings"])
  }

  @Test func anAnnotationAllowsItForOneObject() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("annotated")
    _ = try await cluster.delivery.apply(try test.target(), app: test.app, mark: .test())
    for name in ["ours", "theirs"] {
      _ = try await cluster.kubectl("-n", test.namespace, "create", "configmap", name)
    }
    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.apply(
        try test.target(
          TestApp.configMap("ours", annotations: "flotilla.dev/existing: adopt"),
          TestApp.configMap("theirs")), app: test.app, mark: .test(attempt: 2))
    }
    let line = try #require(error).description
    #expect(line.contains("/theirs: it exists already"))
    #expect(!line.contains("/ours: "))
  }

  @Test func theValuesOfASecretThatExistsAreNotTold() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("secret")
    _ = try await cluster.delivery.apply(try test.target(), app: test.app, mark: .test())
    _ = try await cluster.kubectl(
      "-n", test.namespace, "create", "secret", "generic", "login",
      "--from-literal=password=there-before")
    let secret = """
      apiVersion: v1
      kind: Secret
      metadata: {name: login, namespace: NAMESPACE}
      stringData: {password: to-be-set}
      """
    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.apply(
        try test.target(secret), app: test.app, mark: .test(attempt: 2))
    }
    let line = try #require(error).description
    #expect(line.contains("Secret \(test.namespace)/login: it exists already"))
    for value in ["there-before", "to-be-set"] {
      #expect(!line.contains(value) && !line.contains(Base64.encode(Array(value.utf8))))
    }
  }

  // MARK: - Conflicts

  @Test func aFieldOfAnotherManagerIsTakenOverWhereThePolicySaysSo() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("force")
    let target = try test.target(TestApp.configMap("a", value: "ours"))
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    _ = try await cluster.kubectl(
      "-n", test.namespace, "patch", "configmap", "a", "-p", #"{"data":{"key":"theirs"}}"#)
    let changed = try test.target(TestApp.configMap("a", value: "changed"))
    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.apply(changed, app: test.app, mark: .test(attempt: 2))
    }
    let line = try #require(error).description
    #expect(line.contains(".data.key is owned by 'kubectl-patch'"))
    #expect(line.contains("flotilla.dev/conflicts: takeOver"))
    _ = try await cluster.delivery.apply(
      changed, app: test.app, mark: .test(attempt: 3), policy: ApplyPolicy(conflicts: .takeOver))
    let value = try await cluster.kubectl(
      "-n", test.namespace, "get", "configmap", "a", "-o", "jsonpath={.data.key}")
    #expect(value == "changed")
  }

  // MARK: - Fields that cannot change

  @Test func anImmutableFieldIsRefusedWithTheRemedyAndReplacedWhereThePolicySaysSo() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("immutable")
    func job(_ image: String) -> String {
      """
      apiVersion: batch/v1
      kind: Job
      metadata: {name: migrate, namespace: NAMESPACE}
      spec:
        template:
          spec:
            restartPolicy: Never
            containers: [{name: migrate, image: "\(image)"}]
      """
    }
    _ = try await cluster.delivery.apply(
      try test.target(job("shop:1")), app: test.app, mark: .test())
    func uid() async throws -> String {
      try await cluster.kubectl(
        "-n", test.namespace, "get", "job", "migrate", "-o", "jsonpath={.metadata.uid}")
    }
    let first = try await uid()
    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.apply(
        try test.target(job("shop:2")), app: test.app, mark: .test(attempt: 2))
    }
    #expect(error?.description.contains("flotilla.dev/immutable: replace") == true)
    #expect(error?.isTransient == false)
    #expect(try await uid() == first)

    _ = try await cluster.delivery.apply(
      try test.target(job("shop:2")), app: test.app, mark: .test(attempt: 3),
      policy: ApplyPolicy(immutable: .replace))
    #expect(try await uid() != first)
    let inventory = try #require(try await cluster.delivery.readInventory(test.app))
    #expect(inventory.phase == .applied)
  }

  @Test func aClaimIsReplacedByItsOwnAnnotationOnly() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("claim")
    func claim(_ mode: String, annotations: String = "") -> String {
      """
      apiVersion: v1
      kind: PersistentVolumeClaim
      metadata: {name: data, namespace: NAMESPACE, annotations: {\(annotations)}}
      spec:
        accessModes: [\(mode)]
        resources: {requests: {storage: 1Gi}}
      """
    }
    _ = try await cluster.delivery.apply(
      try test.target(claim("ReadWriteOnce")), app: test.app, mark: .test())
    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.apply(
        try test.target(claim("ReadOnlyMany")), app: test.app, mark: .test(attempt: 2),
        policy: ApplyPolicy(immutable: .replace))
    }
    #expect(error?.isTransient == false)
    // Nothing takes the protecting finalizer away here, so the old claim stays, and that is said.
    let held = await #expect(throws: DeliveryError.self) {
      try await ClusterDelivery(client: cluster.client, definitionDeadline: .milliseconds(300))
        .apply(
          try test.target(claim("ReadOnlyMany", annotations: "flotilla.dev/immutable: replace")),
          app: test.app, mark: .test(attempt: 3))
    }
    #expect(held?.description.contains("it is still there after") == true)
    #expect(held?.isTransient == true)
  }

  @Test func anAnnotationWithAnotherWordIsRefusedBeforeAnythingChanges() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("typo")
    let error = await #expect(throws: DeliveryError.self) {
      try await cluster.delivery.apply(
        try test.target(TestApp.configMap("a", annotations: "flotilla.dev/existing: addopt")),
        app: test.app, mark: .test())
    }
    #expect(
      error?.description.contains(
        "annotation flotilla.dev/existing: expected 'refuse' or 'adopt', found 'addopt'") == true)
    #expect(try await cluster.delivery.readInventory(test.app) == nil)
  }
}
