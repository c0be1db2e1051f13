import FleetModel
import Manifests
import SourceTree
import Testing

@testable import Rendering

/// The sample's target states make sense by themselves, so that the first thing a newcomer applies
/// works.
@Suite struct SampleTargetStateTests {
  private let renderer: Renderer

  init() throws {
    let tree = DiskTree(root: repositoryRoot)
    renderer = Renderer(
      tree: tree, configuration: try #require(FleetLoader.load(tree: tree).configuration),
      commit: nil)
  }

  private func states() async throws -> [(name: String, state: TargetState)] {
    var states: [(String, TargetState)] = []
    for app in renderer.configuration.apps {
      for (cluster, result) in await renderer.renderAll(app: app.name) {
        states.append(("\(app.name) on \(cluster)", try result.get()))
      }
    }
    return states
  }

  @Test func everyAppRendersOnEveryCluster() async throws {
    #expect(try await states().count == 24)
  }

  @Test func nothingIsToBeSaidAgainstThem() async {
    #expect(await renderer.findings().isEmpty)
  }

  @Test func clustersThatDifferHaveTheirOwnTargetState() throws {
    func digest(_ app: String, _ cluster: String) throws -> Digest {
      try renderer.render(app: app, cluster: cluster).digest
    }
    #expect(try digest("platform", "dev-1") == digest("platform", "dev-2"))
    #expect(try digest("platform", "prod-eu-1") == digest("platform", "prod-us-1"))
    #expect(try digest("platform", "prod-eu-4") != digest("platform", "prod-eu-1"))
    let shops = try renderer.configuration.clusters.map { try digest("webshop", $0.name) }
    #expect(Set(shops).count == 12)
  }

  /// What Kubernetes 1.20 and today's versions both serve.
  @Test func onlyWidelyServedVersionsAreUsed() async throws {
    let served: Set = [
      "v1", "apps/v1", "autoscaling/v1", "networking.k8s.io/v1", "rbac.authorization.k8s.io/v1",
      "apiextensions.k8s.io/v1", "platform.example.com/v1",
    ]
    for (name, state) in try await states() {
      for object in state.objects {
        #expect(served.contains(object.identity.apiVersion), "\(name): \(object.identity)")
      }
    }
  }

  @Test func selectorsMatchThePodsTheyAreMeantFor() async throws {
    for (name, state) in try await states() {
      let templates = state.objects.compactMap {
        $0.node.value(at: "spec", "template", "metadata", "labels")
      }.map(labels)
      for object in state.objects {
        switch object.identity.kind {
        case "Deployment", "DaemonSet":
          let own = labels(
            object.node.value(at: "spec", "template", "metadata", "labels") ?? .emptyMapping)
          let wanted = labels(object.node.value(at: "spec", "selector", "matchLabels") ?? .null)
          #expect(!wanted.isEmpty && contains(own, wanted), "\(name): \(object.identity)")
        case "Service":
          let wanted = labels(object.node.value(at: "spec", "selector") ?? .null)
          #expect(templates.contains { contains($0, wanted) }, "\(name): \(object.identity)")
        default: break
        }
      }
    }
  }

  @Test func referencesLeadToObjectsOfTheSameTargetState() async throws {
    for (name, state) in try await states() {
      let known = Set(state.objects.map { "\($0.identity.kind) \($0.identity.name)" })
      var wanted: [String] = []
      func look(_ node: Node) {
        for (key, kind) in [("configMapRef", "ConfigMap"), ("configMap", "ConfigMap")] {
          if let found = node[key]?["name"]?.string { wanted.append("\(kind) \(found)") }
        }
        for key in ["scaleTargetRef", "roleRef"] {
          if let reference = node[key], let found = reference["name"]?.string {
            wanted.append("\(reference["kind"]?.string ?? "") \(found)")
          }
        }
        if let account = node["serviceAccountName"]?.string {
          wanted.append("ServiceAccount \(account)")
        }
        if let service = node["service"]?["name"]?.string { wanted.append("Service \(service)") }
        for pair in node.mapping?.pairs ?? [] { look(pair.value) }
        for item in node.sequence ?? [] { look(item) }
      }
      for object in state.objects where object.identity.kind != "CustomResourceDefinition" {
        look(object.node)
        if !object.identity.namespace.isEmpty {
          wanted.append("Namespace \(object.identity.namespace)")
        }
      }
      #expect(!wanted.isEmpty)
      for reference in wanted { #expect(known.contains(reference), "\(name): \(reference)") }
    }
  }

  private func labels(_ node: Node) -> [String: String] {
    Dictionary(
      (node.mapping?.pairs ?? []).map { ($0.key, $0.value.scalar?.text ?? "") },
      uniquingKeysWith: { first, _ in first })
  }

  private func contains(_ labels: [String: String], _ wanted: [String: String]) -> Bool {
    wanted.allSatisfy { labels[$0.key] == $0.value }
  }
}
