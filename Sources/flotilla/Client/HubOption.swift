internal import ArgumentParser
internal import Foundation
internal import HubAPI

/// `--hub`, for every command that asks one.
struct HubOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The hub: unix:PATH or http://HOST:PORT (or FLOTILLA_HUB; default: this user's hub).",
      valueName: "address"))
  var hub: String?

  func address(environment: [String: String] = ProcessInfo.processInfo.environment) throws
    -> HubAddress
  {
    if let text = hub ?? environment["FLOTILLA_HUB"], !text.isEmpty {
      return try HubAddress(parsing: text)
    }
    return .standard(environment: environment)
  }

  func client() throws -> HubClient { try HubClient(address()) }

  /// What commands printed for pasting need so that they reach the same hub.
  var commandSuffix: String { hub.map { " --hub \($0)" } ?? "" }
}

/// `--reason`, for every command that changes something.
struct ReasonOption: ParsableArguments {
  @Option(help: ArgumentHelp("Why; kept in the history.", valueName: "text"))
  var reason: String

  func validate() throws {
    if reason.allSatisfy(\.isWhitespace) { throw ValidationError("--reason must say something") }
  }
}
