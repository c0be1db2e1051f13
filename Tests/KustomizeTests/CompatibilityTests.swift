import Kustomize
import Manifests
import SourceTree
import Testing

/// The level `kubernetes`: lists merge by the keys of the API, not of Kubernetes 1.21.
struct CompatibilityTests {
  private let gateway = """
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata:
      name: edge
    spec:
      gatewayClassName: public
      listeners:
      - name: http
        port: 80
        protocol: HTTP
      - name: https
        port: 443
        protocol: HTTPS

    """
  private let patchOfOneListener = """
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata:
      name: edge
    spec:
      listeners:
      - name: https
        hostname: shop.example.org

    """

  private func definition(_ listType: String) -> String {
    """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata:
      name: widgets.example.com
    spec:
      group: example.com
      names: {kind: Widget, plural: widgets}
      scope: Namespaced
      versions:
      - name: v1
        schema:
          openAPIV3Schema:
            properties:
              spec:
                properties:
                  parts:
                    \(listType)
                    items:
                      properties:
                        name: {type: string}
                        tags: {x-kubernetes-list-type: set, items: {type: string}}

    """
  }

  /// The lines of the list `parts` of the only widget.
  private func parts(of output: String) -> [String] {
    lines(of: String(output.split(separator: "---\n").last ?? ""), from: "parts:")
  }

  private func patched(
    _ files: [String: String], _ base: [String], patch: String,
    _ level: CompatibilityLevel = .kubernetes
  ) throws -> String {
    var files = files
    files["kustomization.yaml"] =
      "resources: [\(base.joined(separator: ", "))]\npatches:\n- path: patch.yaml\n"
    files["patch.yaml"] = patch
    return try build(files, options: BuildOptions(compatibility: level))
  }

