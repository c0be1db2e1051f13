public import FleetModel

/// Percentiles by nearest rank: values that occurred, never one between two of them.
public enum Percentile {
  /// The smallest value that `percent` of all do not exceed; `nil` where there are none.
  ///
  /// - Parameter sorted: in ascending order.
  public static func of(_ sorted: [TimeSpan], _ percent: Int) -> TimeSpan? {
    let rank = (sorted.count * percent + 99) / 100
    return sorted.isEmpty ? nil : sorted[min(max(rank, 1), sorted.count) - 1]
  }
}
