import FleetModel
import Kustomize
import Manifests
import SourceTree
import Testing

@testable import Rendering

/// A target state is a pure function of files and configuration.
@Suite struct DeterminismTests {
  /// A base, two environments and `count` clusters of which every other has its own overlay.
  static func files(_ count: Int) -> [String: String] {
    var files = [
      "overlays/shop/base/kustomization.yaml":
        "resources: [a.yaml]\nconfigMapGenerator: [{name: g, literals: [k=v]}]\n",
      "overlays/shop/base/a.yaml": RenderingFixture.configMap("a", "1"),
    ]
    for environment in ["e0", "e1"] {
      files["overlays/shop/environments/\(environment)/kustomization.yaml"] =
        "resources: [../../base]\nnameSuffix: -\(environment)\n"
    }
    for index in stride(from: 0, to: count, by: 2) {
      files["overlays/shop/clusters/c\(index)/kustomization.yaml"] =
        "resources: [../../environments/e\(index / 2 % 2)]\n"
        + "commonAnnotations: {cluster: c\(index), touched: x}\n"
    }
    return files
  }

  private static func environment(of index: Int) -> String { "e\(index / 2 % 2)" }

  /// Renders ``files(_:)``, or what became of them.
  static func renderer(_ tree: any FileTree, _ count: Int, _ memory: RenderMemory) -> Renderer {
    Renderer(
      tree: tree,
      configuration: FleetConfiguration(
        clusters: (0..<count).map {
          Cluster(name: "c\($0)", labels: ["env": environment(of: $0)])
        },
        apps: [App(name: "shop", path: "overlays/shop")],
        environments: ["e0", "e1"].map {
          Environment(name: $0, clusters: LabelSelector([.init("env", .isIn, [$0])]))
        }),
      commit: nil, memory: memory)
  }

  private static func digests(
    _ files: [String: String], clusters count: Int
  ) async throws -> [String: Digest] {
    try await renderer(MemoryTree(files), count, RenderMemory()).renderAll(app: "shop").mapValues {
      try $0.get().digest
    }
  }

  @Test func theSameFilesGiveTheSameDigests() async throws {
    let files = Self.files(20)
    let first = try await Self.digests(files, clusters: 20)
    let again = try await Self.digests(files, clusters: 20)
    #expect(first == again)
    #expect(first.count == 20)
    // Ten with an overlay of their own, and one digest for each environment.
    #expect(Set(first.values).count == 12)
  }

  @Test func aChangeReachesExactlyTheClustersThatUseTheFile() async throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SplitMix(seed: seed)
    let count = 16
    let files = Self.files(count)
    let before = try await Self.digests(files, clusters: count)
    for round in 0..<30 {
      var changed = files
      let path = try #require(files.keys.sorted().randomElement(using: &random))
      let everyone = (0..<count).map { "c\($0)" }
      let expected: [String]
      let text = files[path] ?? ""
      if path.hasSuffix("a.yaml") {
        changed[path] = text + "  more: r\(round)\n"
        expected = everyone
      } else if path.contains("/base/") {
        changed[path] = text.replacing("k=v", with: "k=v\(round)")
        expected = everyone
      } else if path.contains("/environments/") {
        changed[path] = text + "commonLabels: {round: r\(round)}\n"
        expected = everyone.indices
          .filter { path.contains("/\(Self.environment(of: $0))/") }.map { "c\($0)" }
      } else {
        changed[path] = text.replacing("touched: x", with: "touched: r\(round)")
        expected = everyone.filter { path.contains("/\($0)/") }
      }
      let after = try await Self.digests(changed, clusters: count)
      let differing = everyone.filter { before[$0] != after[$0] }
      #expect(differing == expected, "seed \(seed), \(path)")
    }
  }

  @Test func eachFileIsReadOnce() async throws {
    let tree = CountingTree(try MemoryTree(Self.files(20)))
    let renderer = Self.renderer(tree, 20, RenderMemory())
    _ = await renderer.renderAll(app: "shop")
    _ = await renderer.renderAll(app: "shop")
    #expect(tree.reads.count == 14)
    #expect(tree.reads.values.allSatisfy { $0 == 1 })
  }

  @Test func aTargetStateKnowsTheFilesItWasMadeFrom() throws {
    let rendered = try RenderingFixture().renderer.rendered(app: "shop", cluster: "c2")
    #expect(
      rendered.files.map(\.path.description) == [
        "overlays/shop/base/kustomization.yaml", "overlays/shop/base/settings.yaml",
        "overlays/shop/clusters/c2/kustomization.yaml",
        "overlays/shop/environments/dev/kustomization.yaml",
      ])
  }
}
