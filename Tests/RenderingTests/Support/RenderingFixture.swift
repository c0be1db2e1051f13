import FleetModel
import Foundation
import Manifests
import SourceTree
import Synchronization
import Testing

@testable import Rendering

/// The checkout that these tests belong to.
let repositoryRoot = URL(filePath: #filePath).resolvingSymlinksInPath()
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path()

/// Two clusters in dev, one app with a base, an overlay for dev and one for c2.
struct RenderingFixture {
  var tree = MemoryTree()
  var app = App(name: "shop", path: "overlays/shop")
  var clusters = ["c1", "c2"]

  init() throws {
    try write("overlays/shop/base/kustomization.yaml", "resources: [settings.yaml]\n")
    try write("overlays/shop/base/settings.yaml", Self.configMap("settings", "base"))
    try write("overlays/shop/environments/dev/kustomization.yaml", "resources: [../../base]\n")
    try write(
      "overlays/shop/clusters/c2/kustomization.yaml",
      """
      resources: [../../environments/dev]
      patches:
        - patch: |-
            {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {value: c2}}

      """)
  }

  static func configMap(_ name: String, _ value: String) -> String {
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \(name)\ndata:\n  value: \"\(value)\"\n"
  }

  mutating func write(_ path: String, _ text: String) throws {
    try tree.write(Array(text.utf8), to: path)
  }

  var renderer: Renderer {
    Renderer(
      tree: tree,
      configuration: FleetConfiguration(
        clusters: clusters.map { Cluster(name: $0, labels: ["env": "dev"]) }, apps: [app],
        environments: [
          Environment(name: "dev", clusters: LabelSelector([.init("env", .isIn, ["dev"])]))
        ]),
      commit: nil)
  }

  /// The text of the error that rendering on `cluster` ends in; `nil` when it succeeds.
  func error(on cluster: String = "c1") -> String? {
    do {
      _ = try renderer.render(app: "shop", cluster: cluster)
      return nil
    } catch { return error.description }
  }
}

/// Counts how often each file is read.
final class CountingTree: FileTree {
  private let tree: MemoryTree
  private let counts = Mutex<[TreePath: Int]>([:])

  init(_ tree: MemoryTree) { self.tree = tree }

  var reads: [TreePath: Int] { counts.withLock { $0 } }

  func entry(at path: TreePath) throws -> TreeEntry? { try tree.entry(at: path) }
  func children(of path: TreePath) throws -> [String] { try tree.children(of: path) }
  func contents(of path: TreePath) throws -> [UInt8] {
    counts.withLock { $0[path, default: 0] += 1 }
    return try tree.contents(of: path)
  }
}

/// A small deterministic generator (splitmix64), so that a printed seed repeats a run.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
