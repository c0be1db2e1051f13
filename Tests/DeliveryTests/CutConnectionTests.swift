import Delivery
import Foundation
import KubernetesAPI
import Manifests
import Testing

/// A real API server behind a line that breaks at random places.
@Suite(.enabled(if: RealClusters.assets != nil, RealClusters.why))
struct CutConnectionTests {
  /// Every round changes the target state; the apply is repeated until it comes through. What is on
  /// the cluster afterwards is exactly the target state and what others put there.
  @Test func noCutLosesAnObjectOrDeletesAnotherOne() async throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var random = LinearRandom(state: seed)
    let clusters = try await RealClusters.running()
    let steady = try clusters.cluster()
    let proxy = try await ScriptedServer.start(.plain)
    let cut = try clusters.cluster(
      proxy: proxy.url,
      retry: RetryPolicy(attempts: 2, base: .milliseconds(1), cap: .milliseconds(5)))
    let test = TestApp("cut")
    _ = try await steady.delivery.apply(try test.target(), app: test.app, mark: .test())
    _ = try await steady.kubectl("-n", test.namespace, "create", "configmap", "by-hand")
    var failures = 0
    for round in 1...5 {
      let names = (0..<8).map { "c\($0)" }.filter { _ in random.next() % 2 == 0 }
      let target = try test.target(
        names.map { TestApp.configMap($0, value: "\(round)") }.joined(separator: "\n---\n"))
      var isApplied = false
      for attempt in 1...60 where !isApplied {
        // Ever longer lives of a connection, so that it gets through in the end.
        let steps = (0..<40).map { _ in #"{"cut": \#(random.next() % UInt64(attempt * 6000))}"# }
        try await proxy.script(steps.joined(separator: ","), with: clusters.http)
        do {
          _ = try await cut.delivery.apply(
            target, app: test.app, mark: .test(attempt: round * 100 + attempt))
          isApplied = true
        } catch let error as DeliveryError {
          failures += 1
          #expect(error.isTransient, "\(error)")
        }
      }
      #expect(isApplied, "round \(round) never came through")
      let list = try await steady.kubectl(
        "-n", test.namespace, "get", "configmap", "-o",
        "jsonpath={range .items[*]}{.metadata.name}={.data.key} {end}")
      let expected = names.map { "\($0)=\(round)" } + ["by-hand="]
      let found = list.split(separator: " ").map(String.init)
        .filter { !$0.hasPrefix("kube-root-ca.crt") }
      #expect(found.sorted() == expected.sorted())
      let inventory = try #require(try await steady.delivery.readInventory(test.app))
      #expect(inventory.digest == target.digest)
      #expect(inventory.phase == .applied)
    }
    #expect(failures > 0, "nothing was cut")
  }

  private struct LinearRandom {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
  }
}
