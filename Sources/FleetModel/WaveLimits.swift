extension WaveSpec {
  /// A limit that limits nothing in a wave of a given size.
  public struct LimitWithoutEffect: Sendable, Hashable {
    /// The field, as it is written in a strategy.
    public let field: String
    public let quantity: Quantity
    /// `it never halts`
    public let effect: String
  }

  /// The limits of this wave that cannot take effect when it has `size` clusters.
  public func limitsWithoutEffect(size: Int) -> [LimitWithoutEffect] {
    var found: [LimitWithoutEffect] = []
    if maxFailures.roundedDown(of: size, atLeast: 0) >= size {
      found.append(.init(field: "maxFailures", quantity: maxFailures, effect: "it never halts"))
    }
    if maxUnreachable.roundedDown(of: size, atLeast: 0) >= size {
      found.append(
        .init(
          field: "maxUnreachable", quantity: maxUnreachable,
          effect: "it passes without having reached any"))
    }
    if let limit = maxConcurrent, size > 1, limit.roundedDown(of: size, atLeast: 1) >= size {
      found.append(
        .init(field: "maxConcurrent", quantity: limit, effect: "all of them change at once"))
    }
    return found
  }
}
