import Foundation
import Testing

/// The walk of the demo: a promotion to prod, paused in its first wave, resumed to the end.
@Test(.timeLimit(.minutes(5)))
func aPausedWaveKeepsItsClustersAndSaysWhoPausedItWhyAndHowToResume() async throws {
  let sandbox = try Sandbox()
  defer { sandbox.close() }
  let (_, second) = try await sandbox.startWithAReleaseForProd()
  let old = try sandbox.digests(of: "webshop", in: "prod")

  // Pausing before anything runs: the rollout stops when it reaches the wave.
  let promotion = try sandbox.flotilla("promote", second, "--to", "prod", "--reason", "go")
  #expect(promotion.status == 0, "\(promotion.errors)")
  let rollout = "webshop-prod-2"
  let pause = try sandbox.flotilla(
    "rollout", "pause", rollout, "--at", "eu", "--reason", "database team asks")
  #expect(pause.status == 0, "\(pause.errors)")
  try await sandbox.wait(for: "the pause at wave eu") {
    try sandbox.get("rollouts", rollout).isEmpty == false
      || sandbox.flotilla("rollout", "status", rollout).output.contains("paused")
  }
  try await sandbox.wait(for: "the rollout to be paused") {
    try sandbox.flotilla("rollout", "status", rollout).output.lowercased().contains("paused by")
  }
  let status = try sandbox.flotilla("rollout", "status", rollout)
  #expect(status.status == 2, "waiting")
  #expect(status.output.contains("database team asks"))
  #expect(status.output.contains("flotilla rollout resume \(rollout)"))
  let during = try sandbox.digests(of: "webshop", in: "prod")
  for (cluster, digest) in old {
    let isCanary = ["prod-eu-1", "prod-us-1"].contains(cluster)
    #expect((during[cluster] != digest) == isCanary, "\(cluster)")
  }

  #expect(try sandbox.flotilla("rollout", "resume", rollout, "--reason", "done").status == 0)
  let watch = try sandbox.flotilla("rollout", "status", rollout, "--watch")
  #expect(watch.status == 0, "\(watch.output)\(watch.errors)")
  let after = try sandbox.digests(of: "webshop", in: "prod")
  for (cluster, digest) in old { #expect(after[cluster] != digest, "\(cluster)") }
  try await sandbox.stopHub()
}

@Test(.timeLimit(.minutes(5)))
func aBadImageHaltsInTheFirstWaveAndARetryAfterTheFixIsNotNeededForOthers() async throws {
  let sandbox = try Sandbox()
  defer { sandbox.close() }
  try sandbox.hurry()
  try await sandbox.startClusters(readyDelay: "100ms")
  let first = try sandbox.commit("first")
  try await sandbox.startHub()
  try await sandbox.waitUntilEverywhere(first)
  let staging = try sandbox.digests(of: "webshop", in: "staging")
  try sandbox.changeShop(1, tag: "9.9.9-bad")
  try sandbox.replace(
    "progressDeadline: 1m", by: "progressDeadline: 8s", in: "fleet/strategies/all-at-once.yaml")
  _ = try sandbox.commit("bad")
  try await sandbox.wait(for: "the halt in dev") {
    try sandbox.flotilla("rollout", "status", "webshop-dev-2").status == 3
  }
  let explanation = try sandbox.flotilla("explain", "webshop-dev-2").output
  #expect(explanation.contains("flotilla rollout retry webshop-dev-2"))
  #expect(try sandbox.digests(of: "webshop", in: "staging") == staging)
  try await sandbox.stopHub()
}

@Test(.timeLimit(.minutes(3)))
func aSecondHubOnOneDatabaseRefusesToStartAndSaysWhy() async throws {
  let sandbox = try Sandbox()
  defer { sandbox.close() }
  _ = try sandbox.commit("first")
  try await sandbox.startHub()
  let second = try runProgram(
    Sandbox.programs + "/flotilla",
    [
      "hub", "--repo", sandbox.folder + "/fleet.git", "--database",
      sandbox.folder + "/hub.sqlite", "--mirror", sandbox.folder + "/other.git", "--socket",
      sandbox.folder + "/other.sock",
      "--credentials-dir", sandbox.folder + "/credentials",
    ])
  #expect(second.status == 1)
  #expect(second.errors.contains("in use by another hub"))
  try await sandbox.stopHub()
}

extension Sandbox {
  /// By cluster, the digest that the hub says is there.
  func digests(of app: String, in environment: String) throws -> [String: String] {
    var digests: [String: String] = [:]
    for cluster in try get("clusters") where cluster["environment"] as? String == environment {
      for entry in cluster["apps"] as? [[String: Any]] ?? [] where entry["app"] as? String == app {
        digests[cluster["name"] as? String ?? ""] = entry["digest"] as? String
      }
    }
    return digests
  }
}
