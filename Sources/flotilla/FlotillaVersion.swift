internal import Hub

/// The version of the program.
enum FlotillaVersion {
  static let number = HubVersion.current
  static let text = "flotilla \(number)"
}
