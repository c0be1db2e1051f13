/// A promise of the model that was broken, with what was seen.
struct Violation: Error, CustomStringConvertible {
  let invariant: String
  let detail: String

  init(_ invariant: String, _ detail: String) {
    self.invariant = invariant
    self.detail = detail
  }

  var description: String { "\(invariant): \(detail)" }
}
