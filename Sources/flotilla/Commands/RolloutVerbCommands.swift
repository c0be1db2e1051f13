internal import ArgumentParser
internal import FleetModel
internal import Foundation
internal import HubAPI

/// What the commands that steer a rollout have in common.
protocol RolloutVerb: AsyncParsableCommand {
  var rollout: String? { get }
  var hub: HubOption { get }
}

extension RolloutVerb {
  /// Sends the command and prints what came of it.
  func send(_ verb: String, _ body: some Encodable & Sendable, done: (String) -> String)
    async throws
  {
    let client = try hub.client()
    let name = try await RolloutChoice(client: client).one(rollout).name
    let result: CommandResult = try await client.post(
      "rollouts/\(HubClient.escaped(name))/\(verb)", body)
    StandardOutput.print("rollout/\(name) \(done(name))")
    CommandEcho.print(result)
  }
}

/// Prints the events that a command caused at once.
enum CommandEcho {
  static func print(_ result: CommandResult) {
    for event in result.events {
      StandardOutput.print(StyledLine("  \(event.message)", .faint), on: Terminal.current())
    }
  }
}

/// `flotilla rollout pause`.
struct RolloutPauseCommand: RolloutVerb {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Start nothing new; what is in flight finishes.",
    discussion: """
        flotilla rollout pause web-prod-3 --reason 'database work'
        flotilla rollout pause web-prod-3 --at eu --reason 'look at canary first'
        flotilla rollout pause web-prod-3 --until 30m --reason 'lunch'
      """)

  @Argument(help: ArgumentHelp("Name of the rollout.", valueName: "rollout"))
  var rollout: String?
  @Option(help: "Pause only this wave.")
  var wave: String?
  @Option(help: ArgumentHelp("Pause when this wave is reached.", valueName: "wave"))
  var at: String?
  @Option(
    help: ArgumentHelp(
      "Resume by itself: a time (2026-05-01T14:00:00Z) or how long from now (90m).",
      valueName: "time"))
  var until: String?
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func validate() throws {
    if wave != nil, at != nil {
      throw ValidationError("--wave pauses one wave, --at the rollout at a wave; give one of them")
    }
    if let until, Timestamp(parsing: until) == nil, TimeSpan(parsing: until) == nil {
      throw ValidationError(
        "--until takes a time in UTC (2026-05-01T14:00:00Z) or a duration (90m), not '\(until)'")
    }
  }

  func run() async throws {
    var end = until.flatMap(Timestamp.init(parsing:))
    if let until, end == nil, let span = TimeSpan(parsing: until) {
      // Counted on the hub's clock: that is the one that ends the pause.
      end = Timestamp(try await hub.client().now().instant + span)
    }
    let request = PauseRequest(reason: reason.reason, wave: wave, at: at, until: end)
    try await send("pause", request) { name in
      at.map { "will pause at wave \($0)" } ?? wave.map { "wave \($0) paused" } ?? "paused"
    }
  }
}

/// `flotilla rollout resume`.
struct RolloutResumeCommand: RolloutVerb {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Continue a paused rollout or wave.")

  @Argument(help: ArgumentHelp("Name of the rollout.", valueName: "rollout"))
  var rollout: String?
  @Option(help: "Resume only this wave.")
  var wave: String?
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    try await send("resume", ResumeRequest(reason: reason.reason, wave: wave)) { _ in "resumed" }
  }
}

/// `flotilla rollout abort`.
struct RolloutAbortCommand: RolloutVerb {
  static let configuration = CommandConfiguration(
    commandName: "abort", abstract: "End a rollout; clusters stay as they are.")

  @Argument(help: ArgumentHelp("Name of the rollout.", valueName: "rollout"))
  var rollout: String?
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    try await send("abort", ReasonRequest(reason: reason.reason)) { _ in "aborted" }
  }
}

/// `flotilla rollout retry`.
struct RolloutRetryCommand: RolloutVerb {
  static let configuration = CommandConfiguration(
    commandName: "retry", abstract: "Try failed targets of a rollout again.")

  @Argument(help: ArgumentHelp("Name of the rollout.", valueName: "rollout"))
  var rollout: String?
  @Option(
    name: .customLong("target"),
    help: ArgumentHelp("Only this cluster; may be repeated.", valueName: "cluster"))
  var targets: [String] = []
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    try await send("retry", RetryRequest(reason: reason.reason, targets: targets)) { _ in "retried"
    }
  }
}
