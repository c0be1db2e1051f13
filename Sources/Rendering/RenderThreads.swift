internal import Foundation
internal import Synchronization

/// Threads for work that computes and reads files, apart from Swift's cooperative pool: the hub's
/// tasks go on while all cores render.
public enum RenderThreads {
  /// How much is done at once.
  static let width = max(1, ProcessInfo.processInfo.activeProcessorCount)

  /// Which of the threads of ``map(_:_:)`` this is, below ``width``; 0 on any other.
  @TaskLocal static var number = 0

  private static func start(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    // Deeply nested documents are read by recursion.
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Runs `body` on a thread of its own.
  public static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      start { continuation.resume(returning: body()) }
    }
  }

  /// What `body` makes of each item, in the order of the items. Threads take a few items at a time,
  /// so that none is left with much to do when the others are done.
  public static func map<Item: Sendable, Value: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item) -> Value
  ) async -> [Value] {
    let width = min(width, items.count)
    guard width > 0 else { return [] }
    let share = max(1, min(32, items.count / width / 8))
    let work = Work<Item, Value>(items: items, threads: width, share: share)
    let pieces: [Int: [Value]] = await withCheckedContinuation { continuation in
      work.done.withLock { $0 = { continuation.resume(returning: $0) } }
      for number in 0..<width {
        start { $number.withValue(number) { work.run(body) } }
      }
    }
    return pieces.sorted { $0.key < $1.key }.flatMap(\.value)
  }

  /// Items that threads take from the front.
  private final class Work<Item: Sendable, Value: Sendable>: Sendable {
    let items: [Item]
    let share: Int
    let next = Atomic<Int>(0)
    let done = Mutex<(@Sendable ([Int: [Value]]) -> Void)?>(nil)
    private let finished: Mutex<(pieces: [Int: [Value]], running: Int)>

    init(items: [Item], threads: Int, share: Int) {
      self.items = items
      self.share = share
      finished = Mutex((pieces: [:], running: threads))
    }

    func run(_ body: (Item) -> Value) {
      var own: [Int: [Value]] = [:]
      while true {
        let start = next.add(share, ordering: .relaxed).oldValue
        guard start < items.count else { break }
        own[start] = items[start..<min(start + share, items.count)].map(body)
      }
      let pieces = finished.withLock { finished -> [Int: [Value]]? in
        finished.pieces.merge(own) { first, _ in first }
        finished.running -= 1
        return finished.running == 0 ? finished.pieces : nil
      }
      if let pieces { done.withLock(\.self)?(pieces) }
    }
  }
}
