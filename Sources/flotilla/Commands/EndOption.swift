internal import ArgumentParser
internal import FleetModel
internal import HubAPI

/// When a decision ends by itself.
struct EndOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Ends by itself: a time (2026-05-01T14:00:00Z) or how long from now (90m).",
      valueName: "time"))
  var until: String?

  func validate() throws {
    if let until, Timestamp(parsing: until) == nil, TimeSpan(parsing: until) == nil {
      throw ValidationError(
        "--until takes a time in UTC (2026-05-01T14:00:00Z) or a duration (90m), not '\(until)'")
    }
  }

  /// A span counts on the hub's clock: that is the one that ends the decision.
  func time(of client: HubClient) async throws -> Timestamp? {
    guard let until else { return nil }
    if let time = Timestamp(parsing: until) { return time }
    guard let span = TimeSpan(parsing: until) else { return nil }
    return Timestamp(try await client.now().instant + span)
  }
}
