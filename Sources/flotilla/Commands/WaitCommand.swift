internal import ArgumentParser
internal import FleetModel
internal import HubAPI

/// `flotilla wait ROLLOUT` and `flotilla wait CHANGE --in ENVIRONMENT`.
struct WaitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait", abstract: "Wait until a rollout or a change arrives, or needs a person.",
    discussion: """
      OBJECT is a rollout, or with --in a commit or release. Neither needs to exist yet: the hub may \
      hear of a commit that was just pushed with its next fetch.

        flotilla wait web-prod-3
        flotilla wait 4f2a91c --in staging

      Exit codes: 0 arrived, 2 waits for a person or for longer than --timeout, 3 halted, 1 ended \
      without success.
      """)

  @Argument(help: ArgumentHelp("Rollout, commit or release.", valueName: "object"))
  var object: String
  @Option(
    name: .customLong("in"),
    help: ArgumentHelp("Until the change is stable there.", valueName: "environment"))
  var environment: String?
  @Option(help: "With --in: only this app of the change.")
  var app: String?
  @Option(help: ArgumentHelp("How long at most.", valueName: "duration"))
  var timeout = "10m"
  @OptionGroup var hub: HubOption

  func validate() throws {
    if TimeSpan(parsing: timeout) == nil {
      throw ValidationError("--timeout takes a duration such as 90s or 10m, not '\(timeout)'")
    }
    if app != nil, environment == nil { throw ValidationError("--app goes with --in") }
    if environment == nil, object.contains("@") {
      throw ValidationError("'\(object)' is a release: say --in which environment")
    }
  }

  func run() async throws {
    let client = try hub.client()
    let wait = Wait(client: client, terminal: Terminal.current(), commandSuffix: hub.commandSuffix)
    let limit = Duration.milliseconds(TimeSpan(parsing: timeout)?.milliseconds ?? 0)
    let name =
      object.hasPrefix("rollout/") ? String(object.dropFirst("rollout/".count)) : object
    let status = try await wait.run(within: limit) {
      if let environment {
        try await wait.look(for: object, in: environment, app: app)
      } else {
        try await wait.look(at: name)
      }
    }
    throw Ending.Exit(status)
  }
}
