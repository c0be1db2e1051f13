import FleetModel
import Manifests
import SourceTree
import Testing

@testable import Rendering

/// `compat` of an App decides how lists merge in its overlays.
@Suite struct CompatibilityTests {
  private func listener(_ name: String, _ rest: String) -> String {
    """
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: edge}
    spec: {listeners: [{name: \(name), \(rest)}]}
    """
  }

  private func renderer(_ memory: RenderMemory = RenderMemory()) throws -> Renderer {
    let tree = try MemoryTree([
      "edge/base/kustomization.yaml": """
      resources: [../gateway]
      patches: [path: patch.yaml]
      """,
      "edge/base/patch.yaml": listener("https", "port: 443"),
      "edge/gateway/kustomization.yaml": "resources: [gateway.yaml]",
      "edge/gateway/gateway.yaml": listener("http", "port: 80"),
    ])
    let configuration = FleetConfiguration(
      clusters: [Cluster(name: "c1")],
      apps: [
        App(name: "plain", path: "edge", schema: .off),
        App(name: "merging", path: "edge", compat: .kubernetes, schema: .off),
      ], environments: [Environment(name: "all", clusters: LabelSelector())])
    return Renderer(tree: tree, configuration: configuration, commit: nil, memory: memory)
  }

  private func listeners(_ object: ManifestObject?) -> [String] {
    object?.node.value(at: "spec", "listeners")?.sequence?.compactMap { $0["name"]?.scalar?.text }
      ?? []
  }

  @Test func appsWithTheSameOverlayMayMergeDifferently() throws {
    let renderer = try renderer()
    for _ in 0..<2 {
      let plain = try renderer.render(app: "plain", cluster: "c1")
      #expect(listeners(plain.objects.first) == ["https"])
      let merging = try renderer.render(app: "merging", cluster: "c1")
      #expect(listeners(merging.objects.first) == ["https", "http"])
    }
  }

  @Test func aMemoryKeepsTheLevelsApart() async throws {
    let memory = RenderMemory()
    let plain = try await #require(renderer(memory).digests(app: "plain").digests["c1"])
    let merging = try await #require(renderer(memory).digests(app: "merging").digests["c1"])
    #expect(plain != merging)
    #expect(try await renderer(memory).digests(app: "plain").digests["c1"] == plain)
    #expect(try renderer().render(app: "merging", cluster: "c1").digest == merging)
  }
}
