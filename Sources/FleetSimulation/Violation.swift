/// A promise of the model that was broken, with what was seen.
public struct Violation: Error, Sendable, CustomStringConvertible {
  /// `I1` to `I11`, or a word for a promise that has no number.
  public let invariant: String
  public let detail: String

  public init(_ invariant: String, _ detail: String) {
    self.invariant = invariant
    self.detail = detail
  }

  public var description: String { "\(invariant): \(detail)" }
}