  @Test func aPatchOfOneListenerKeepsTheOthers() throws {
    let files = ["gateway.yaml": gateway]
    let merged = try patched(files, ["gateway.yaml"], patch: patchOfOneListener)
    #expect(
      lines(of: merged, from: "listeners:") == [
        "listeners:", "- hostname: shop.example.org", "name: https", "port: 443",
        "protocol: HTTPS", "- name: http", "port: 80", "protocol: HTTP",
      ])
    let replaced = try patched(files, ["gateway.yaml"], patch: patchOfOneListener, .kustomize)
    #expect(
      lines(of: replaced, from: "listeners:") == [
        "listeners:", "- hostname: shop.example.org", "name: https",
      ])
  }

  @Test(
    arguments: [
      "x-kubernetes-list-type: map\n                x-kubernetes-list-map-keys: [name]",
      "x-kubernetes-patch-strategy: merge\n                x-kubernetes-patch-merge-key: name",
    ])
  func customResourcesMergeByTheKeysOfTheirDefinition(_ listType: String) throws {
    let files = [
      "crd.yaml": definition(listType),
      "widget.yaml": Sample.widget("{parts: [{name: a, size: 1}, {name: b, tags: [old]}]}"),
    ]
    let patch = Sample.widget("{parts: [{name: b, size: 2, tags: [new]}]}")
    let merged = try patched(files, ["crd.yaml", "widget.yaml"], patch: patch)
    #expect(
      parts(of: merged) == [
        "parts:", "- name: b", "size: 2", "tags:", "- new", "- old", "- name: a", "size: 1",
      ])
    let replaced = try patched(files, ["crd.yaml", "widget.yaml"], patch: patch, .kustomize)
    #expect(parts(of: replaced) == ["parts:", "- name: b", "size: 2", "tags:", "- new"])
  }

  @Test(arguments: ["x-kubernetes-list-type: atomic", "type: array"])
  func listsWithoutKeysAreReplaced(_ listType: String) throws {
    let merged = try patched(
      [
        "crd.yaml": definition(listType),
        "widget.yaml": Sample.widget("{parts: [{name: a}, {name: b}]}"),
      ], ["crd.yaml", "widget.yaml"], patch: Sample.widget("{parts: [{name: c}]}"))
    #expect(parts(of: merged) == ["parts:", "- name: c"])
  }

  @Test func onlyDefinitionsBelowThePatchCount() throws {
    let map = "x-kubernetes-list-type: map\n                x-kubernetes-list-map-keys: [name]"
    let files = [
      "kustomization.yaml": "resources: [crds, app]",
      "crds/kustomization.yaml": "resources: [crd.yaml]", "crds/crd.yaml": definition(map),
      "app/kustomization.yaml": "resources: [widget.yaml]\npatches: [path: patch.yaml]",
      "app/widget.yaml": Sample.widget("{parts: [{name: a}]}"),
      "app/patch.yaml": Sample.widget("{parts: [{name: b}]}"),
    ]
    let built = try build(files, options: BuildOptions(compatibility: .kubernetes))
    #expect(parts(of: built) == ["parts:", "- name: b"])
    // With the definitions as a base of its own, they do.
    var nearer = files
    nearer["app/kustomization.yaml"] =
      "resources: [../crds, widget.yaml]\npatches: [path: patch.yaml]"
    nearer["kustomization.yaml"] = "resources: [app]"
    let merged = try build(nearer, options: BuildOptions(compatibility: .kubernetes))
    #expect(parts(of: merged) == ["parts:", "- name: b", "- name: a"])
  }

  @Test func fieldsOfPodsNewerThanKubernetes121Merge() throws {
    func pod(_ spec: String) -> String {
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: \(spec)\n"
    }
    let merged = try patched(
      [
        "pod.yaml": pod(
          "{resourceClaims: [{name: gpu}], containers: [{name: c, resources: {claims: [{name: gpu}]}}]}"
        )
      ], ["pod.yaml"],
      patch: pod(
        "{resourceClaims: [{name: nic}], containers: [{name: c, resources: {claims: [{name: nic}]}}]}"
      ))
    #expect(occurrences(of: "- name: nic\n", in: merged) == 2)
    #expect(occurrences(of: "- name: gpu\n", in: merged) == 2)
  }

  @Test func anOpenAPISchemaOfTheKustomizationGoesFirst() throws {
    let built = try build(
      [
        "kustomization.yaml": """
        resources: [gateway.yaml, deployment.yaml]
        openapi: {path: schema.json}
        patches:
        - path: patch.yaml
        - patch: |-
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec: {template: {spec: {containers: [{name: side, image: new}]}}}
        """,
        "schema.json": """
        {"definitions": {"G": {"properties": {}, "x-kubernetes-group-version-kind": [
          {"group": "gateway.networking.k8s.io", "version": "v1", "kind": "Gateway"}]}}}
        """,
        "gateway.yaml": gateway, "patch.yaml": patchOfOneListener,
        "deployment.yaml": Sample.deployment,
      ], options: BuildOptions(compatibility: .kubernetes))
    #expect(!built.contains("name: http\n"))
    // What it does not know keeps its keys.
    #expect(built.contains("image: nginx:1.19"))
  }

  @Test func aCacheKeepsTheLevelsApart() throws {
    let tree = try MemoryTree([
      "top/kustomization.yaml": "resources: [../base]",
      "base/kustomization.yaml": "resources: [gateway.yaml]\npatches: [path: patch.yaml]",
      "base/gateway.yaml": gateway, "base/patch.yaml": patchOfOneListener,
    ])
    let cache = BuildCache()
    let top = try #require(TreePath("top"))
    for level in [CompatibilityLevel.kustomize, .kubernetes, .kustomize, .kubernetes] {
      let result = try KustomizeBuild.build(
        tree, at: top, options: BuildOptions(compatibility: level), cache: cache)
      let listeners = result.objects.first?.value(at: "spec", "listeners")?.sequence
      #expect(listeners?.count == (level == .kustomize ? 1 : 2))
    }
  }
}
