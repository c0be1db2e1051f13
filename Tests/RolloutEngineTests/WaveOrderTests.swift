import FleetModel
import Manifests
import Testing

@testable import RolloutEngine

/// The order of targets inside a wave and the split into waves.
@Suite struct WaveOrderTests {
  private func cluster(_ name: String, _ order: String?, _ domain: String? = nil) -> Cluster {
    Cluster(name: name, labels: order.map { ["order": $0] } ?? [:], failureDomain: domain)
  }

  @Test func labelsOrderAsNumbersBeforeWordsBeforeNothing() {
    let clusters = [
      cluster("none", nil), cluster("ten", "10"), cluster("two", "2"), cluster("word", "b"),
    ]
    let order = WaveOrder(release: ReleaseID("web@1"), orderBy: "order")
    #expect(order.sorted(clusters) == ["two", "ten", "word", "none"])
  }

  @Test func neighboursStandInDifferentFailureDomains() {
    let clusters = (1...6).map { cluster("c\($0)", nil, $0 <= 3 ? "east" : "west") }
    let sorted = WaveOrder(release: ReleaseID("web@1"), orderBy: nil).sorted(clusters)
    let domains = sorted.map { name in clusters.first { $0.name == name }?.failureDomain }
    for (one, next) in zip(domains, domains.dropFirst()) { #expect(one != next) }
  }

  @Test func theOrderIsTheSameForOneReleaseAndNotForAnother() {
    let clusters = (1...40).map { cluster("c\($0)", nil) }
    let one = WaveOrder(release: ReleaseID("web@1"), orderBy: nil)
    let other = WaveOrder(release: ReleaseID("web@2"), orderBy: nil)
    #expect(one.sorted(clusters) == one.sorted(clusters.reversed()))
    #expect(one.sorted(clusters) != other.sorted(clusters))
  }

  @Test func sizesRoundUpLimitsRoundDownAndTheLastWaveTakesTheRest() throws {
    var strategy = Strategy(waves: [
      WaveSpec(name: "tenth", membership: .size(.percent(10)), maxFailures: .percent(50)),
      WaveSpec(name: "three", membership: .size(.count(3)), maxConcurrent: .percent(10)),
      WaveSpec(name: "rest", membership: .size(.count(1)), maxConcurrent: .percent(50)),
    ])
    strategy.waves[2].maxUnreachable = .percent(30)
    var play = try Play(["dev": (1...11).map { "c\($0)" }], strategy: strategy)
    try play.commit(1)
    let waves = try play.rollout(RolloutID("web-dev-1")).waves
    #expect(waves.map(\.count) == [2, 3, 6])
    #expect(waves[0].maxFailures == 1)
    #expect(waves[1].maxConcurrent == 1)
    #expect(waves[2].maxConcurrent == 3 && waves[2].maxUnreachable == 1)
  }
}
