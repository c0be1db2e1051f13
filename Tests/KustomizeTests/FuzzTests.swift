import Kustomize
import Manifests
import SourceTree
import Testing

/// Mutates small trees of files and builds them: whatever comes in, a build ends in output or in
/// an error.
@Suite struct FuzzTests {
  private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let files = [
    "top/kustomization.yaml": """
    resources: [../base, own.yaml]
    components: [../part]
    namePrefix: p-
    namespace: ns
    labels: [{pairs: {a: b}, includeSelectors: true}]
    images: [{name: nginx, newTag: v2}]
    patches:
    - path: p.yaml
    - target: {kind: Deploy.*}
      patch: |-
        - {op: add, path: /spec/replicas, value: 2}
        - {op: test, path: /kind, value: Deployment}
    replacements:
    - source: {kind: ConfigMap, name: settings, fieldPath: data.a}
      targets: [{select: {kind: Deployment}, fieldPaths: [spec.template.spec.containers.*.image]}]
    vars: [{name: V, objref: {apiVersion: apps/v1, kind: Deployment, name: web}}]
    """,
    "top/own.yaml": Sample.configMap,
    "top/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
      + "spec: {template: {spec: {containers: [{name: side, $patch: delete}]}}}\n",
    "base/kustomization.yaml":
      "resources: [d.yaml]\nconfigMapGenerator: [{name: g, literals: [x=y], envs: [e]}]\n",
    "base/d.yaml": Sample.deployment, "base/e": "K=v\n",
    "part/kustomization.yaml":
      "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -s\n",
  ]

  private static let pieces = [
    "null", "[]", "{}", "~", ": ", "- ", "*", "&a ", "<<: ", "'", "\"", "../base", "..", ".", "\n",
    " ",
    "$patch: replace", "$(V)", "a: &x [*x]", "(", "[a-", "99999999999999999999", "-1", "\u{0}", "é",
    "kind",
  ]

  @Test func everyBuildEndsInOutputOrAnError() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(state: seed)
    let names = Self.files.keys.sorted()
    let top = try #require(TreePath("top"))
    #expect(throws: Never.self) { try KustomizeBuild.build(MemoryTree(Self.files), at: top) }
    for round in 0..<400 {
      var tree = try MemoryTree(Self.files)
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let name = names[Int.random(in: 0..<names.count, using: &generator)]
        var bytes = Array((Self.files[name] ?? "").utf8)
        let place = Int.random(in: 0...bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 0...6, using: &generator))
        let piece = Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &generator)]
        bytes.replaceSubrange(place..<end, with: Array(piece.utf8))
        try tree.write(bytes, to: name)
      }
      do throws(BuildError) {
        let output = try KustomizeBuild.build(tree, at: top).yaml()
        #expect(throws: Never.self, "seed \(seed) round \(round)") { try YAML.parse(output) }
      } catch {
        #expect(!error.message.isEmpty, "seed \(seed) round \(round)")
      }
    }
  }
}
