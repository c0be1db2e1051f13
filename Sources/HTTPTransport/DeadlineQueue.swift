/// Things with a time each, the earliest first: a binary heap.
struct DeadlineQueue<Element> {
  private var entries: [(due: UInt64, element: Element)] = []

  /// The earliest time.
  var next: UInt64? { entries.first?.due }

  mutating func add(_ element: Element, due: UInt64) {
    entries.append((due, element))
    var index = entries.count - 1
    while index > 0, entries[index].due < entries[(index - 1) / 2].due {
      entries.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  /// Removes and returns the earliest element if its time has come.
  mutating func takeDue(at time: UInt64) -> Element? {
    guard let first = entries.first, first.due <= time else { return nil }
    let last = entries.removeLast()
    guard !entries.isEmpty else { return first.element }
    entries[0] = last
    var index = 0
    while true {
      let children = [2 * index + 1, 2 * index + 2].filter { $0 < entries.count }
      guard let least = children.min(by: { entries[$0].due < entries[$1].due }),
        entries[least].due < entries[index].due
      else { return first.element }
      entries.swapAt(index, least)
      index = least
    }
  }
}
