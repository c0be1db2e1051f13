import Manifests
import SourceTree
import Testing

@testable import FleetModel

/// The fleet that newcomers read first.
@Suite struct SampleFleetTests {
  private let loaded = FleetLoader.lint(tree: DiskTree(root: Repository.root))

  @Test func itHasNothingToFindFaultWith() { #expect(loaded.findings == []) }

  @Test func itHasTwelveClustersInThreeEnvironmentsInOrder() throws {
    let configuration = try #require(loaded.configuration)
    #expect(configuration.environmentsInOrder.map(\.name) == ["dev", "staging", "prod"])
    let sizes = configuration.environmentsInOrder.map { environment in
      configuration.clusters.count { environment.clusters.matches($0.labels) }
    }
    #expect(sizes == [2, 2, 8])
    #expect(configuration.apps.map(\.name) == ["platform", "webshop"])
  }

  @Test func prodChangesCanariesFirst() throws {
    let prod = try #require(loaded.configuration?.environment("prod"))
    #expect(prod.strategy.waves.map(\.name) == ["canary", "eu", "us"])
    #expect(prod.promotion.mode == .manual)
    let canaries = loaded.configuration?.clusters.filter { $0.labels["canary"] == "true" }
    #expect(canaries?.map(\.name) == ["prod-eu-1", "prod-us-1"])
  }

  @Test func everyObjectKnowsItsPlace() throws {
    let place = try #require(loaded.place(.cluster, "prod-us-1"))
    #expect(place.file == "fleet/clusters/prod-us.yaml")
    #expect(place.line == 5)
  }
}
