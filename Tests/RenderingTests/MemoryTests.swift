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
  private static func outcomes(
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
