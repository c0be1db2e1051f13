/// How many inputs share a transaction: as many as fit into ``span``, by what the last ones took. A
/// durable commit costs the same for one input as for many, so under load large transactions carry
/// more; but a command that arrives waits for the one under way.
struct BatchSize: Sendable {
  /// Of one transaction. A command waits for the rest of one and for its own.
  static let span = Duration.milliseconds(15)
  static let range = 32...4096

  private(set) var limit = 256

  /// A transaction of `count` inputs took `elapsed`. Halves and doubles at most, because one slow write
  /// of a disk says little about the next.
  mutating func learn(_ count: Int, took elapsed: Duration) {
    let ratio = BatchSize.span / max(elapsed, .microseconds(1))
    // A small transaction tells about the commit, not about the inputs.
    guard ratio < 1 || count >= limit / 2 else { return }
    let fitting = Double(max(count, 1)) * min(max(ratio, 0.5), 2)
    limit = min(max(Int(fitting), BatchSize.range.lowerBound), BatchSize.range.upperBound)
  }
}
