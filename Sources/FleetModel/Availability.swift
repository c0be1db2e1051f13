import Manifests

/// What the model names and this version does not carry out yet. Such a field is refused by name,
/// never ignored. This list is the only place: a version that carries a feature out deletes its
/// line.
///
/// A key is `Kind` for a whole kind, `Object.field`, or `Object.field=value` for a single value.
struct Availability: Sendable {
  let unavailable: [String: String]

  static let thisVersion = Availability(unavailable: [
    "Credentials.exec": "credentials from an exec plugin",
    "Fleet.notifications": "notification",
    "Fleet.stateBranch": "the state branch",
  ])

  /// Everything that the model names.
  static let everything = Availability(unavailable: [:])

  func refusal(
    of field: String, in object: String, value: LocatedNode
  ) -> (message: String, remedy: String)? {
    let whole = "\(object).\(field)"
    if let feature = unavailable[whole] { return refusal("'\(field)' of \(object)", feature) }
    if let text = value.scalar?.text, let feature = unavailable["\(whole)=\(text)"] {
      return refusal("'\(field): \(text)' of \(object)", feature)
    }
    return nil
  }

  /// Values of a field that are refused while others are not.
  func refusedValues(of field: String, in object: String) -> [String] {
    let prefix = "\(object).\(field)="
    return unavailable.keys.filter { $0.hasPrefix(prefix) }.map {
      String($0.dropFirst(prefix.count))
    }
    .sorted()
  }

  func refusal(ofKind kind: FleetKind) -> (message: String, remedy: String)? {
    unavailable[kind.rawValue].map { refusal("kind \(kind.rawValue)", $0) }
  }

  private func refusal(_ what: String, _ feature: String) -> (message: String, remedy: String) {
    ("\(what) is not available in this version (\(feature))", "remove it")
  }
}
