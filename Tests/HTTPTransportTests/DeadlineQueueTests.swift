import Testing

@testable import HTTPTransport

struct DeadlineQueueTests {
  @Test func elementsComeInTheOrderOfTheirTimesAndNoneTooEarly() {
    let seed = UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var state = seed
    func random(_ limit: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % limit
    }
    var queue = DeadlineQueue<UInt64>()
    var waiting: [UInt64] = []
    for time in 0..<2000 as Range<UInt64> {
      for _ in 0..<random(3) {
        let due = time + random(50)
        queue.add(due, due: due)
        waiting.append(due)
      }
      var taken: [UInt64] = []
      while let due = queue.takeDue(at: time) { taken.append(due) }
      #expect(taken == waiting.filter { $0 <= time }.sorted())
      waiting.removeAll { $0 <= time }
      #expect(queue.next == waiting.min())
    }
  }
}
