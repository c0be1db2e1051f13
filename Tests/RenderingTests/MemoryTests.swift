import FleetModel
import Manifests
import SourceTree
import Testing

@testable import Rendering

/// What is remembered of earlier commits never changes what comes out.
@Suite struct MemoryTests {
  private static let configuration = FleetConfiguration(
    clusters: RandomFleet.clusters.map {
      Cluster(name: $0, labels: ["env": RandomFleet.environment(of: $0)])
    },
    apps: [
      App(name: "shop", path: "overlays/shop"),
      App(name: "placed", path: "overlays/shop", namespace: "shop"),
    ],
    environments: RandomFleet.environments.map {
      Environment(name: $0, clusters: LabelSelector([.init("env", .isIn, [$0])]))
    })

  /// Digest or reason by cluster.
  static func outcomes(
    _ tree: any FileTree, _ memory: RenderMemory, app: String = "shop"
  ) async -> [String: String] {
    let renderer = Renderer(
      tree: tree, configuration: configuration, commit: nil, memory: memory)
    let result = await renderer.digests(app: app)
    return result.digests.mapValues(\.hex)
      .merging(result.errors.mapValues(\.description)) { first, _ in first }
  }

  @Test(arguments: 0..<4)
  func afterEachCommitTheDigestsAreThoseOfAFreshRendering(_: Int) async throws {
    let seed = UInt64.random(in: 0 ... .max)
    var fleet = RandomFleet(seed: seed)
    let memory = RenderMemory()
    var steps: [String] = []
    for _ in 0..<40 {
      steps.append(fleet.change())
      let tree = try IdentifiedTree(fleet.items)
      for app in ["shop", "placed"] {
        let fresh = await Self.outcomes(tree, RenderMemory(), app: app)
        let remembered = await Self.outcomes(tree, memory, app: app)
        let differing = RandomFleet.clusters.filter { fresh[$0] != remembered[$0] }
        guard differing.isEmpty else {
          Issue.record("seed \(seed), \(app), \(differing) after \(steps.suffix(5))")
          return
        }
      }
    }
  }

  @Test func aCommitThatChangesNothingTheyReadRendersNothing() async throws {
    var fleet = RandomFleet(seed: 1)
    _ = fleet.change()
    let memory = RenderMemory()
    let before = await Self.outcomes(try IdentifiedTree(fleet.items), memory)
    var items = fleet.items
    items["README.md"] = .file("new")
    items["overlays/shop/clusters/c0/README.md"] = .file("new")
    let renderer = Renderer(
      tree: try IdentifiedTree(items), configuration: Self.configuration, commit: nil,
      memory: memory)
    let after = await renderer.digests(app: "shop")
    #expect(after.errors.isEmpty)
    #expect(after.remembered == after.digests.count)
    #expect(after.digests.mapValues(\.hex) == before)
  }

  @Test func aCommitThatTouchesOneOverlayRendersOne() async throws {
    let files = DeterminismTests.files(20).mapValues { IdentifiedTree.Item.file($0) }
    let memory = RenderMemory()
    _ = await DeterminismTests.renderer(try IdentifiedTree(files), 20, memory).digests(app: "shop")
    var changed = files
    changed["overlays/shop/clusters/c4/kustomization.yaml"] = .file(
      "resources: [../../environments/e0]\nnamePrefix: new-\n")
    let after = await DeterminismTests.renderer(try IdentifiedTree(changed), 20, memory)
      .digests(app: "shop")
    #expect(after.digests.count == 20)
    #expect(after.remembered == 19)
  }

  /// A base may be shared with an overlay that did more before it: nothing of that comes along.
  @Test func aSharedBaseBringsNothingOfOtherOverlays() async throws {
    let deployment = """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec:
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec: {containers: [{name: a, image: a}, {name: b, image: b}]}

      """
    let files: [String: IdentifiedTree.Item] = [
      "overlays/shop/base/kustomization.yaml": .file("resources: [web.yaml]\n"),
      "overlays/shop/base/web.yaml": .file(deployment),
      "overlays/shop/clusters/c0/kustomization.yaml":
        .file("resources: [custom.yaml, ../../base]\n"),
      "overlays/shop/clusters/c0/custom.yaml":
        .file("apiVersion: example.com/v1\nkind: Custom\nmetadata: {name: c}\n"),
      "overlays/shop/clusters/c2/kustomization.yaml": .file(
        "resources: [../../base]\ncomponents: [../../component]\n"),
      "overlays/shop/component/kustomization.yaml": .file(
        """
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        openapi: {path: schema.json}
        patches:
          - patch: |-
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec: {template: {spec: {containers: [{name: a, image: new}]}}}

        """),
      "overlays/shop/component/schema.json": .file("{\"definitions\": {}}"),
    ]
    let tree = try IdentifiedTree(files)
    let memory = RenderMemory()
    let first = DeterminismTests.renderer(tree, 1, memory)
    _ = try first.render(app: "shop", cluster: "c0")
    let second = try DeterminismTests.renderer(tree, 3, memory).render(app: "shop", cluster: "c2")
    let fresh = try DeterminismTests.renderer(tree, 3, RenderMemory())
      .render(app: "shop", cluster: "c2")
    #expect(second.digest == fresh.digest)
  }

