import FleetModel
import Manifests
import SourceTree
import Testing

@testable import Rendering

@Suite struct OverlayChoiceTests {
  @Test func aClusterWithoutItsOwnOverlayGetsThatOfItsEnvironment() throws {
    let renderer = try RenderingFixture().renderer
    #expect(
      try renderer.rendered(app: "shop", cluster: "c1").overlay.description
        == "overlays/shop/environments/dev")
    #expect(
      try renderer.rendered(app: "shop", cluster: "c2").overlay.description
        == "overlays/shop/clusters/c2")
  }

  @Test func aMissingOverlayNamesWhatWasLookedFor() throws {
    var fixture = try RenderingFixture()
    fixture.app.overlays = ["clusters/{cluster}", "sites/{environment}"]
    #expect(
      fixture.error()
        == "shop on c1: no overlay: none of 'overlays/shop/clusters/c1' or "
        + "'overlays/shop/sites/dev' exists")
  }

  @Test func anEmptyRepositoryHasNoOverlay() throws {
    var fixture = try RenderingFixture()
    fixture.tree = MemoryTree()
    #expect(
      fixture.error()
        == "shop on c1: no overlay: none of 'overlays/shop/clusters/c1', "
        + "'overlays/shop/environments/dev' or 'overlays/shop/base' exists")
  }

  @Test func anOverlayBehindALinkOutOfTheRepositoryIsRefused() throws {
    var fixture = try RenderingFixture()
    try fixture.tree.link("overlays/shop/clusters/c1", to: "../../../../etc")
    #expect(
      fixture.error()
        == "shop on c1: overlay overlays/shop/clusters/c1 leads out of the repository")
  }

  @Test func aPatternOutOfTheRepositoryIsRefused() throws {
    var fixture = try RenderingFixture()
    fixture.app.overlays = ["../../../{cluster}"]
    #expect(
      fixture.error()
        == "shop on c1: overlay overlays/shop/../../../c1 leads out of the repository")
  }

  @Test func whatIsNotDeployedHasNoTargetState() throws {
    var fixture = try RenderingFixture()
    #expect(fixture.error(on: "c9") == "shop on c9: there is no such cluster")
    fixture.app.clusters = LabelSelector([.init("gpu", .exists)])
    #expect(
      fixture.error() == "shop on c1: the app's selector 'gpu' does not match the cluster's labels")
    #expect(throws: RenderError(app: "web", cluster: "c1", reason: "there is no such app")) {
      try fixture.renderer.render(app: "web", cluster: "c1")
    }
  }
}
