import Foundation
import Manifests
import RolloutEngine
import Testing

/// `kill -9` at random moments of rollouts over the twelve clusters of the sample fleet. Each time the
/// hub comes back, and the rollout must end as one that nobody disturbed: same phases of every
/// target, wave and rollout, a log without a gap that folds to exactly the stored state, and never an
/// object on a cluster that was not planned for it.
@Test(.timeLimit(.minutes(20)))
func aHubKilledAtAnyMomentEndsAsIfUndisturbed() async throws {
  let environment = ProcessInfo.processInfo.environment
  let kills = environment["FLOTILLA_KILLS"].flatMap(Int.init) ?? 10
  var seed = environment["FLOTILLA_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 1...1_000_000)
  print("kill test: \(kills) kills, FLOTILLA_SEED=\(seed)")
  let sandbox = try Sandbox()
  defer { sandbox.close() }
  try sandbox.hurry()
  try await sandbox.startClusters(readyDelay: "100ms")
  var allowed: [String: Set<String>] = [:]
  func allowPresentFleet() throws {
    for (cluster, digests) in try RenderedFleet(folder: sandbox.repository).objects {
      allowed[cluster, default: []].formUnion(digests.map(\.hex))
    }
  }

  // The first installation and one undisturbed change, which says how a change ends.
  try await sandbox.startHub()
  try allowPresentFleet()
  try await sandbox.waitUntilEverywhere(try sandbox.commit("first"))
  let started = ContinuousClock.now
  try sandbox.changeShop(0)
  try allowPresentFleet()
  let undisturbed = try sandbox.commit("undisturbed")
  try await sandbox.waitUntilEverywhere(undisturbed)
  let usual = started.duration(to: .now)

  var commits: [String] = []
  for round in 1...kills {
    try sandbox.changeShop(round)
    try allowPresentFleet()
    let commit = try sandbox.commit("change \(round)")
    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    try await Task.sleep(for: usual * (Double(seed >> 33) / Double(UInt32.max >> 1)))
    sandbox.killHub()
    try await sandbox.startHub()
    try await sandbox.waitUntilEverywhere(commit)
    commits.append(commit)
  }
  try await sandbox.stopHub()

  let final = try FinalState(databasePath: sandbox.folder + "/hub.sqlite")
  #expect(final.isGapFree)
  #expect(final.rows == final.foldedRows)
  let expected = final.outcome(of: undisturbed)
  #expect(!expected.isEmpty)
  for (round, commit) in commits.enumerated() {
    #expect(final.outcome(of: commit) == expected, "round \(round + 1)")
  }
  let last = try RenderedFleet(folder: sandbox.repository)
  for (name, digest) in last.targets {
    let parts = name.split(separator: " ").map(String.init)
    #expect(final.state.clusters[parts[1]]?.deployed[parts[0]]?.digest == digest, "\(name)")
  }
  for cluster in try sandbox.clusterNames() {
    for record in try sandbox.audit(of: cluster) where !record.isInventory {
      #expect(
        allowed[cluster]?.contains(record.digest) == true,
        "\(cluster) got an object that no plan names: \(record.path)")
    }
  }
}
