import Delivery
import FleetModel
import Foundation
import KubernetesAPI
import Manifests
import Testing

/// Target states in a folder, with the same promises as on a cluster.
@Suite struct DirectoryDeliveryTests {
  private let root: URL
  private let delivery: DirectoryDelivery

  init() throws {
    root = FileManager.default.temporaryDirectory.appending(path: "export-\(UUID())")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    delivery = DirectoryDelivery(
      cluster: "far", root: root.path, path: "ships/far", interval: .milliseconds(20))
  }

  private func target(_ maps: String...) throws -> TargetState {
    let nodes = try maps.flatMap { map in
      let parts = map.split(separator: "=")
      return try YAML.parse(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: \(parts[0]), namespace: shop}
        data: {key: "\(parts[1])"}
        """)
    }
    return TargetState(try nodes.map { try #require(ManifestObject($0)) })
  }

  private func text(_ file: String) throws -> String {
    try String(contentsOf: root.appending(path: "ships/far/\(file)"), encoding: .utf8)
  }

  private func apply(_ target: TargetState, attempt: Int = 1, prune: PrunePolicy = .keep)
    async throws -> ApplyReport
  {
    try await delivery.apply(
      target, app: "shop", mark: .test(attempt: attempt), prune: prune, policy: ApplyPolicy())
  }

  private func firstReport(_ target: TargetState) async throws -> HealthReport {
    try await delivery.reports(target, app: "shop", mark: .test(), checks: [])
      .report("a report") { _ in true }
  }

  @Test func theFolderHoldsTheTargetStateAndItsSum() async throws {
    let state = try target("a=1", "b=2")
    let report = try await apply(state)
    #expect(report.applied.count == 2)
    let objects = try YAML.parse(try text("shop.yaml"))
    #expect(objects.map { $0.value(at: "metadata", "name")?.string } == ["a", "b"])
    let sums = try text("SHA256SUMS")
    #expect(sums.contains("\(Digest(hashing: try text("shop.yaml")).hex)  shop.yaml\n"))
    let inventory = try #require(try await delivery.readInventory("shop"))
    #expect(inventory.digest == state.digest && inventory.phase == .applied)
    #expect(try await firstReport(state).overall == .healthy)
    let mode =
      try FileManager.default.attributesOfItem(
        atPath: root.appending(path: "ships/far/shop.yaml").path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func doingItTwiceIsDoingItOnce() async throws {
    let state = try target("a=1")
    _ = try await apply(state)
    let report = try await apply(state, attempt: 2)
    #expect(report.applied.isEmpty && report.unchanged.count == 1)
    #expect(try await delivery.readInventory("shop")?.mark.attempt == 2)
  }

  @Test func whatLeavesStaysUntilItsDeletionIsDecidedAndIsForgottenWhenItComesBack() async throws {
    _ = try await apply(try target("a=1", "b=2", "c=3"))
    let smaller = try target("a=1")
    let kept = try await apply(smaller, attempt: 2)
    #expect(kept.kept.map(\.name) == ["b", "c"] && kept.pruned.isEmpty)
    let b = try #require(kept.kept.first)
    let pruned = try await delivery.prune(
      [b], beside: smaller, app: "shop", mark: .test(attempt: 3))
    #expect(pruned.pruned == [b] && pruned.kept.map(\.name) == ["c"])
    let deletions = try YAML.parse(try text("shop.delete.yaml"))
    #expect(deletions.map { $0.value(at: "metadata", "name")?.string } == ["b"])
    #expect(deletions.allSatisfy { $0["data"] == nil })

    _ = try await apply(try target("a=1", "b=9"), attempt: 4)
    #expect(try text("shop.delete.yaml").isEmpty)
  }

  @Test func nothingIsDeletedBesideAnotherTargetState() async throws {
    _ = try await apply(try target("a=1", "b=2"))
    _ = try await apply(try target("a=1"), attempt: 2)
    let other = try target("a=7")
    await #expect(throws: DeliveryError.self) {
      try await delivery.prune([], beside: other, app: "shop", mark: .test(attempt: 3))
    }
  }

  @Test func aHubOfAnEarlierEpochIsRefused() async throws {
    let state = try target("a=1")
    _ = try await delivery.apply(
      state, app: "shop", mark: .test(epoch: 7), prune: .keep, policy: ApplyPolicy())
    let error = await #expect(throws: DeliveryError.self) {
      try await delivery.apply(
        state, app: "shop", mark: .test(epoch: 6), prune: .keep, policy: ApplyPolicy())
    }
    guard case .fenced(storedEpoch: 7)? = error?.reason else {
      Issue.record("not fenced: \(String(describing: error))")
      return
    }
  }

  @Test func aMediumThatIsNotThereIsUnreachableAndNeverEmpty() async throws {
    let state = try target("a=1")
    _ = try await apply(state)
    try FileManager.default.removeItem(at: root)
    let error = await #expect(throws: DeliveryError.self) { try await apply(state, attempt: 2) }
    #expect(error?.isUnreachable == true)
    await #expect(throws: DeliveryError.self) { try await delivery.readInventories() }
    guard case .unreachable = try await firstReport(state).overall else {
      Issue.record("a missing medium is not unreachable")
      return
    }
    #expect(!FileManager.default.fileExists(atPath: root.path))
  }

  @Test func aChangedFileIsDriftThatNamesTheFieldAndTheNextApplyTakesItBack() async throws {
    let state = try target("a=1", "b=2")
    _ = try await apply(state)
    let file = root.appending(path: "ships/far/shop.yaml")
    let written = try text("shop.yaml")
    try written.replacingOccurrences(of: "\"1\"", with: "\"5\"")
      .write(to: file, atomically: true, encoding: .utf8)
    let watch = try await delivery.driftWatch(app: "shop", digest: state.digest)
    let drifts = AsyncStream<[Drift]>.makeStream()
    let task = Task {
      try await watch.run(target: { state }, report: { drifts.continuation.yield($0) })
    }
    defer { task.cancel() }
    var seen = drifts.stream.makeAsyncIterator()
    let first = try #require(await seen.next())
    #expect(first.map(\.line) == [#"ConfigMap shop/a: .data.key is "5", should be "1""#])
    #expect(try await firstReport(state).overall == .degraded)
    _ = try await apply(state, attempt: 2)
    #expect(await seen.next() == [])
    #expect(try text("shop.yaml") == written)
  }

  @Test func aRecordThatIsNotOursIsAFaultAndNotNothing() async throws {
    _ = try await apply(try target("a=1"))
    try "{}".write(
      to: root.appending(path: "ships/far/shop.json"), atomically: true, encoding: .utf8)
    await #expect(throws: DeliveryError.self) { try await delivery.readInventory("shop") }
    let reading = try await delivery.readInventories()
    #expect(reading.inventories.isEmpty && reading.faults.count == 1)
  }
}
