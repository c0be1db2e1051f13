internal import FleetModel

/// What the engine wants to be woken for.
enum Timer: Sendable, Hashable {
  case deadline(RolloutID, position: Int, attempt: Int)
  case soak(RolloutID, wave: Int)
  case rolloutPause(RolloutID)
  case wavePause(RolloutID, wave: Int)
  case cordon(String)
  /// A release becomes old enough upstream for this pin.
  case promotion(PinID)
}

/// A binary heap of instants. Entries are never searched for: one that no longer holds is dropped
/// when it reaches the top.
struct Timers: Sendable {
  struct Entry: Sendable {
    let at: Instant
    let timer: Timer
  }

  private var heap: [Entry] = []

  var first: Entry? { heap.first }
  var count: Int { heap.count }

  mutating func insert(_ timer: Timer, at instant: Instant) {
    heap.append(Entry(at: instant, timer: timer))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].at < heap[parent].at else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func removeFirst() {
    guard let last = heap.popLast(), !heap.isEmpty else { return }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].at < heap[least].at {
        least = child
      }
      guard least != parent else { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
