internal import Synchronization

/// Values up to a total cost. When it is exceeded, those that were not used for longest go, a
/// quarter of the whole at once. From any thread.
public final class AgingCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Entry {
    var value: Value
    var cost: Int
    var used: UInt64
  }

  private struct Contents {
    var entries: [Key: Entry] = [:]
    var cost = 0
    var uses: UInt64 = 0

    mutating func shrink(to goal: Int) {
      for (key, entry) in entries.sorted(by: { $0.value.used < $1.value.used }) {
        guard cost > goal else { return }
        entries[key] = nil
        cost -= entry.cost
      }
    }
  }

  private let limit: Int
  private let contents = Mutex(Contents())

  /// - Parameter limit: the total cost, in the unit of ``store(_:for:cost:)``.
  public init(limit: Int) { self.limit = limit }

  public subscript(key: Key) -> Value? {
    contents.withLock { contents in
      guard let index = contents.entries.index(forKey: key) else { return nil }
      contents.uses += 1
      contents.entries.values[index].used = contents.uses
      return contents.entries.values[index].value
    }
  }

  /// Everything, those first that were not used for longest.
  public var byAge: [(key: Key, value: Value)] {
    contents.withLock(\.entries).sorted { $0.value.used < $1.value.used }
      .map { ($0.key, $0.value.value) }
  }

  /// Adds a value, or puts it in the place of an earlier one.
  public func store(_ value: Value, for key: Key, cost: Int) {
    contents.withLock { contents in
      contents.uses += 1
      let old = contents.entries.updateValue(
        Entry(value: value, cost: cost, used: contents.uses), forKey: key)
      contents.cost += cost - (old?.cost ?? 0)
      if contents.cost > limit { contents.shrink(to: limit / 4 * 3) }
    }
  }
}
