import ClusterSimulator
import Manifests
import Testing

@Suite("kubectl works with simulated clusters")
struct KubectlTests {
  private let manifest = """
    apiVersion: v1
    kind: Namespace
    metadata: {name: web}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: shop, namespace: web}
    spec:
      replicas: 2
      selector: {matchLabels: {app: shop}}
      template:
        metadata: {labels: {app: shop}}
        spec: {containers: [{name: web, image: "shop:1"}]}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: shop, namespace: web}
    data: {a: "1"}
    """

  @Test func applyDiffGetRolloutAndDelete() async throws {
    try await Simulation.run { simulation in
      let file = try simulation.directory.write(manifest, to: "shop.yaml")
      let applied = try await simulation.kubectl("apply", "--server-side", "-f", file)
      #expect(applied.status == 0, "\(applied.errors)")
      #expect(applied.output.contains("deployment.apps/shop serverside-applied"))
      let rollout = try await simulation.kubectl(
        "-n", "web", "rollout", "status", "deployment/shop", "--timeout=20s")
      #expect(rollout.status == 0, "\(rollout.errors)")
      let got = try await simulation.kubectl("-n", "web", "get", "deploy,cm", "--no-headers")
      #expect(got.output.contains("2/2"))
      let same = try await simulation.kubectl("diff", "--server-side", "-f", file)
      #expect(same.status == 0, "\(same.output)\(same.errors)")
      let changed = try simulation.directory.write(
        manifest.replacing(#"a: "1""#, with: #"a: "2""#), to: "changed.yaml")
      let diff = try await simulation.kubectl("diff", "--server-side", "-f", changed)
      #expect(diff.status == 1)
      #expect(diff.output.contains(#"+  a: "2""#))
      // The namespace comes first and takes the others along.
      let deleted = try await simulation.kubectl(
        "delete", "-f", file, "--ignore-not-found", "--timeout=20s")
      #expect(deleted.status == 0, "\(deleted.errors)")
      let gone = try await simulation.kubectl("get", "namespace", "web")
      #expect(gone.errors.contains(#"namespaces "web" not found"#))
    }
  }

  @Test func clientSideApplyAndEditsWork() async throws {
    try await Simulation.run { simulation in
      let file = try simulation.directory.write(manifest, to: "shop.yaml")
      for _ in 0..<2 {
        let applied = try await simulation.kubectl("apply", "-f", file)
        #expect(applied.status == 0, "\(applied.errors)")
      }
      for arguments in [
        ["scale", "deployment/shop", "--replicas=3"],
        ["set", "image", "deployment/shop", "web=shop:2"],
        ["label", "configmap", "shop", "x=y"], ["annotate", "configmap", "shop", "x=y"],
        ["rollout", "restart", "deployment/shop"],
      ] {
        let outcome = try await Program.run(
          "kubectl",
          ["--kubeconfig", "\(simulation.directory.path)/state/kubeconfig", "-n", "web"]
            + arguments, environment: ["HOME": simulation.directory.path])
        #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
      }
      let object = try simulation.cluster.object("/apis/apps/v1/namespaces/web/deployments/shop")
      #expect(object?.value(at: "spec", "replicas")?.int == 3)
      let container = object?.value(at: "spec", "template", "spec", "containers")?.sequence?.first
      #expect(container?["image"]?.string == "shop:2")
    }
  }

  @Test func aTypingErrorIsNamed() async throws {
    try await Simulation.run { simulation in
      let file = try simulation.directory.write(
        manifest.replacing("replicas: 2", with: "replica: 2"), to: "shop.yaml")
      let applied = try await simulation.kubectl("apply", "--server-side", "-f", file)
      #expect(applied.status != 0)
      #expect(applied.errors.contains(".spec.replica: field not declared in schema"))
    }
  }
}
