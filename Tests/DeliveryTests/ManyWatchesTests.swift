import Delivery
import KubernetesAPI
import Manifests
import Synchronization
import Testing

/// Many watches share one connection to a real API server, and a burst of events is more than one of
/// them takes at a time.
@Suite(.enabled(if: RealClusters.assets != nil, RealClusters.why))
struct ManyWatchesTests {
  private static let count = 120

  @Test(.timeLimit(.minutes(3)))
  func noneMissesTheLastEventsOfABurst() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("burst")
    _ = try await cluster.delivery.apply(try test.target(), app: test.app, mark: .test())
    let kind = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")
    let resource = try await cluster.client.resource(for: kind)
    let start = try await cluster.client.list(resource, namespace: test.namespace).resourceVersion
    let maps = try test.target(
      (0..<Self.count).map {
        TestApp.configMap("m\($0)", value: String(repeating: "x", count: 3000))
      }.joined(separator: "\n---\n"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        group.addTask {
          var names = Set<String>()
          let events = try await cluster.client.watch(
            resource, namespace: test.namespace, from: start, duration: .seconds(60))
          for try await case .added(let object) in events {
            let name = object.value(at: "metadata", "name")?.string ?? ""
            if name.hasPrefix("m") { names.insert(name) }
            if names.count == Self.count { return }
          }
          Issue.record("watch \(number) saw \(names.count) of \(Self.count) objects")
        }
      }
      group.addTask {
        _ = try await cluster.delivery.apply(maps, app: test.app, mark: .test(attempt: 2))
      }
      try await group.waitForAll()
    }
  }
}
