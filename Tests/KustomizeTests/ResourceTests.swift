import Kustomize
import Manifests
import SourceTree
import Testing

@Suite struct ResourceTests {
  @Test func printsResourcesInLegacyOrderWithSortedKeys() throws {
    let output = try build([
      "kustomization.yaml": "resources: [b.yaml, a.yaml]",
      "b.yaml": "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: d}\n",
      "a.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n",
    ])
    #expect(
      output
        == "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ns\n---\napiVersion: apps/v1\n"
        + "kind: Deployment\nmetadata:\n  name: d\n")
  }

  @Test func keepsTheOrderOfTheFilesWithFifo() throws {
    let output = try build([
      "kustomization.yaml": "resources: [b.yaml, a.yaml]\nsortOptions: {order: fifo}\n",
      "b.yaml": Sample.deployment, "a.yaml": Sample.configMap,
    ])
    #expect(output.hasPrefix("apiVersion: apps/v1"))
  }

  @Test func expandsListsAndSkipsEmptyDocuments() throws {
    let list = """
      apiVersion: v1
      kind: List
      items:
      - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
      - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
      """
    let result = try buildResult([
      "kustomization.yaml": "resources: [l.yaml, e.yaml]", "l.yaml": list,
      "e.yaml": "# nothing\n---\n---\n",
    ])
    #expect(result.objects.compactMap { $0.value(at: "metadata", "name")?.string } == ["a", "b"])
  }

  @Test func buildsBasesThatShareABase() throws {
    let output = try build(
      [
        "top/kustomization.yaml": "resources: [../a, ../b]",
        "a/kustomization.yaml": "resources: [../base]\nnamePrefix: a-\n",
        "b/kustomization.yaml": "resources: [../base]\nnamePrefix: b-\n",
        "base/kustomization.yaml": "resources: [c.yaml]", "base/c.yaml": Sample.configMap,
      ], at: "top")
    #expect(output.contains("name: a-settings") && output.contains("name: b-settings"))
  }

  @Test func sharesBasesBetweenBuildsWithoutMixingThem() throws {
    let tree = try MemoryTree([
      "a/kustomization.yaml": "resources: [../base]\nnamePrefix: a-\n",
      "b/kustomization.yaml": "resources: [../base]\ncommonLabels: {x: b}\n",
      "base/kustomization.yaml": "resources: [c.yaml]", "base/c.yaml": Sample.configMap,
    ])
    let cache = BuildCache()
    for cache in [cache, cache.forAnotherThread(), cache] {
      for name in ["a", "b"] {
        let path = try #require(TreePath(name))
        let alone = try KustomizeBuild.build(tree, at: path)
        let shared = try KustomizeBuild.build(tree, at: path, cache: cache)
        #expect(try alone.yaml() == shared.yaml())
        #expect(alone.files == shared.files)
      }
    }
  }

  @Test func runsComponentsOnEverythingSoFar() throws {
    let output = try build(
      [
        "top/kustomization.yaml":
          "resources: [c.yaml]\ncomponents: [../part]\nnamePrefix: p-\n",
        "top/c.yaml": Sample.configMap,
        "part/kustomization.yaml":
          "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
          + "configMapGenerator: [{name: settings, behavior: merge, literals: [b=2]}]\n",
      ], at: "top")
    #expect(output.contains("a: \"1\"\n  b: \"2\"\n") && output.contains("name: p-settings\n"))
  }

  @Test func dropsLocalConfiguration() throws {
    let output = try build([
      "kustomization.yaml": "resources: [c.yaml]",
      "c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: l\n  annotations:\n"
        + "    config.kubernetes.io/local-config: \"true\"\n",
    ])
    #expect(output.isEmpty)
  }

  @Test func readsValuesAsYAML12AndQuotesThemAsYAML11() throws {
    let output = try build([
      "kustomization.yaml": "resources: [w.yaml]",
      "w.yaml": Sample.widget("{a: yes, b: 0644, c: 2020-01-01, d: 12:30, e: ~, f: 1.0}"),
    ])
    #expect(
      lines(of: output, from: "spec:") == [
        "spec:", "a: \"yes\"", "b: 420", "c: \"2020-01-01T00:00:00Z\"", "d: \"12:30\"", "e: null",
        "f: 1",
      ])
  }

  @Test func handsObjectsOverInTheFormOfTheOutput() throws {
    let result = try buildResult([
      "kustomization.yaml": "resources: [w.yaml]",
      "w.yaml": Sample.widget("{a: 0644, b: 1.0, c: 2020-01-01, d: 1e3, e: TRUE, f: 1.50}"),
    ])
    let spec = try #require(result.objects.first?["spec"])
    #expect(
      String(decoding: JSON.serialize(spec), as: UTF8.self)
        == #"{"a":420,"b":1,"c":"2020-01-01T00:00:00Z","d":1000,"e":true,"f":1.5}"#)
  }

  @Test func rewritesAnnotationValuesAsStringsAndDropsEmptyOnes() throws {
    let output = try build([
      "kustomization.yaml": "resources: [w.yaml, v.yaml]",
      "w.yaml":
        "apiVersion: x/v1\nkind: W\nmetadata: {name: w, annotations: {a: 1}, labels: {a: 1}}",
      "v.yaml": "apiVersion: x/v1\nkind: V\nmetadata: {name: v, annotations: {}}",
    ])
    #expect(output.contains("annotations:\n    a: \"1\"\n  labels:\n    a: 1\n"))
    #expect(output.contains("kind: V\nmetadata:\n  name: v\n"))
  }

  @Test func listsTheFilesThatItReads() throws {
    let result = try buildResult([
      "kustomization.yaml":
        "resources: [c.yaml]\nconfigMapGenerator: [{name: g, files: [data/f.txt]}]\n",
      "c.yaml": Sample.configMap, "data/f.txt": "x", "unused.yaml": "x",
    ])
    #expect(
      result.files.map(\.path.description) == ["c.yaml", "data/f.txt", "kustomization.yaml"])
  }

  @Test(arguments: [
    ("a: ENC[x]\nsops:\n  mac: ENC[y]\n", EncryptedFile.Format.yaml),
    ("A=ENC[x]\nsops_mac=ENC[", .dotenv), ("{\"sops\": {\"mac\": \"ENC[y]\"}}", .json),
  ])
  func anEncryptedFileIsToldByWhatSOPSLeavesInIt(text: String, format: EncryptedFile.Format) {
    #expect(EncryptedFile(Array(text.utf8), name: "a.json")?.input == format)
  }

  @Test(arguments: ["", "ENC", "ENC[", "sops", "EENC[\nsops", "a: ENC[x]\nsop:\n  mac: ENC[y]\n"])
  func aFileWithoutTheMetadataOfSOPSIsNotEncrypted(text: String) {
    #expect(EncryptedFile(Array(text.utf8), name: "a.yaml") == nil)
  }
}