  @Test func anEarlierStateThatComesBackIsNotRenderedAgain() async throws {
    let first = DeterminismTests.files(20).mapValues { IdentifiedTree.Item.file($0) }
    var second = first
    second["overlays/shop/base/a.yaml"] = .file(RenderingFixture.configMap("a", "2"))
    let memory = RenderMemory()
    var remembered: [Int] = []
    for files in [first, second, first, second] {
      remembered.append(
        await DeterminismTests.renderer(try IdentifiedTree(files), 20, memory)
          .digests(app: "shop").remembered)
    }
    #expect(remembered == [0, 0, 20, 20])
  }
}

/// What is remembered outlives the process as rows.
@Suite struct RememberedRowsTests {
  private static func digests(
    _ files: [String: IdentifiedTree.Item], _ memory: RenderMemory
  ) async throws -> Renderer.AppDigests {
    await DeterminismTests.renderer(try IdentifiedTree(files), 20, memory).digests(app: "shop")
  }

  private static let files = DeterminismTests.files(20).mapValues { IdentifiedTree.Item.file($0) }

  @Test func afterARestartNothingIsRenderedAgain() async throws {
    let memory = RenderMemory()
    let before = try await Self.digests(Self.files, memory)
    let rows = memory.takeNewRows()
    // Ten with an overlay of their own, and one for each environment.
    #expect(rows.states.count == 12)
    #expect(memory.takeNewRows().isEmpty)
    let restarted = RenderMemory()
    #expect(restarted.restore(rows) == 12)
    let after = try await Self.digests(Self.files, restarted)
    #expect(after.remembered == 20)
    #expect(after.digests == before.digests)
    #expect(restarted.takeNewRows().isEmpty)
    #expect(Set(restarted.rowsInUse().states) == Set(rows.states))
  }

  @Test func rowsHoldNoContentOfObjects() async throws {
    var files = Self.files
    files["overlays/shop/base/a.yaml"] = .file(
      "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: hunter2}\n")
    let memory = RenderMemory()
    _ = try await Self.digests(files, memory)
    let rows = memory.takeNewRows()
    let text =
      rows.pieces.values.map { String(decoding: $0, as: UTF8.self) }.joined()
      + rows.states.map { "\($0)" }.joined()
    #expect(text.contains("kustomization.yaml"))
    #expect(!text.contains("hunter2") && !text.contains("password"))
  }

  @Test func damagedRowsAreRenderedAgain() async throws {
    let memory = RenderMemory()
    let before = try await Self.digests(Self.files, memory)
    let seed = UInt64.random(in: 0 ... .max)
    var random = SplitMix(seed: seed)
    let rows = memory.takeNewRows()
    for _ in 0..<20 {
      var damaged = rows
      let name = try #require(damaged.pieces.keys.sorted().randomElement(using: &random))
      if var piece = damaged.pieces[name], Bool.random(using: &random) {
        let place = Int.random(in: 0..<piece.count, using: &random)
        piece[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        damaged.pieces[name] = piece
      } else {
        damaged.pieces[name] = nil
      }
      let restarted = RenderMemory()
      #expect(restarted.restore(damaged) < 12, "seed \(seed)")
      let after = try await Self.digests(Self.files, restarted)
      #expect(after.digests == before.digests, "seed \(seed)")
    }
  }

  @Test(arguments: 0..<2)
  func afterEachCommitAndRestartTheDigestsAreThoseOfAFreshRendering(_: Int) async throws {
    let seed = UInt64.random(in: 0 ... .max)
    var fleet = RandomFleet(seed: seed)
    var rows = RememberedRows()
    for step in 0..<30 {
      let change = fleet.change()
      let tree = try IdentifiedTree(fleet.items)
      let memory = RenderMemory()
      memory.restore(rows)
      let fresh = await MemoryTests.outcomes(tree, RenderMemory())
      let remembered = await MemoryTests.outcomes(tree, memory)
      let new = memory.takeNewRows()
      rows.states += new.states
      rows.pieces.merge(new.pieces) { _, new in new }
      #expect(fresh == remembered, "seed \(seed), step \(step): \(change)")
    }
  }
}
