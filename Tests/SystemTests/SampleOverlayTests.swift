import Foundation
import Testing

/// Every directory of the sample that can be built, against kubectl's own kustomize.
@Test(
  .enabled(if: RealClusters.areAvailable, "needs KUBEBUILDER_ASSETS; see docs/development.md"))
func flotillaBuildPrintsWhatKubectlKustomizePrintsForEveryOverlayOfTheSample() throws {
  let assets = ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"] ?? ""
  let root = Sandbox.checkout + "/overlays"
  var built = 0
  for case let path as String in try #require(FileManager.default.enumerator(atPath: root)) {
    guard path.hasSuffix("/kustomization.yaml"), !path.contains("/components/") else { continue }
    let folder = root + "/" + path.dropLast("/kustomization.yaml".count)
    let theirs = try runProgram(assets + "/kubectl", ["kustomize", folder])
    try #require(theirs.status == 0, "\(theirs.errors)")
    let ours = try runProgram(Sandbox.programs + "/flotilla", ["build", folder])
    #expect(ours.status == 0, "\(path): \(ours.errors)")
    #expect(ours.output == theirs.output, "\(path)")
    built += 1
  }
  #expect(built >= 21)
}
