import Foundation
import Testing

/// Three real Kubernetes API servers as dev, staging and prod.
///
/// Looks for `KUBEBUILDER_ASSETS`, or for what `scripts/test-clusters build` left in the cache.
@Test(
  .enabled(if: RealClusters.areAvailable, "needs KUBEBUILDER_ASSETS; see docs/development.md"),
  .timeLimit(.minutes(15)))
func aChangeReachesRealClustersByPromotionAndWhatLeftTheOverlayIsPruned() async throws {
  let sandbox = try Sandbox()
  defer { sandbox.close() }
  let clusters = try RealClusters(3, folder: sandbox.folder + "/real")
  defer { clusters.stop() }
  try sandbox.registerRealClusters(clusters)
  let first = try sandbox.commit("first")
  try await sandbox.startHub()

  // dev and staging by themselves, prod by promotion.
  try await sandbox.waitUntilStable(first, in: "staging")
  #expect(try clusters.names("deploy", in: "prod-eu-1", namespace: "webshop").isEmpty)
  let promotion = try sandbox.flotilla("promote", first, "--to", "prod", "--reason", "first")
  #expect(promotion.status == 0, "\(promotion.errors)")
  try await sandbox.waitUntilStable(first, in: "prod")

  for cluster in RealClusters.names {
    let rendered = try sandbox.flotilla(
      "render", "webshop", cluster, "-C", sandbox.repository)
    #expect(rendered.status == 0, "\(rendered.errors)")
    for kind in ["Deployment", "ConfigMap", "Service"] {
      let wanted = Set(
        rendered.output.components(separatedBy: "---\n").compactMap { document in
          document.contains("\nkind: \(kind)\n") ? name(in: document) : nil
        })
      let found = Set(try clusters.names(kind, in: cluster, namespace: "webshop"))
      #expect(!wanted.isEmpty)
      #expect(found.isSuperset(of: wanted), "\(kind) on \(cluster)")
    }
    let labelled = try clusters.kubectl(
      cluster, "get", "deploy,cm,svc", "-n", "webshop", "-l", "applyset.kubernetes.io/part-of",
      "-o", "name")
    #expect(labelled.contains("deployment.apps/mailer"))
    let parents = try clusters.kubectl(
      cluster, "get", "cm", "-n", "flotilla-system", "-l", "applyset.kubernetes.io/id", "-o",
      "name")
    #expect(parents.contains("configmap/flotilla-webshop"))
  }

  // What leaves the overlay leaves the clusters, in the same order.
  try sandbox.replace("  - mailer.yaml\n", by: "", in: "overlays/webshop/base/kustomization.yaml")
  let second = try sandbox.commit("no more mail")
  try await sandbox.waitUntilStable(second, in: "staging")
  for cluster in ["dev-1", "staging-eu-1"] {
    #expect(try !clusters.names("deploy", in: cluster, namespace: "webshop").contains("mailer"))
  }
  #expect(try clusters.names("deploy", in: "prod-eu-1", namespace: "webshop").contains("mailer"))
  #expect(
    try sandbox.flotilla("promote", second, "--to", "prod", "--reason", "no mail").status == 0)
  try await sandbox.waitUntilStable(second, in: "prod")
  #expect(try !clusters.names("deploy", in: "prod-eu-1", namespace: "webshop").contains("mailer"))
  #expect(
    try clusters.names("deploy", in: "prod-eu-1", namespace: "webshop").contains("storefront"))
  try await sandbox.stopHub()
}

private func name(in document: String) -> String? {
  // kustomize sorts keys, so the name of the object is the first below metadata at two spaces.
  guard let metadata = document.range(of: "\nmetadata:\n") else { return nil }
  for line in document[metadata.upperBound...].split(separator: "\n") {
    guard line.hasPrefix(" ") else { return nil }
    if line.hasPrefix("  name: ") { return String(line.dropFirst("  name: ".count)) }
  }
  return nil
}

