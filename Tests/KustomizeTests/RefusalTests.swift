import Kustomize
import SourceTree
import Testing

@Suite struct RefusalTests {
  @Test(arguments: [
    ("", BuildError.Class.kustomizationFile), ("kind: Foo\nresources: []", .kustomizationFile),
    ("apiVersion: v1\nresources: []", .kustomizationFile), ("nameprefix2: x", .unknownField),
    ("resources: {}", .wrongType), ("namespace: on", .wrongType),
    ("images: [{name: a, newTag: 1.0}]", .wrongType), ("resources: [nope.yaml]", .missingFile),
    ("resources: [", .malformedYAML), ("resources: [../x]", .loadRestriction),
    ("resources: [c.yaml, c.yaml]", .duplicateID), ("resources: [.]", .cycle),
    ("resources: [https://example.com/x.yaml]", .unsupported),
    ("helmCharts: [{name: x}]", .unsupported), ("resources: [bad.yaml]", .missingMetadata),
    ("configMapGenerator: [{name: a, behavior: merge}]", .generatorBehavior),
    ("configMapGenerator: [{name: a, literals: [x]}]", .generatorBehavior),
    ("resources: [c.yaml]\npatches: [{path: c.yaml, patch: x}]", .patch),
    ("patches: [{patch: '- {op: add, path: /a, value: 1}'}]", .patch),
    ("patches: [{path: c.yaml}]", .patchTargetNotFound),
    ("transformers: ['{apiVersion: x/v1, kind: Y, metadata: {name: z}}']", .unsupported),
    ("sortOptions: {order: random}\nresources: [c.yaml]", .configuration),
    ("replicas: [{name: x, count: 2}]", .patchTargetNotFound),
    ("resources: [dup.yaml]", .malformedYAML),
  ])
  func refusesWithItsClass(kustomization: String, expected: BuildError.Class) {
    let error = refusal([
      "kustomization.yaml": kustomization, "c.yaml": Sample.configMap,
      "bad.yaml": "kind: ConfigMap\nmetadata: {}\n", "dup.yaml": "kind: A\nkind: B\n",
    ])
    #expect(error?.class == expected, "\(String(describing: error))")
  }

  @Test func namesFileAndLineOfAnUnknownField() {
    let error = refusal(["base/kustomization.yaml": "resources: []\nfoo: 1\n"], at: "base")
    #expect(
      error?.description == "base/kustomization.yaml:2:1: unknown field 'foo'; remove it or "
        + "correct its spelling")
  }

  @Test func namesTheLineInsideALaterDocument() {
    let error = refusal([
      "kustomization.yaml": "resources: [r.yaml]",
      "r.yaml": Sample.configMap + "---\na: b: c\n",
    ])
    #expect(error?.class == .malformedYAML)
    #expect(error?.file?.description == "r.yaml" && error?.line == 8)
  }

  @Test func keepsFilesInsideTheDirectoryUnlessTold() throws {
    let files = [
      "a/kustomization.yaml": "resources: [../c.yaml]", "c.yaml": Sample.configMap,
    ]
    #expect(refusal(files, at: "a")?.class == .loadRestriction)
    #expect(
      try build(files, at: "a", options: BuildOptions(loadRestrictor: .none)) == """
        apiVersion: v1
        data:
          a: "1"
        kind: ConfigMap
        metadata:
          name: settings

        """)
  }

  @Test func looksThroughSymbolicLinksForTheRestriction() throws {
    var tree = try MemoryTree([
      "a/kustomization.yaml": "resources: [c.yaml]", "c.yaml": Sample.configMap,
    ])
    try tree.link("a/c.yaml", to: "../c.yaml")
    let path = try #require(TreePath("a"))
    let error = #expect(throws: BuildError.self) { try KustomizeBuild.build(tree, at: path) }
    #expect(error?.class == .loadRestriction)
    let result = try KustomizeBuild.build(
      tree, at: path, options: BuildOptions(loadRestrictor: .none))
    #expect(result.objects.count == 1)
  }

  @Test func refusesLinksAndBasesThatLeaveTheTree() throws {
    var tree = try MemoryTree(["a/kustomization.yaml": "resources: [c.yaml]"])
    try tree.link("a/c.yaml", to: "/etc/passwd")
    let path = try #require(TreePath("a"))
    let error = #expect(throws: BuildError.self) { try KustomizeBuild.build(tree, at: path) }
    #expect(error?.class == .loadRestriction)
    #expect(
      refusal(["a/kustomization.yaml": "resources: [../../b]"], at: "a")?.class
        == .loadRestriction)
  }

  @Test func refusesCyclesThroughSeveralBases() {
    let error = refusal(
      [
        "a/kustomization.yaml": "resources: [../b]", "b/kustomization.yaml": "resources: [../a]",
      ], at: "a")
    #expect(error?.class == .cycle)
  }

  @Test func refusesBasesThatMultiplyWithoutBound() {
    var files = ["l0/kustomization.yaml": "resources: [c.yaml]", "l0/c.yaml": Sample.configMap]
    for level in 1...17 {
      files["l\(level)/a/kustomization.yaml"] =
        "resources: [../../l\(level - 1)]\nnamePrefix: a\n"
      files["l\(level)/b/kustomization.yaml"] =
        "resources: [../../l\(level - 1)]\nnamePrefix: b\n"
      files["l\(level)/kustomization.yaml"] = "resources: [a, b]\n"
    }
    #expect(refusal(files, at: "l17")?.class == .unsupported)
  }

  @Test func buildsObjectsAsDeepAsTheReaderAllows() throws {
    let depth = 500
    let deep = String(repeating: "{a: ", count: depth) + "1" + String(repeating: "}", count: depth)
    let kustomization = """
      resources: [r.yaml]
      commonLabels: {x: z}
      images: [{name: a, newTag: b}]
      patches:
      - path: r.yaml
      - target: {kind: Widget}
        patch: |-
          - {op: add, path: /spec/b, value: 1}
      """
    let output = try build([
      "kustomization.yaml": kustomization, "r.yaml": Sample.widget(deep),
    ])
    #expect(output.contains(String(repeating: " ", count: depth * 2) + "a: 1"))
  }

  @Test(arguments: [
    ("a: &a [x, x]\nb: &b [*a, *a]\n", 40), ("[", 100_000), ("a: {", 10_000),
  ])
  func refusesHostileResources(piece: String, count: Int) {
    var text = String(repeating: piece, count: count)
    if piece.contains("&") {
      text = "a0: &a0 [x, x, x, x]\n"
      for level in 1..<count {
        text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1), *a\(level - 1)]\n"
      }
    }
    let error = refusal(["kustomization.yaml": "resources: [r.yaml]", "r.yaml": text])
    #expect(error?.class == .malformedYAML)
  }
}
