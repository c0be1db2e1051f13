import SourceTree
import Testing

@testable import FleetModel

/// Which directory is built for an app on a cluster.
@Suite struct OverlayTests {
  private let app = App(name: "shop", path: "overlays/shop")

  private func overlay(_ tree: MemoryTree, app: App? = nil) throws -> String {
    try OverlayResolution.overlay(
      of: app ?? self.app, cluster: "c1", environment: "dev", in: tree
    ).description
  }

  @Test func theFirstDirectoryThatExistsIsChosen() throws {
    var tree = try MemoryTree(["overlays/shop/base/kustomization.yaml": ""])
    #expect(try overlay(tree) == "overlays/shop/base")
    try tree.write([], to: "overlays/shop/environments/dev/kustomization.yaml")
    #expect(try overlay(tree) == "overlays/shop/environments/dev")
    try tree.write([], to: "overlays/shop/clusters/c2/kustomization.yaml")
    #expect(try overlay(tree) == "overlays/shop/environments/dev")
    try tree.write([], to: "overlays/shop/clusters/c1/kustomization.yaml")
    #expect(try overlay(tree) == "overlays/shop/clusters/c1")
  }

  @Test func aFileIsNoOverlay() throws {
    let tree = try MemoryTree([
      "overlays/shop/clusters/c1": "", "overlays/shop/base/kustomization.yaml": "",
    ])
    #expect(try overlay(tree) == "overlays/shop/base")
  }

  @Test func aMissingOverlayNamesWhatWasLookedFor() throws {
    let tree = try MemoryTree(["overlays/shop/readme": ""])
    let error = #expect(throws: OverlayResolution.Failure.self) { try overlay(tree) }
    #expect(
      error?.description
        == "no overlay: none of 'overlays/shop/clusters/c1', 'overlays/shop/environments/dev' or "
        + "'overlays/shop/base' exists")
  }

  @Test func aLinkOutOfTheRepositoryIsNotFollowed() throws {
    var tree = try MemoryTree(["overlays/shop/base/kustomization.yaml": ""])
    try tree.link("overlays/shop/clusters/c1", to: "../../../../elsewhere")
    #expect(throws: OverlayResolution.Failure.outsideRepository(path: "overlays/shop/clusters/c1"))
    { try overlay(tree) }
  }

  @Test func dotsOutOfTheRepositoryAreNotFollowed() throws {
    let tree = try MemoryTree(["overlays/shop/base/kustomization.yaml": ""])
    let escaping = App(name: "shop", path: "overlays/shop", overlays: ["../../../{cluster}"])
    #expect(throws: OverlayResolution.Failure.outsideRepository(path: "overlays/shop/../../../c1"))
    { try overlay(tree, app: escaping) }
  }

  @Test func lintNamesEachClusterWithoutAnOverlay() throws {
    var fixture = FleetFixture()
    fixture.files["fleet/apps/shop.yaml"] = object("App", "shop", "overlays: [\"{cluster}\"]")
    fixture.files["overlays/shop/dev-1/kustomization.yaml"] = ""
    let loaded = FleetLoader.lint(tree: try fixture.tree())
    #expect(
      loaded.findings.map(\.description) == [
        "fleet/apps/shop.yaml:3:18: error: app 'shop' on cluster 'prod-1': no overlay: none of "
          + "'overlays/shop/prod-1' exists; add one of them with a kustomization.yaml, or narrow "
          + "'clusters' of the app"
      ])
  }
}
