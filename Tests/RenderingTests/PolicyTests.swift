import FleetModel
import Manifests
import SourceTree
import Testing

@testable import Rendering

/// What may not become part of a release is refused, by everything that renders alike.
@Suite struct PolicyTests {
  private static let deployment = """
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 2
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          containers:
            - name: side
              image: side:1
            - name: web
              image: web:1

    """

  private func fixture(
    _ objects: String, _ change: (inout RenderingFixture) throws -> Void = { _ in }
  ) throws -> RenderingFixture {
    var fixture = try RenderingFixture()
    try fixture.write("overlays/shop/base/settings.yaml", objects)
    // The fixture's overlay of c2 patches an object that is not here.
    try fixture.write(
      "overlays/shop/clusters/c2/kustomization.yaml", "resources: [../../environments/dev]\n")
    try change(&fixture)
    return fixture
  }

  private func findings(_ fixture: RenderingFixture) async -> [String] {
    await fixture.renderer.findings().map(\.description)
  }

  // MARK: Schema

  @Test func aFaultStandsAtTheLineOfTheFileThatWroteIt() throws {
    let found = try fixture(Self.deployment.replacing("replicas", with: "replica")).error()
    #expect(
      found == "shop on c1: overlays/shop/base/settings.yaml:6:3: Deployment web: unknown field "
        + "'spec.replica'; did you mean 'replicas'?")
  }

  @Test func aFaultOfAPatchStandsAtThePatch() throws {
    var fixture = try fixture(Self.deployment)
    try fixture.write(
      "overlays/shop/clusters/c2/kustomization.yaml",
      "resources: [../../environments/dev]\nnamePrefix: eu-\npatches: [{path: image.yaml}]\n")
    try fixture.write(
      "overlays/shop/clusters/c2/image.yaml",
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec:
        template:
          spec:
            containers:
              - name: web
                image: 12

      """)
    #expect(fixture.error(on: "c1") == nil)
    #expect(
      fixture.error(on: "c2")
        == "shop on c2: overlays/shop/clusters/c2/image.yaml:9:18: Deployment eu-web: "
        + "spec.template.spec.containers[0].image: expected text, found a number; write it in quotes"
    )
  }

  @Test func aFaultOfAnInlinePatchStandsAtThePatch() throws {
    var fixture = try fixture(Self.deployment)
    try fixture.write(
      "overlays/shop/clusters/c2/kustomization.yaml",
      """
      resources: [../../environments/dev]
      patches:
        - target: {kind: Deployment}
          patch: |-
            - {op: add, path: /spec/paussed, value: true}

      """)
    #expect(
      fixture.error(on: "c2")
        == "shop on c2: overlays/shop/clusters/c2/kustomization.yaml:4:12: Deployment web: "
        + "unknown field 'spec.paussed'; did you mean 'paused'?")
  }

  @Test func lintNamesEveryFaultOnceHoweverManyClustersItConcerns() async throws {
    let broken = Self.deployment.replacing("replicas", with: "replica")
      .replacing("image: side:1", with: "image: [side]")
    let fixture = try fixture(broken)
    #expect(
      await findings(fixture) == [
        "overlays/shop/base/settings.yaml:6:3: error: app 'shop': Deployment web: unknown field "
          + "'spec.replica' (2 clusters); did you mean 'replicas'?",
        "overlays/shop/base/settings.yaml:13:18: error: app 'shop': Deployment web: "
          + "spec.template.spec.containers[0].image: expected text, found a list (2 clusters)",
      ])
    #expect(fixture.error()?.hasSuffix("(and 1 more: flotilla lint)") ?? false)
  }

  @Test func lintNamesWhatCannotBeBuiltToo() async throws {
    let fixture = try fixture(Self.deployment) {
      try $0.write("overlays/shop/clusters/c2/kustomization.yaml", "resources: [nothing.yaml]\n")
    }
    let found = await findings(fixture)
    #expect(found.count == 1)
    #expect(
      found.first?.hasPrefix(
        "overlays/shop/clusters/c2/kustomization.yaml:1:1: error: app 'shop': ") ?? false)
    #expect(found.first?.hasSuffix("(cluster c2)") ?? false)
  }

  @Test func anAppThatAsksForWarningsGetsARelease() async throws {
    let fixture = try fixture(Self.deployment.replacing("replicas", with: "replica")) {
      $0.app.schema = .warn
    }
    #expect(fixture.error() == nil)
    #expect(try fixture.renderer.rendered(app: "shop", cluster: "c1").violations.count == 1)
    #expect(await findings(fixture).allSatisfy { $0.contains(": warning: ") })
    #expect(await findings(fixture).count == 1)
  }

  @Test func anAppMayHaveNoSchemaCheckAtAll() async throws {
    let fixture = try fixture(Self.deployment.replacing("replicas", with: "replica")) {
      $0.app.schema = .off
    }
    #expect(fixture.error() == nil)
    #expect(await findings(fixture).isEmpty)
  }

  @Test func valuesOfSecretsAreNeverRepeated() async throws {
    let fixture = try fixture(
      "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {password: hunter2}\n"
        + "stringData: {pin: 4711}\ntype: [x]\n")
    let found = await findings(fixture)
    #expect(found.count == 3)
    #expect(!found.contains { $0.contains("hunter2") || $0.contains("4711") })
  }

  /// A stricter app is not served from what a laxer one was found right for.
  @Test func whatIsRememberedWasHeldAgainstTheSamePolicy() async throws {
    var fixture = try fixture(Self.deployment.replacing("replicas", with: "replica"))
    let memory = RenderMemory()
    func errors(_ fixture: RenderingFixture) async -> Int {
      let renderer = Renderer(
        tree: fixture.tree, configuration: fixture.renderer.configuration, commit: nil,
        memory: memory)
      return await renderer.digests(app: "shop").errors.count
    }
    fixture.app.schema = .off
    #expect(await errors(fixture) == 0)
    fixture.app.schema = .strict
    #expect(await errors(fixture) == 2)
    fixture.app.schema = .off
    fixture.app.allowed = App.Allowance(kinds: [App.KindPattern("ConfigMap")])
    #expect(await errors(fixture) == 2)
  }

  // MARK: Namespaces and kinds

  private static let mixed = """
    {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: shop}}
    ---
    {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: bank}}
    ---
    {apiVersion: v1, kind: Secret, metadata: {name: c, namespace: shop-eu}}
    ---
    {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
    ---
    {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: d}}

    """

  private func refused(_ allowed: App.Allowance?, _ objects: String = mixed) async throws
    -> [String]
  {
    let fixture = try fixture(objects) { $0.app.allowed = allowed }
    return await fixture.renderer.findings().map(\.message)
  }

  @Test func anAppWithoutLimitsMayHoldAnything() async throws {
    #expect(try await refused(nil).isEmpty)
  }

  @Test func objectsInOtherNamespacesAreRefused() async throws {
    let any = App.KindPattern("*")
    #expect(
      try await refused(App.Allowance(namespaces: ["shop", "shop-*"], clusterKinds: [any])) == [
        "app 'shop': ConfigMap bank/b: its namespace 'bank' is none of the app's, which are "
          + "'shop' and 'shop-*' (2 clusters)"
      ])
    #expect(
      try await refused(App.Allowance(namespaces: ["*"], clusterKinds: [any])).isEmpty)
    // The Namespace 'shop' itself is one of the others, too.
    #expect(
      try await refused(App.Allowance(namespaces: ["bank"], clusterKinds: [any])).count == 3)
  }

  @Test func clusterScopedKindsAreRefusedUnlessNamed() async throws {
    #expect(
      try await refused(App.Allowance()) == [
        "app 'shop': Namespace shop: Namespace is cluster-scoped, and the app may have no "
          + "cluster-scoped kind (2 clusters)",
        "app 'shop': ClusterRole d: ClusterRole.rbac.authorization.k8s.io is cluster-scoped, and "
          + "the app may have no cluster-scoped kind (2 clusters)",
      ])
    #expect(
      try await refused(
        App.Allowance(
          clusterKinds: ["Namespace", "*.rbac.authorization.k8s.io"].map(App.KindPattern.init))
      ).isEmpty)
  }

  @Test func otherKindsAreRefused() async throws {
    #expect(
      try await refused(
        App.Allowance(kinds: [App.KindPattern("ConfigMap")], clusterKinds: [App.KindPattern("*")]))
        == [
          "app 'shop': Secret shop-eu/c: Secret is not among the kinds of the app (2 clusters)"
        ])
  }

  @Test func anObjectWithoutANamespaceIsInDefault() async throws {
    let object = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n"
    #expect(try await refused(App.Allowance(namespaces: ["shop"]), object).count == 1)
    #expect(try await refused(App.Allowance(namespaces: ["default"]), object).isEmpty)
    // Only its owner knows the scope of a custom resource.
    let custom = "{apiVersion: example.com/v1, kind: Issuer, metadata: {name: a}}\n"
    #expect(
      try await refused(
        App.Allowance(namespaces: ["shop"], clusterKinds: [App.KindPattern("Issuer.example.com")]),
        custom
      ).isEmpty)
  }

  // MARK: Two apps

  private func twoApps(_ second: String) throws -> Renderer {
    var fixture = try fixture(Self.mixed)
    try fixture.write("overlays/bank/base/kustomization.yaml", "resources: [objects.yaml]\n")
    try fixture.write("overlays/bank/base/objects.yaml", second)
    var configuration = fixture.renderer.configuration
    configuration.apps.append(
      App(
        name: "bank", path: "overlays/bank",
        clusters: LabelSelector([.init("name", .isIn, ["c2"])])))
    configuration.clusters[1].labels["name"] = "c2"
    configuration.apps.sort { $0.name < $1.name }
    return Renderer(tree: fixture.tree, configuration: configuration, commit: nil)
  }

  @Test func anObjectOfTwoAppsIsRefusedForBothWhereTheyMeet() async throws {
    let renderer = try twoApps(
      "{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: bank}}\n")
    let answers = await renderer.digestsOfAllApps()
    #expect(
      answers["shop"]?.errors.mapValues(\.description) == [
        "c2": "shop on c2: overlays/shop/clusters/c2: ConfigMap bank/b: also belongs to the app "
          + "bank; an object has one owner on each cluster: remove it from one of them"
      ])
    #expect(answers["shop"]?.digests.keys.sorted() == ["c1"])
    #expect(answers["bank"]?.errors.keys.sorted() == ["c2"])
    #expect(await renderer.findings().count == 2)
    #expect(throws: Never.self) { try renderer.admitted(app: "shop", cluster: "c1") }
    #expect(throws: RenderError.self) { try renderer.admitted(app: "shop", cluster: "c2") }
  }

  @Test func anotherVersionOfTheSameKindIsTheSameObject() async throws {
    let renderer = try twoApps(
      "apiVersion: rbac.authorization.k8s.io/v1beta1\nkind: ClusterRole\nmetadata: {name: d}\n")
    #expect(await renderer.digestsOfAllApps()["bank"]?.errors.count == 1)
  }

  @Test func appsThatShareOnlyNamesAreFine() async throws {
    let renderer = try twoApps(
      "{apiVersion: v1, kind: Secret, metadata: {name: b, namespace: bank}}\n---\n"
        + "{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: shop}}\n")
    #expect(await renderer.digestsOfAllApps().values.allSatisfy(\.errors.isEmpty))
    #expect(await renderer.findings().isEmpty)
  }
}
