import FleetModel
import Manifests
import Testing

@testable import Rendering

/// What a commit does to a fleet, equal changes told once.
@Suite struct FleetDifferenceTests {
  private static let deployment = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      replicas: 2
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          containers: [{name: web, image: "shop:1", envFrom: [{configMapRef: {name: options}}]}]

    """

  /// Twelve clusters with an overlay each that generates a ConfigMap of its own and annotates all.
  private func fleet(_ change: (inout RenderingFixture) throws -> Void = { _ in }) throws
    -> Renderer
  {
    var fixture = try RenderingFixture()
    fixture.clusters = (1...12).map { "c\($0)" }
    try fixture.write(
      "overlays/shop/base/kustomization.yaml",
      "resources: [settings.yaml, web.yaml]\n"
        + "configMapGenerator: [{name: options, literals: [mode=a]}]\n")
    try fixture.write("overlays/shop/base/web.yaml", Self.deployment)
    for cluster in fixture.clusters {
      try fixture.write(
        "overlays/shop/clusters/\(cluster)/kustomization.yaml",
        """
        resources: [../../environments/dev]
        commonAnnotations: {cluster: \(cluster)}
        configMapGenerator: [{name: options, behavior: merge, literals: [cluster=\(cluster)]}]

        """)
    }
    try change(&fixture)
    return fixture.renderer
  }

  private func replace(
    _ old: String, with new: String, in text: String = deployment
  ) -> @Sendable (inout RenderingFixture) throws -> Void {
    { try $0.write("overlays/shop/base/web.yaml", text.replacing(old, with: new)) }
  }

  private func difference(
    _ change: (inout RenderingFixture) throws -> Void
  ) async throws -> FleetDifference {
    await FleetDifference.between(try fleet(), try fleet(change))
  }

  @Test func equalSidesHaveNoDifference() async throws {
    let difference = try await difference { _ in }
    #expect(difference.isEmpty)
    #expect(difference.untouched.count == 12)
  }

  @Test func aChangeOfTheBaseIsOneClassAndNamesTheField() async throws {
    let difference = try await difference(replace("shop:1", with: "shop:2"))
    let only = try #require(difference.classes.first)
    #expect(difference.classes.count == 1)
    #expect(only.clusters.count == 12)
    #expect(difference.untouched.isEmpty)
    let change = try #require(only.change.objects.first)
    #expect(only.change.objects.count == 1)
    #expect(
      change.fields.map(\.path.description) == [".spec.template.spec.containers[name=web].image"])
    #expect(change.impacts == [.restart])
  }

  @Test func generatedNamesDoNotTellClustersApart() async throws {
    let difference = try await difference {
      try $0.write(
        "overlays/shop/base/kustomization.yaml",
        "resources: [settings.yaml, web.yaml]\n"
          + "configMapGenerator: [{name: options, literals: [mode=b]}]\n")
    }
    let only = try #require(difference.classes.first)
    #expect(difference.classes.count == 1)
    #expect(only.clusters.count == 12)
    let map = try #require(only.change.objects.first { $0.identity.kind == "ConfigMap" })
    #expect(map.kind == .changed)
    #expect(map.previousName?.hasPrefix("options-") == true)
    #expect(map.fields.map(\.path.description) == [".data.mode"])
    #expect(!only.change.objects.contains { $0.impacts.contains(.deletion) })
  }

  @Test func aChangeOfOneClusterLeavesTheOthersUntouched() async throws {
    let difference = try await difference {
      try $0.write(
        "overlays/shop/clusters/c7/kustomization.yaml",
        "resources: [../../environments/dev]\ncommonAnnotations: {cluster: c7}\n"
          + "configMapGenerator: [{name: options, behavior: merge, literals: [cluster=c7, x=y]}]\n")
    }
    #expect(difference.classes.map(\.clusters) == [["c7"]])
    #expect(difference.untouched.count == 11)
  }

  @Test func differentChangesAreDifferentClasses() async throws {
    let difference = try await difference {
      try $0.write(
        "overlays/shop/base/web.yaml", Self.deployment.replacing("shop:1", with: "shop:2"))
      try $0.write(
        "overlays/shop/clusters/c3/kustomization.yaml",
        """
        resources: [../../environments/dev]
        commonAnnotations: {cluster: c3}
        configMapGenerator: [{name: options, behavior: merge, literals: [cluster=c3]}]
        replicas: [{name: web, count: 5}]

