import Foundation
import Manifests
import Testing

/// The sample fleet on eight real Kubernetes API servers, as a day of its operators.
///
/// Looks for `KUBEBUILDER_ASSETS`, or for what `scripts/test-clusters build` left in the cache.
@Suite("Eight real clusters", .enabled(if: RealClusters.areAvailable, "needs KUBEBUILDER_ASSETS"))
struct RealClusterTests {
  private static let prod = ["prod-eu-1", "prod-eu-2", "prod-us-1", "prod-us-2"]
  private static let all = ["dev-1", "dev-2", "staging-eu-1", "staging-us-1"] + prod

  @Test(.timeLimit(.minutes(15)))
  func theSampleFleetGoesThroughPromotionDriftCorrectionRollbackAndCatchUp() async throws {
    let sandbox = try Sandbox()
    defer { sandbox.close() }
    let clusters = try RealClusters(Self.all, folder: sandbox.folder + "/real")
    defer { clusters.stop() }
    try sandbox.useRealClusters(clusters)
    try sandbox.shortenSoaks()
    try sandbox.replace(
      "clusters: env=staging", by: "clusters: env=staging\n  drift: correct",
      in: "fleet/environments/staging.yaml")
    try sandbox.allowSlowMachines()

    // Promote: dev and staging by themselves, prod by a person.
    let first = try sandbox.commit("first")
    try await sandbox.startHub()
    try await sandbox.waitUntilStable(first, in: "staging")
    for cluster in Self.prod {
      #expect(try clusters.names("deploy", in: cluster, namespace: "webshop").isEmpty)
    }
    try await promote(first, sandbox)
    try expectTheFleet(of: sandbox, on: clusters)

    try await whatSomebodyChangedIsTakenBack(sandbox, clusters)

    // What leaves the overlay leaves the clusters, in the same order.
    try sandbox.replace("  - mailer.yaml\n", by: "", in: "overlays/webshop/base/kustomization.yaml")
    let second = try sandbox.commit("no more mail")
    try await sandbox.waitUntilStable(second, in: "staging")
    #expect(try !hasMailer("staging-eu-1", clusters))
    #expect(try hasMailer("prod-us-1", clusters))
    try await promote(second, sandbox)
    for cluster in Self.prod { #expect(try !hasMailer(cluster, clusters), "\(cluster)") }
    try expectTheFleet(of: sandbox, on: clusters)

    // The way back: prod has its mail again, staging is not asked.
    let rollout = try #require(
      try sandbox.get("rollouts", "--app", "webshop", "--environment", "prod").first {
        $0["release"] as? String == "webshop@" + second.prefix(12)
      }?["name"] as? String)
    let rollback = try sandbox.flotilla(
      "rollout", "rollback", rollout, "--reason", "customers miss their mail")
    #expect(rollback.status == 0, "\(rollback.errors)")
    try await sandbox.waitUntilStable(first, in: "prod")
    for cluster in Self.prod { #expect(try hasMailer(cluster, clusters), "\(cluster)") }
    #expect(try !hasMailer("staging-us-1", clusters))

    let third = try await aServerThatWasAwayCatchesUp(sandbox, clusters)
    try expectTheFleet(of: sandbox, on: clusters)
    #expect(try sandbox.git("rev-parse", "HEAD") == third)

    try await sandbox.stopHub()
    let final = try FinalState(databasePath: sandbox.folder + "/hub.sqlite")
    #expect(final.isGapFree)
    #expect(final.rows == final.foldedRows)
  }

  private func whatSomebodyChangedIsTakenBack(
    _ sandbox: Sandbox, _ clusters: RealClusters
  ) async throws {
    // Staging takes it back by itself, prod tells it.
    try clusters.kubectl("staging-us-1", "-n", "webshop", "delete", "service", "checkout")
    try clusters.kubectl(
      "prod-us-2", "-n", "webshop", "patch", "deployment", "checkout", "--field-manager",
      "kubectl-edit", "-p", #"{"spec": {"replicas": 5}}"#)
    try await sandbox.wait(for: "the drift in prod") {
      try sandbox.drift(on: "prod-us-2") == [
        "Deployment webshop/checkout: .spec.replicas is 5, should be 3 (changed by kubectl-edit)"
      ]
    }
    try await sandbox.wait(for: "the Service in staging") {
      try clusters.names("service", in: "staging-us-1", namespace: "webshop")
        .contains("service/checkout")
    }
    #expect(try replicas(of: "checkout", on: "prod-us-2", clusters) == "5")
    let correction = try sandbox.flotilla(
      "drift", "correct", "prod-us-2", "--app", "webshop", "--reason", "by mistake")
    #expect(correction.status == 0, "\(correction.errors)")
    try await sandbox.wait(for: "the correction") {
      try replicas(of: "checkout", on: "prod-us-2", clusters) == "3"
        && sandbox.get("drift").isEmpty
    }
  }

  /// One server dies while a rollout is on its way to it. It is left behind, and catches up when it is
  /// there again.
  private func aServerThatWasAwayCatchesUp(
    _ sandbox: Sandbox, _ clusters: RealClusters
  ) async throws -> String {
    let strategy = "fleet/strategies/canary-then-regions.yaml"
    let eu = "      clusters: region=eu\n      maxConcurrent: 2\n      progressDeadline: 10m\n"
    try sandbox.replace(
      eu,
      by: eu.replacingOccurrences(of: "10m", with: "45s") + "      maxUnreachable: 1\n",
      in: strategy)
    try sandbox.changeShop(3)
    let third = try sandbox.commit("a new version")
    try await sandbox.waitUntilStable(third, in: "staging")
    let promotion = try sandbox.flotilla("promote", third, "--to", "prod", "--reason", "third")
    #expect(promotion.status == 0, "\(promotion.errors)")
    try clusters.kill("prod-eu-2")
    try await sandbox.waitUntilStable(third, in: "prod")
    let debt =
      try sandbox.get("environments").first { $0["name"] as? String == "prod" }?["pins"]
      as? [[String: Any]] ?? []
    #expect(debt.contains { ($0["debt"] as? [String: Any])?["prod-eu-2"] != nil })
    #expect(try image(of: "storefront", on: "prod-us-2", clusters).hasSuffix(":2.0.3"))

    try clusters.startAgain()
    try await sandbox.wait(for: "prod-eu-2 to catch up", within: .seconds(180)) {
      try image(of: "storefront", on: "prod-eu-2", clusters).hasSuffix(":2.0.3")
        && sandbox.flotilla("explain").status == 0
    }
    try await sandbox.waitUntilStable(third, in: "prod")
    return third
  }

  private func promote(_ commit: String, _ sandbox: Sandbox) async throws {
    let promotion = try sandbox.flotilla("promote", commit, "--to", "prod", "--reason", "tested")
    #expect(promotion.status == 0, "\(promotion.errors)")
    try await sandbox.waitUntilStable(commit, in: "prod")
  }

  /// Every cluster holds what the work tree renders for it, says so itself, and nothing is missing.
  private func expectTheFleet(of sandbox: Sandbox, on clusters: RealClusters) throws {
    let kinds = "deployment,service,configmap,ingress"
    let fleet = try RenderedFleet(folder: sandbox.repository)
    for cluster in Self.all {
      for app in ["webshop", "platform"] {
        #expect(
          try clusters.deliveredDigest(of: app, in: cluster)
            == fleet.targets["\(app) \(cluster)"]?.hex, "\(app) on \(cluster)")
      }
      let found = Set(try clusters.names(kinds, in: cluster, namespace: "webshop"))
      let wanted = try #require(fleet.names["webshop \(cluster)"])
      let objects = wanted.filter { name in
        ["deployment.apps/", "service/", "configmap/", "ingress.networking.k8s.io/"]
          .contains { name.hasPrefix($0) }
      }
      #expect(objects.count >= 8)
      #expect(found.isSuperset(of: objects), "\(cluster) lacks \(objects.subtracting(found))")
    }
  }

  private func hasMailer(_ cluster: String, _ clusters: RealClusters) throws -> Bool {
    try clusters.names("deploy", in: cluster, namespace: "webshop")
      .contains("deployment.apps/mailer")
  }

  private func replicas(
    of name: String, on cluster: String, _ clusters: RealClusters
  ) throws -> String {
    try clusters.kubectl(
      cluster, "-n", "webshop", "get", "deployment", name, "-o", "jsonpath={.spec.replicas}")
  }

  private func image(of name: String, on cluster: String, _ clusters: RealClusters) throws -> String
  {
    try clusters.kubectl(
      cluster, "-n", "webshop", "get", "deployment", name, "-o",
      "jsonpath={.spec.template.spec.containers[0].image}")
  }
}

extension Sandbox {
  /// Eight servers on few cores are slow to make pods ready; how fast is not asked here.
  fileprivate func allowSlowMachines() throws {
    for folder in ["fleet/environments", "fleet/strategies"] {
      for name in try FileManager.default.contentsOfDirectory(atPath: repository + "/" + folder) {
        let path = folder + "/" + name
        try write(
          try file(path).replacingOccurrences(
            of: "progressDeadline: 1m", with: "progressDeadline: 10m"), to: path)
      }
    }
  }
}
