internal import FleetModel
internal import RolloutEngine

/// What the simulated world is going to say, in the order in which it says it. Of one moment, what
/// was said to come first comes first.
struct InputQueue {
  enum Due {
    case observation(Observation)
    case gate(GateReport)
    /// Several people may do the same; they are told apart by a number.
    case person(Command.Verb, roles: [String] = [], number: Int = 1)
  }

  private struct Entry {
    let at: Instant
    let order: Int
    let due: Due

    func comes(before other: Entry) -> Bool { (at, order) < (other.at, other.order) }
  }

  /// A binary heap.
  private var heap: [Entry] = []
  private var count = 0

  /// When the next is due.
  var first: Instant? { heap.first?.at }

  mutating func add(_ due: Due, at instant: Instant) {
    count += 1
    heap.append(Entry(at: instant, order: count, due: due))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].comes(before: heap[parent]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func takeFirst(notAfter instant: Instant) -> Due? {
    guard let top = heap.first, top.at <= instant, let last = heap.popLast() else { return nil }
    if heap.isEmpty { return top.due }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].comes(before: heap[least]) {
        least = child
      }
      guard least != parent else { return top.due }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
