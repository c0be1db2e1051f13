import FleetModel
import Foundation
import Kustomize
import Manifests
import SourceTree
import Testing

@testable import Rendering

/// `flotilla render --trace`: every field that is not as the object's first file has it is put down
/// to who changed it.
@Suite struct TraceTests {
  private static let files = [
    "fleet/apps.yaml": """
    apiVersion: flotilla.dev/v1
    kind: App
    metadata: {name: shop}
    spec: {path: overlays/shop, namespace: shop, substitute: true}
    """,
    "fleet/environments.yaml": """
    apiVersion: flotilla.dev/v1
    kind: Environment
    metadata: {name: dev}
    spec: {clusters: env=dev}
    """,
    "fleet/clusters.yaml": """
    apiVersion: flotilla.dev/v1
    kind: Cluster
    metadata: {name: c1, labels: {env: dev}}
    spec:
      variables: {region: eu}
      credentials: {kubeconfig: {file: k, context: c1}}
    """,
    "overlays/shop/base/kustomization.yaml": """
    resources: [web.yaml]
    configMapGenerator:
      - name: settings
        literals: [mode=base, keep=yes]
    secretGenerator:
      - name: key
        literals: [password=hunter2]
    """,
    "overlays/shop/base/web.yaml": """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      replicas: 1
      paused: true
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          containers:
            - name: sidecar
              image: sidecar
            - name: web
              image: web
              env: [{name: REGION, value: "${region}"}]
              envFrom: [{configMapRef: {name: settings}}]
    """,
    "overlays/shop/component/kustomization.yaml": """
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    patches:
      - target: {kind: Deployment}
        patch: |-
          - op: replace
            path: /spec/replicas
            value: 2
    """,
    "overlays/shop/environments/dev/kustomization.yaml": """
    resources: [../../base]
    components: [../../component]
    images:
      - {name: web, newTag: v2}
    """,
    "overlays/shop/clusters/c1/kustomization.yaml": """
    resources: [../../environments/dev]
    commonAnnotations: {cluster: c1}
    configMapGenerator:
      - name: settings
        behavior: merge
        literals: [mode=cluster]
    secretGenerator:
      - name: key
        behavior: merge
        literals: [password=swordfish]
    patches:
      - path: replicas.yaml
    """,
    "overlays/shop/clusters/c1/replicas.yaml": """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {replicas: 5, paused: null}
    """,
  ]

  private static func trace() throws -> TargetTrace {
    let tree = try MemoryTree(files)
    let fleet = FleetLoader.load(tree: tree)
    let configuration = try #require(fleet.configuration, "\(fleet.findings)")
    return try Renderer(tree: tree, configuration: configuration, commit: nil)
      .trace(app: "shop", cluster: "c1", fleet: fleet)
  }

  /// The history of an object, one line for each field.
  private static func lines(_ kind: String) throws -> [String] {
    let object = try #require(try trace().objects.first { $0.identity.kind == kind })
    return ["\(object.origin.what) \(object.origin.place ?? "-")"]
      + object.fields.map { field in
        let value = field.value.map { $0.scalar?.text ?? "…" } ?? "removed"
        return "\(field.path) = \(value): \(field.source.what) \(field.source.place ?? "-")"
      }.sorted()
  }

  @Test func everyFieldNamesTheLastOneToChangeIt() throws {
    let root = "overlays/shop"
    let lines = try Self.lines("Deployment")
    #expect(lines[0] == "resource \(root)/base/web.yaml:1")
    let container = ".spec.template.spec.containers[name=web]"
    for line in [
      ".spec.replicas = 5: patches \(root)/clusters/c1/replicas.yaml:1",
      ".spec.paused = removed: patches \(root)/clusters/c1/replicas.yaml:1",
      "\(container).image = web:v2: images \(root)/environments/dev/kustomization.yaml:4",
      "\(container).env[name=REGION].value = eu: variable region fleet/clusters.yaml:3",
      ".metadata.namespace = shop: namespace of the app fleet/apps.yaml:3",
      ".metadata.annotations = …: commonAnnotations \(root)/clusters/c1/kustomization.yaml:2",
    ] {
      #expect(lines.contains(line), "\(line) is not among \(lines)")
    }
    #expect(lines.contains { $0.hasSuffix(": reference to a renamed object -") })
    #expect(!lines.contains { $0.contains("sidecar") || $0.contains("component") })
  }

  @Test func generatedObjectsTellWhoMadeThemAndWhoAdded() throws {
    let lines = try Self.lines("ConfigMap")
    #expect(lines[0] == "configMapGenerator overlays/shop/base/kustomization.yaml:3")
    #expect(
      lines.contains(
        ".data.mode = cluster: configMapGenerator "
          + "overlays/shop/clusters/c1/kustomization.yaml:4"), "\(lines)")
    #expect(!lines.contains { $0.contains(".data.keep") })
    #expect(lines.contains { $0.hasPrefix(".metadata.name = settings-") })
  }

  @Test func valuesOfSecretsAreNotShown() throws {
    let lines = try Self.lines("Secret")
    #expect(lines.contains { $0.hasPrefix(".data.password = ***") }, "\(lines)")
    let text = String(decoding: JSON.serialize(try Self.trace().document), as: UTF8.self)
    for secret in ["swordfish", "hunter2", "c3dvcmRmaXNo", "aHVudGVyMg"] {
      #expect(!text.contains(secret))
    }
  }

  @Test func aTracedBuildEndsInWhatIsRendered() throws {
    let tree = DiskTree(root: repositoryRoot)
    let fleet = FleetLoader.load(tree: tree)
    let configuration = try #require(fleet.configuration)
    let renderer = Renderer(tree: tree, configuration: configuration, commit: nil)
    for app in configuration.apps {
      for cluster in configuration.clusters where app.clusters.matches(cluster.labels) {
        let rendered = try renderer.render(app: app.name, cluster: cluster.name)
        let traced = try renderer.trace(app: app.name, cluster: cluster.name, fleet: fleet)
        #expect(traced.digest == rendered.digest)
        #expect(traced.objects.map(\.identity) == rendered.objects.map(\.identity))
        #expect(traced.objects.allSatisfy { $0.origin.file != nil })
      }
    }
  }
}
