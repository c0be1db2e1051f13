/// How many inputs share a transaction: as many as are written within ``span``, by what the last ones
/// took. What makes them durable then is left out: a sync of the disk costs the same for one input as
/// for many, so a slow disk calls for large transactions. But a command that arrives waits for the one
/// under way.
struct BatchSize: Sendable {
  /// Of one transaction, apart from its sync. A command waits for the rest of one and for its own.
  static let span = Duration.milliseconds(18)
  static let range = 32...4096

  private(set) var limit = 256

  /// A transaction of `count` inputs took `elapsed` up to its sync. Halves and doubles at most, because
  /// one slow write says little about the next.
  mutating func learn(_ count: Int, took elapsed: Duration) {
    let ratio = BatchSize.span / max(elapsed, .microseconds(1))
    // A small transaction tells about the commit, not about the inputs.
    guard ratio < 1 || count >= limit / 2 else { return }
    let fitting = Double(max(count, 1)) * min(max(ratio, 0.5), 2)
    limit = min(max(Int(fitting), BatchSize.range.lowerBound), BatchSize.range.upperBound)
  }
}
