import Delivery
import FleetModel
import Foundation
import KubernetesAPI
import Manifests
import Testing

/// What was delivered is watched without its target state, on a real API server.
@Suite(.enabled(if: RealClusters.assets != nil, RealClusters.why))
struct StandingWatchTests {
  /// What a watch told, and how often it needed the target state.
  private actor Notes {
    private(set) var told: [[String]] = []
    private(set) var made = 0

    func tell(_ drifts: [Drift]) { told.append(drifts.map(\.line)) }
    func make() { made += 1 }
  }

  /// Runs `body` beside a watch of `target`.
  private func watching(
    _ target: TargetState, _ test: TestApp, _ cluster: TestCluster,
    _ body: (Notes) async throws -> Void
  ) async throws {
    let notes = Notes()
    let watch = try await StandingWatch(cluster.delivery, app: test.app, digest: target.digest)
    let task = Task {
      try await watch.run {
        await notes.make()
        return target
      } report: {
        await notes.tell($0)
      }
    }
    defer { task.cancel() }
    try await body(notes)
  }

  private func wait(for lines: [String], in notes: Notes) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while await notes.told.last != lines {
      guard ContinuousClock.now < deadline else {
        Issue.record("\(lines) was not told, but \(await notes.told)")
        return
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  @Test func theTargetStateIsNeededOnlyWhenSomebodyTouchedAnObject() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("stands")
    let target = try test.target(TestApp.configMap("a"), TestApp.configMap("b"))
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    try await watching(target, test, cluster) { notes in
      try await wait(for: [], in: notes)
      #expect(await notes.made == 0)
      _ = try await cluster.kubectl(
        "-n", test.namespace, "patch", "configmap/a", "-p", #"{"data":{"key":"by hand"}}"#)
      let line =
        "ConfigMap \(test.namespace)/a: .data.key is \"by hand\", should be \"1\" "
        + "(changed by kubectl-patch)"
      try await wait(for: [line], in: notes)
      #expect(await notes.made > 0)
      _ = try await cluster.kubectl("-n", test.namespace, "delete", "configmap", "b")
      try await wait(for: [line, "ConfigMap \(test.namespace)/b: was deleted"], in: notes)
    }
  }

  @Test func whatHappenedBeforeItBeganIsToldAtOnce() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("before")
    let target = try test.target(TestApp.configMap("a"))
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    _ = try await cluster.kubectl("-n", test.namespace, "delete", "configmap", "a")
    try await watching(target, test, cluster) { notes in
      try await wait(for: ["ConfigMap \(test.namespace)/a: was deleted"], in: notes)
    }
  }

  @Test func anotherTargetStateIsNotWatched() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("other")
    let target = try test.target(TestApp.configMap("a"))
    await #expect(throws: StandingWatch.NothingDelivered.self) {
      try await StandingWatch(cluster.delivery, app: test.app, digest: target.digest)
    }
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    await #expect(throws: StandingWatch.NothingDelivered.self) {
      try await StandingWatch(
        cluster.delivery, app: test.app, digest: Digest(hashing: "another"))
    }
  }

  @Test func fieldsOfOthersAreAnErrorUnlessTheyAreTakenOver() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("taken")
    let target = try test.target(TestApp.configMap("a"))
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    try await watching(target, test, cluster) { notes in
      _ = try await cluster.kubectl(
        "-n", test.namespace, "patch", "configmap/a", "-p", #"{"data":{"key":"x","new":"y"}}"#)
      await #expect(throws: DeliveryError.self) {
        try await cluster.delivery.apply(target, app: test.app, mark: .test(attempt: 2))
      }
      _ = try await cluster.delivery.apply(
        target, app: test.app, mark: .test(attempt: 3), policy: ApplyPolicy(conflicts: .takeOver))
      let data = try await cluster.kubectl(
        "-n", test.namespace, "get", "configmap/a", "-o", "jsonpath={.data}")
      #expect(data == #"{"key":"1","new":"y"}"#)
      _ = notes
    }
    try await watching(target, test, cluster) { try await wait(for: [], in: $0) }
  }
}
