/// A comparison with a number, such as `< 0.01`.
public struct Threshold: Sendable, Hashable {
  private enum Sign: String, CaseIterable {
    // Those of two characters first, so that a prefix is not taken for the whole.
    case atMost = "<="
    case atLeast = ">="
    case equal = "=="
    case different = "!="
    case below = "<"
    case above = ">"
  }

  private let sign: Sign
  private let limit: Double

  /// `nil` for what is no comparison with a finite number.
  public init?(_ text: String) {
    guard let sign = Sign.allCases.first(where: { text.hasPrefix($0.rawValue) }),
      let limit = Double(text.dropFirst(sign.rawValue.count).drop(while: { $0 == " " })),
      limit.isFinite
    else { return nil }
    self.sign = sign
    self.limit = limit
  }

  /// Nothing holds for a value that is not a number.
  public func holds(for value: Double) -> Bool {
    guard !value.isNaN else { return false }
    return switch sign {
    case .atMost: value <= limit
    case .atLeast: value >= limit
    case .equal: value == limit
    case .different: value != limit
    case .below: value < limit
    case .above: value > limit
    }
  }
}
