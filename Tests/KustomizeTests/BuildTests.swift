import Kustomize
import Manifests
import SourceTree
import Testing

/// Builds the kustomization in `.` of files given by path.
func build(
  _ files: [String: String], at path: String = ".", options: BuildOptions = BuildOptions()
) throws -> String {
  let tree = try MemoryTree(files)
  let result = try KustomizeBuild.build(
    tree, at: try #require(TreePath(path)), options: options)
  return String(decoding: try result.yaml(), as: UTF8.self)
}

@Suite struct BuildTests {
  @Test func printsResourcesInLegacyOrderWithSortedKeys() throws {
    let output = try build([
      "kustomization.yaml": "resources: [b.yaml, a.yaml]",
      "b.yaml": "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: d}\n",
      "a.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n",
    ])
    #expect(
      output
        == "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: n\n---\napiVersion: apps/v1\n"
        + "kind: Deployment\nmetadata:\n  name: d\n")
  }
}
