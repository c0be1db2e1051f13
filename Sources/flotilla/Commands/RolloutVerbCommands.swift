internal import ArgumentParser
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
  @OptionGroup var end: EndOption
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func validate() throws {
    if wave != nil, at != nil {
      throw ValidationError("--wave pauses one wave, --at the rollout at a wave; give one of them")
    }
  }

  func run() async throws {
    let end = try await end.time(of: hub.client())
    let request = PauseRequest(reason: reason.reason, wave: wave, at: at, until: end)
    try await send("pause", request) { name in
      at.map { "will pause at wave \($0)" } ?? wave.map { "wave \($0) paused" } ?? "paused"
    }
  }
}

/// `flotilla rollout resume`.
struct RolloutResumeCommand: RolloutVerb {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Continue a paused rollout or wave.",
    discussion: """
      With --max-failures: go on with a rollout that its failures halted. They stay as they are, and so many
      may fail in that wave from now on. The plan does not change; who allowed it and why is kept.

        flotilla rollout resume web-prod-3 --reason 'database is back'
        flotilla rollout resume web-prod-3 --max-failures 3 --reason 'known bad disks in eu-7'
      """)

  @Argument(help: ArgumentHelp("Name of the rollout.", valueName: "rollout"))
  var rollout: String?
  @Option(help: "Resume only this wave.")
  var wave: String?
  @Option(
    help: ArgumentHelp("Allow so many failures in the wave that halted.", valueName: "count"))
  var maxFailures: Int?
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func validate() throws {
    if let maxFailures, maxFailures < 0 { throw ValidationError("--max-failures is 0 or more") }
  }

  func run() async throws {
    let request = ResumeRequest(reason: reason.reason, wave: wave, maxFailures: maxFailures)
    try await send("resume", request) { _ in
      maxFailures.map { "goes on, \($0) may fail" } ?? "resumed"
    }
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

/// `flotilla rollout approve`.
struct RolloutApproveCommand: RolloutVerb {
  static let configuration = CommandConfiguration(
    commandName: "approve", abstract: "Agree with a rollout that waits for approval.",
    discussion: """
      It counts for the plan of this rollout only, and not where you wrote the change.

        flotilla rollout approve web-prod-3 --reason 'diff looks right'
        flotilla rollout approve web-prod-3 --plan 3f9c2a1 --until 2h --reason 'tonight only'
      """)

  @Argument(help: ArgumentHelp("Name of the rollout.", valueName: "rollout"))
  var rollout: String?
  @Option(help: "The gates of this wave.")
  var wave: String?
  @Option(
    help: ArgumentHelp(
      "Only if the plan still has this digest; its first 7 or more digits.", valueName: "digest"))
  var plan: String?
  @OptionGroup var end: EndOption
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    let until = try await end.time(of: hub.client())
    let request = ApprovalRequest(reason: reason.reason, wave: wave, plan: plan, until: until)
    try await send("approve", request) { _ in "approved" }
  }
}

/// `flotilla rollout skip`.
struct RolloutSkipCommand: RolloutVerb {
  static let configuration = CommandConfiguration(
    commandName: "skip", abstract: "Go on without some targets, or without a wave.",
    discussion: """
      What is left out is debt: `flotilla rollout retry` brings it up to date after the end. Without
      --target and --wave: what failed and halts the rollout.

        flotilla rollout skip web-prod-3 --reason 'eu-7 is being rebuilt'
        flotilla rollout skip web-prod-3 --target eu-7 --reason 'stuck'
        flotilla rollout skip web-prod-3 --wave us --reason 'us moves house'
      """)

  @Argument(help: ArgumentHelp("Name of the rollout.", valueName: "rollout"))
  var rollout: String?
  @OptionGroup var part: PartOption
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    try await send("skip", part.request(reason.reason)) { _ in "goes on without \(part.words)" }
  }
}

/// `flotilla rollout rollback`.
struct RolloutRollbackCommand: RolloutVerb {
  static let configuration = CommandConfiguration(
    commandName: "rollback", abstract: "Put back what a rollout changed, the latest first.",
    discussion: """
      A new rollout brings each cluster that was changed back to what it had, without soak, and the
      release is rejected. With --wave or --target only that part goes back and the release stays
      wanted.

        flotilla rollout rollback web-prod-3 --reason 'errors rise'
        flotilla rollout rollback web-prod-3 --target eu-7 --reason 'eu-7 alone is slow'
      """, aliases: ["undo"])

  @Argument(help: ArgumentHelp("Name of the rollout.", valueName: "rollout"))
  var rollout: String?
  @OptionGroup var part: PartOption
  @OptionGroup var reason: ReasonOption
  @OptionGroup var hub: HubOption

  func run() async throws {
    try await send("rollback", part.request(reason.reason)) { _ in "goes back" }
  }
}

/// A wave or some clusters of a rollout.
struct PartOption: ParsableArguments {
  @Option(help: "Only this wave.")
  var wave: String?
  @Option(
    name: .customLong("target"),
    help: ArgumentHelp("Only this cluster; may be repeated.", valueName: "cluster"))
  var targets: [String] = []

  func validate() throws {
    if wave != nil, !targets.isEmpty {
      throw ValidationError("--wave means all of its clusters; give it or --target")
    }
  }

  func request(_ reason: String) -> PartRequest {
    PartRequest(reason: reason, wave: wave, targets: targets)
  }

  var words: String {
    wave.map { "wave \($0)" } ?? (targets.isEmpty ? "what failed" : targets.joined(separator: ", "))
  }
}
