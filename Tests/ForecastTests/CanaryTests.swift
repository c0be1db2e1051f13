import FleetModel
import Forecast
import RolloutEngine
import Testing

@Suite("Which clusters try what")
struct CanaryTests {
  private typealias Candidate = CanaryChoice.Candidate

  private func candidate(_ cluster: String, _ changes: Int..., ready: Bool = true) -> Candidate {
    Candidate(cluster: cluster, changes: Set(changes), isReady: ready)
  }

  @Test func `with one change per cluster it is one cluster per change`() {
    let choice = CanaryChoice(
      among: (0..<40).map { candidate("c\($0 + 10)", $0 % 4) })
    #expect(choice.clusters == ["c10", "c11", "c12", "c13"])
    #expect(choice.isSmallest)
  }

  @Test func `the widest clusters first would need one more than the smallest set`() {
    // Greedy takes the four of 'wide' and then needs two more; two are enough.
    let choice = CanaryChoice(among: [
      candidate("wide", 1, 2, 4, 5), candidate("left", 0, 1, 2), candidate("right", 3, 4, 5),
    ])
    #expect(choice.clusters == ["left", "right"])
    #expect(choice.isSmallest)
  }

  @Test func `a cluster that is not ready is chosen only where no other will do`() {
    let choice = CanaryChoice(among: [
      candidate("a", 0, ready: false), candidate("b", 0), candidate("only", 1, ready: false),
    ])
    #expect(choice.clusters == ["b", "only"])
    #expect(choice.notReady == ["only"])
  }

  @Test func `of equally small sets the one with more ready clusters is taken`() {
    let choice = CanaryChoice(among: [
      candidate("x", 0, 1, ready: false), candidate("y", 2, 3),
      candidate("p", 0, 2), candidate("q", 1, 3),
    ])
    #expect(choice.clusters == ["p", "q"])
  }

  @Test func `the order in which clusters come makes no difference`() {
    var random = SystemRandomNumberGenerator()
    let candidates = (0..<60).map { index in
      Candidate(
        cluster: "c\(index)", changes: [index % 7, 7 + index % 5, 12 + index % 3],
        isReady: index % 4 != 0)
    }
    let first = CanaryChoice(among: candidates)
    for _ in 0..<5 {
      #expect(CanaryChoice(among: candidates.shuffled(using: &random)) == first)
    }
    #expect(Set(first.clusters).count == first.clusters.count)
  }

  @Test func `no smaller set covers what a chosen one does`() {
    // Every set of clusters is tried, for small random problems with printed seeds.
    for seed in 0..<60 {
      var number = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
      func next(_ bound: Int) -> Int {
        number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(number >> 33) % bound
      }
      let candidates = (0..<8).map { index in
        Candidate(
          cluster: "c\(index)", changes: Set((0..<(1 + next(3))).map { _ in next(7) }),
          isReady: true)
      }
      let all = candidates.reduce(into: Set<Int>()) { $0.formUnion($1.changes) }
      let smallest = (1..<256).filter { mask in
        candidates.indices.filter { mask >> $0 & 1 == 1 }
          .reduce(into: Set<Int>()) { $0.formUnion(candidates[$1].changes) } == all
      }.map(\.nonzeroBitCount).min()
      let choice = CanaryChoice(among: candidates)
      #expect(choice.clusters.count == smallest, "seed \(seed)")
      #expect(choice.isSmallest)
    }
  }

  @Test func `changes that the first wave does not try are named with the wave that does`() throws {
    var fleet = try FleetFixture(
      ["prod": ["a", "b", "c", "d"]],
      strategy: Strategy(waves: [.named("canary", ["a"]), .named("more", ["b"]), .named("rest")]))
    try fleet.commit(1)
    let rollout = try #require(fleet.state.rollouts.values.first)
    let coverage = Coverage(of: [["a", "c"], ["b"], ["d"], ["elsewhere"]], in: rollout.plan)
    #expect(coverage.firstWave == [0, 1, 2, nil])
    #expect(coverage.untried == [1, 2])
  }
}