        """)
    }
    #expect(difference.classes.map(\.clusters.count).sorted() == [1, 11])
  }

  @Test func aNewObjectThatCarriesTheClustersNameIsOneClass() async throws {
    let difference = try await difference {
      try $0.write(
        "overlays/shop/base/settings.yaml",
        RenderingFixture.configMap("settings", "base") + "---\n"
          + RenderingFixture.configMap("more", "x"))
    }
    #expect(difference.classes.map(\.clusters.count) == [12])
    #expect(difference.classes.first?.change.objects.map(\.kind) == [.created])
  }

  @Test func deletionsComeFirstAndGraveOnesAreCalledSo() async throws {
    let claim = """
      ---
      apiVersion: v1
      kind: PersistentVolumeClaim
      metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}

      """
    let before = try fleet { try $0.write("overlays/shop/base/web.yaml", Self.deployment + claim) }
    let after = try fleet(replace("replicas: 2", with: "replicas: 3"))
    let difference = await FleetDifference.between(before, after)
    let objects = try #require(difference.classes.first).change.objects
    #expect(objects.map(\.kind) == [.changed, .deleted])
    #expect(objects.last?.impacts == [.deletion, .dataLoss])
  }

  @Test func deletedObjectsCountByTheirNames() async throws {
    let before = try fleet {
      for cluster in ["c1", "c2"] {
        try $0.write(
          "overlays/shop/clusters/\(cluster)/kustomization.yaml",
          "resources: [../../environments/dev, own.yaml]\n")
        try $0.write(
          "overlays/shop/clusters/\(cluster)/own.yaml",
          RenderingFixture.configMap("own", "of \(cluster)!\(cluster == "c1" ? 1 : 2)"))
      }
    }
    let after = try fleet {
      for cluster in ["c1", "c2"] {
        try $0.write(
          "overlays/shop/clusters/\(cluster)/kustomization.yaml",
          "resources: [../../environments/dev]\n")
      }
    }
    let difference = await FleetDifference.between(before, after)
    #expect(difference.classes.map(\.clusters) == [["c1", "c2"]])
    #expect(difference.untouched.count == 10)
  }

  @Test func aFieldThatTheServerDoesNotLetChangeIsARefusalOrAReplacementByPolicy() async throws {
    func impacts(
      _ change: (inout RenderingFixture) throws -> Void
    ) async throws -> Set<Impact>? {
      try await difference(change).classes.first?.change.objects.first?.impacts
    }
    let selector = replace("{app: web}", with: "{app: shop}")
    #expect(try await impacts(selector) == [.refusal, .restart])
    let allowed = try await impacts { fleet in
      try selector(&fleet)
      fleet.app.apply.immutable = .replace
    }
    #expect(allowed == [.replacement, .restart])
  }

  @Test func aSecretIsShownAsChangedWithoutItsValues() async throws {
    func secret(_ value: String) -> String {
      "resources: [settings.yaml, web.yaml]\nsecretGenerator: [{name: key, literals: [k=\(value)]}]\n"
        + "configMapGenerator: [{name: options, literals: [mode=a]}]\n"
    }
    let before = try fleet {
      try $0.write("overlays/shop/base/kustomization.yaml", secret("hunter2"))
    }
    let after = try fleet {
      try $0.write("overlays/shop/base/kustomization.yaml", secret("hunter3"))
    }
    let difference = await FleetDifference.between(before, after)
    let change = try #require(difference.classes.first?.change.objects.first)
    #expect(change.fields.map(\.path.description) == [".data.k"])
    #expect(change.fields.first?.before?.string == "*** (before)")
    #expect(!"\(difference)".contains("aHVudGVy"))
  }

  @Test func aSideThatDoesNotRenderIsAFailureAndNoDeletion() async throws {
    let difference = try await difference {
      try $0.write("overlays/shop/base/kustomization.yaml", "resources: [absent.yaml]\n")
    }
    #expect(difference.classes.isEmpty)
    #expect(difference.failures.count == 12)
    #expect(difference.failures.allSatisfy { $0.side == .after })
    #expect(difference.untouched.isEmpty)
    #expect(!difference.isEmpty)
  }

  @Test func aClusterThatJoinsOrLeavesGetsOrLosesTheWholeApp() async throws {
    let before = try fleet { $0.clusters.removeLast() }
    let after = try fleet { $0.clusters.removeFirst() }
    let difference = await FleetDifference.between(before, after)
    let kinds = Dictionary(
      uniqueKeysWithValues: difference.classes.map { ($0.change.kind, $0.clusters) })
    #expect(kinds == [.added: ["c12"], .removed: ["c1"]])
  }

  @Test func onlyWhatIsAskedForIsCompared() async throws {
    let difference = await FleetDifference.between(
      try fleet(), try fleet(replace("shop:1", with: "shop:2"))
    ) { _, cluster in cluster == "c4" }
    #expect(difference.classes.map(\.clusters) == [["c4"]])
  }

  @Test func aWordThatOnlyContainsTheClustersNameIsNotTheClusters() async throws {
    func value(_ cluster: String, _ text: String) -> String {
      """
      resources: [../../environments/dev]
      commonAnnotations: {cluster: \(cluster)}
      configMapGenerator: [{name: options, behavior: merge, literals: [cluster=\(cluster)]}]
      patches: [{patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {v: \(text)}}'}]

      """
    }
    let difference = try await difference {
      try $0.write("overlays/shop/clusters/c3/kustomization.yaml", value("c3", "abc3"))
      try $0.write("overlays/shop/clusters/c4/kustomization.yaml", value("c4", "abc4"))
      try $0.write("overlays/shop/clusters/c5/kustomization.yaml", value("c5", "x/c5/y"))
      try $0.write("overlays/shop/clusters/c6/kustomization.yaml", value("c6", "x/c6/y"))
    }
    #expect(
      difference.classes.map(\.clusters).sorted { $0[0] < $1[0] } == [
        ["c3"], ["c4"], ["c5", "c6"],
      ])
  }
}