/// Real API servers that `scripts/test-clusters` started for a test.
final class RealClusters {
  static let names = ["dev-1", "staging-eu-1", "prod-eu-1"]
  private let folder: String
  private static let script = Sandbox.checkout + "/scripts/test-clusters"

  static var areAvailable: Bool {
    ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"] != nil
  }

  init(_ count: Int, folder: String) throws {
    self.folder = folder
    let result = try runProgram(
      RealClusters.script,
      [
        "up", "\(count)", "--dir", folder, "--workloads", "--owner",
        "\(ProcessInfo.processInfo.processIdentifier)",
      ])
    guard result.status == 0 else {
      throw SandboxError("scripts/test-clusters up: \(result.errors)")
    }
  }

  func stop() {
    // Also ended with this process, which owns them.
    _ = try? runProgram(RealClusters.script, ["down", "--dir", folder])
  }

  func kubeconfig(_ cluster: String) throws -> String {
    guard let index = RealClusters.names.firstIndex(of: cluster) else {
      throw SandboxError("no real cluster \(cluster)")
    }
    return folder + "/kubeconfigs/cluster-\(index + 1).yaml"
  }

  func kubectl(_ cluster: String, _ arguments: String...) throws -> String {
    let assets = ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"] ?? ""
    let result = try runProgram(
      assets + "/kubectl", ["--kubeconfig", try kubeconfig(cluster)] + arguments)
    guard result.status == 0 else {
      throw SandboxError("kubectl \(arguments.joined(separator: " ")): \(result.errors)")
    }
    return result.output
  }

  func names(_ kind: String, in cluster: String, namespace: String) throws -> [String] {
    try kubectl(cluster, "get", kind.lowercased(), "-n", namespace, "-o", "name")
      .split(separator: "\n").map { String($0.split(separator: "/").last ?? $0) }
  }
}

extension Sandbox {
  /// One real cluster per environment in place of the sample's twelve.
  func registerRealClusters(_ clusters: RealClusters) throws {
    try FileManager.default.removeItem(atPath: repository + "/fleet/clusters")
    var text = ""
    for (cluster, environment) in zip(RealClusters.names, ["dev", "staging", "prod"]) {
      text += """
        apiVersion: flotilla.dev/v1
        kind: Cluster
        metadata:
          name: \(cluster)
          labels: {env: \(environment), region: eu}
        spec:
          credentials:
            kubeconfig: {file: \(cluster).kubeconfig, context: admin}
        ---

        """
      try FileManager.default.copyItem(
        atPath: clusters.kubeconfig(cluster), toPath: folder + "/credentials/\(cluster).kubeconfig")
    }
    try write(text, to: "fleet/clusters/real.yaml")
    try FileManager.default.removeItem(
      atPath: repository + "/fleet/strategies/canary-then-regions.yaml")
    for (environment, promotion) in [("staging", "{mode: auto}"), ("prod", "{mode: manual}")] {
      try write(
        """
        apiVersion: flotilla.dev/v1
        kind: Environment
        metadata:
          name: \(environment)
        spec:
          clusters: env=\(environment)
          after: [\(environment == "staging" ? "dev" : "staging")]
          promotion: \(promotion)

        """, to: "fleet/environments/\(environment).yaml")
    }
  }

  /// Waits until both apps have nothing open in `environment` and the shop is stable on `commit`.
  func waitUntilStable(_ commit: String, in environment: String) async throws {
    let release = "webshop@" + commit.prefix(12)
    try await wait(for: "\(release) in \(environment)", within: .seconds(180)) {
      let pins =
        try get("environments").first { $0["name"] as? String == environment }?["pins"]
        as? [[String: Any]] ?? []
      return pins.count == 2
        && pins.allSatisfy { pin in
          pin["rollout"] == nil && pin["stable"] != nil
            && (pin["app"] as? String != "webshop" || pin["stable"] as? String == release)
        }
    }
  }
}
