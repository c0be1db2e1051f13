/// The version of the program.
enum FlotillaVersion {
  static let number = "0.1.0"
  static let text = "flotilla \(number)"
}
