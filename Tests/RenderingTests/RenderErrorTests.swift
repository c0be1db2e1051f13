import FleetModel
import Manifests
import SourceTree
import Testing

@testable import Rendering

/// What cannot be rendered says which app, which cluster, where and why.
@Suite struct RenderErrorTests {
  private func error(_ change: (inout RenderingFixture) throws -> Void) throws -> String? {
    var fixture = try RenderingFixture()
    try change(&fixture)
    return fixture.error()
  }

  @Test func aFaultInABaseIsReportedWithItsPlace() throws {
    #expect(
      try error {
        try $0.write("overlays/shop/base/kustomization.yaml", "resources:\n  - settings.yml\n")
      }?.hasPrefix("shop on c1: overlays/shop/base/kustomization.yaml:2") ?? false)
    #expect(
      try error {
        try $0.write("overlays/shop/base/settings.yaml", "apiVersion: v1\nkind: [ConfigMap\n")
      }?.hasPrefix("shop on c1: overlays/shop/base/settings.yaml:2") ?? false)
  }

  @Test func aBaseOutOfTheRepositoryIsRefused() throws {
    let found = try error {
      try $0.write(
        "overlays/shop/environments/dev/kustomization.yaml", "resources: [../../../../../x]\n")
    }
    #expect(found?.contains("'../../../../../x' leads out of the tree") ?? false)
  }

  @Test func aFileBehindALinkOutOfTheRepositoryIsRefused() throws {
    let found = try error {
      try $0.tree.link("overlays/shop/base/settings.yaml", to: "/etc/passwd")
    }
    #expect(found?.contains("'settings.yaml' leads out of the tree") ?? false)
  }

  @Test func anOverlayWithoutKustomizationIsRefused() throws {
    let found = try error { try $0.write("overlays/shop/clusters/c1/readme", "later") }
    #expect(
      found?.hasPrefix(
        "shop on c1: overlays/shop/clusters/c1: the directory has no 'kustomization.yaml'")
        ?? false)
  }

  /// An emptied overlay must not become the deletion of everything (rancher/fleet #5406).
  @Test func anOverlayThatBuildsNothingIsRefused() throws {
    #expect(
      try error {
        try $0.write(
          "overlays/shop/environments/dev/kustomization.yaml",
          """
          resources: [../../base]
          patches:
            - patch: '{$patch: delete, apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}'
          """)
      }
        == "shop on c1: overlays/shop/environments/dev: builds to no object at all, which would "
        + "delete everything that the app has on the cluster; to take the app from a cluster, "
        + "narrow its 'clusters' selector")
  }

  @Test func objectsThatBecomeOneByTheDefaultNamespaceAreRefused() throws {
    #expect(
      try error {
        $0.app.namespace = "shop"
        try $0.write(
          "overlays/shop/base/settings.yaml",
          RenderingFixture.configMap("settings", "a") + "---\n"
            + RenderingFixture.configMap("settings\n  namespace: shop", "b"))
      }
        == "shop on c1: overlays/shop/environments/dev: holds ConfigMap shop/settings (v1) twice; "
        + "remove one of them")
  }

  @Test func oneBrokenClusterDoesNotKeepOthersFromBeingRendered() async throws {
    var fixture = try RenderingFixture()
    try fixture.write("overlays/shop/clusters/c2/kustomization.yaml", "resources: [nothing.yaml]\n")
    let results = await fixture.renderer.renderAll(app: "shop")
    #expect(results.keys.sorted() == ["c1", "c2"])
    #expect(throws: Never.self) { try results["c1"]?.get() }
    let failure = #expect(throws: RenderError.self) { try results["c2"]?.get() }
    #expect(failure?.cluster == "c2")
    #expect(failure?.file == "overlays/shop/clusters/c2/kustomization.yaml")
  }
}
