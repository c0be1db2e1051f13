import FleetModel
import Manifests
import SourceTree
import Testing

@testable import Rendering

/// `namespace` of an App is for objects that belong into a namespace and name none.
@Suite struct DefaultNamespaceTests {
  private static let objects = """
    {apiVersion: v1, kind: ConfigMap, metadata: {name: without}}
    ---
    {apiVersion: v1, kind: ConfigMap, metadata: {name: with, namespace: other}}
    ---
    {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
    ---
    {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader}}
    ---
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: regions.example.com}
    spec:
      group: example.com
      scope: Cluster
      names: {kind: Region, plural: regions}
      versions: [{name: v1, served: true, storage: true}]
    ---
    {apiVersion: example.com/v1, kind: Region, metadata: {name: eu}}
    ---
    {apiVersion: example.com/v1, kind: City, metadata: {name: bonn}}

    """

  private func namespaces(_ namespace: String?) throws -> [String: String] {
    var fixture = try RenderingFixture()
    fixture.app.namespace = namespace
    try fixture.write("overlays/shop/base/settings.yaml", Self.objects)
    let state = try fixture.renderer.render(app: "shop", cluster: "c1")
    return Dictionary(
      uniqueKeysWithValues: state.objects.map { ($0.identity.name, $0.identity.namespace) })
  }

  @Test func itIsGivenToNamespacedObjectsThatNameNone() throws {
    #expect(
      try namespaces("shop") == [
        "without": "shop", "with": "other", "shop": "", "reader": "",
        "regions.example.com": "", "eu": "", "bonn": "shop",
      ])
  }

  @Test func withoutItObjectsStayAsRendered() throws {
    let found = try namespaces(nil)
    #expect(found["without"] == "")
    #expect(found["with"] == "other")
  }
}
