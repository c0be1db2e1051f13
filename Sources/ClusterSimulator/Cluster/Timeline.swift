internal import Synchronization

/// Runs what was put off, in order of time: one task for all clusters, however many timers wait.
final class Timeline: Sendable {
  typealias Work = @Sendable () -> Void

  private struct Entry {
    let time: ContinuousClock.Instant
    /// Keeps the order of equal times.
    let sequence: Int
    let work: Work
  }

  private struct Queue {
    /// A binary heap, the earliest entry first.
    var heap: [Entry] = []
    var sequence = 0
    var isClosed = false

    static func isEarlier(_ a: Entry, _ b: Entry) -> Bool {
      (a.time, a.sequence) < (b.time, b.sequence)
    }

    mutating func push(_ entry: Entry) {
      heap.append(entry)
      var child = heap.count - 1
      while child > 0, Self.isEarlier(heap[child], heap[(child - 1) / 2]) {
        heap.swapAt(child, (child - 1) / 2)
        child = (child - 1) / 2
      }
    }

    mutating func pop() -> Entry? {
      guard let first = heap.first else { return nil }
      let last = heap.removeLast()
      guard !heap.isEmpty else { return first }
      heap[0] = last
      var parent = 0
      while true {
        var least = parent
        for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
          if Self.isEarlier(heap[child], heap[least]) { least = child }
        }
        if least == parent { return first }
        heap.swapAt(parent, least)
        parent = least
      }
    }
  }

  private let queue = Mutex(Queue())
  private let (wakes, waker) = AsyncStream.makeStream(
    of: Void.self, bufferingPolicy: .bufferingNewest(1))

  /// Runs `work` after `delay`, unless the timeline is stopped before.
  func after(_ delay: Duration, _ work: @escaping Work) {
    let time = ContinuousClock.now + max(delay, .zero)
    let isNext = queue.withLock { queue in
      queue.sequence += 1
      queue.push(Entry(time: time, sequence: queue.sequence, work: work))
      return queue.heap[0].sequence == queue.sequence
    }
    if isNext { waker.yield() }
  }

  /// Carries out what is due until the task is cancelled.
  func run() async {
    var wakes = wakes.makeAsyncIterator()
    while !Task.isCancelled {
      let next = runDue()
      let waker = waker
      // One sleeper at a time; an earlier entry wakes the loop before it. Not in a task group: one that
      // was cancelled cancels whatever is added to it later.
      let sleeper = Task {
        guard let next else { return }
        do { try await Task.sleep(until: next, clock: .continuous) } catch {
          return  // There is something earlier to do, and whoever knows it wakes the loop.
        }
        waker.yield()
      }
      // Ends with the task that runs this.
      let isOver = await wakes.next() == nil
      sleeper.cancel()
      if isOver { break }
    }
  }

  private func runDue() -> ContinuousClock.Instant? {
    while true {
      let (due, next): (Entry?, ContinuousClock.Instant?) = queue.withLock { queue in
        guard let first = queue.heap.first else { return (nil, nil) }
        if first.time > .now { return (nil, first.time) }
        return (queue.pop(), nil)
      }
      guard let due else { return next }
      due.work()
    }
  }
}
