import CommonExpressions
import FleetModel
import Foundation
import Testing

/// What is stored is read by every later version: databases live longer than programs.
@Suite struct StoredFormTests {
  @Test func anAppThatAnEarlierVersionStoredHasTheDefaultsOfLaterFields() throws {
    let stored = """
      {"clusters":{"requirements":[{"key":"env","operator":"In","values":["prod"]}]},"dependsOn":[],"name":"shop","namespace":"shop",
      "overlays":["clusters/{cluster}","base"],"path":"overlays/shop","prune":false,"substitute":false}
      """
    let app = try JSONDecoder().decode(App.self, from: Data(stored.utf8))
    #expect(app.name == "shop")
    #expect(app.overlays == ["clusters/{cluster}", "base"])
    #expect(!app.prune)
    #expect(app.compat == .kustomize)
    #expect(app.schema == .strict)
    #expect(app.allowed == nil)
    #expect(app.healthCheckExprs.isEmpty)
  }

  @Test func anAppIsReadAsItWasWritten() throws {
    let app = App(
      name: "shop", path: "overlays/shop", serviceAccount: "deployer", dependsOn: ["base"],
      substitute: true, compat: .kubernetes, schema: .warn,
      healthCheckExprs: [
        HealthCheck(
          apiVersion: "example.test/v1", kind: "Widget",
          failed: try CommonExpression(parsing: "status.phase == 'Failed'"),
          current: try CommonExpression(parsing: "status.phase == 'Ready'"))
      ])
    #expect(try JSONDecoder().decode(App.self, from: JSONEncoder().encode(app)) == app)
  }
}
