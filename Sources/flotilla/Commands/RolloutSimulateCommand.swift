internal import ArgumentParser
internal import HubAPI

/// `flotilla rollout simulate [ROLLOUT]`.
struct RolloutSimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "Play a rollout to its end on a virtual clock.",
    discussion: """
      The hub's own rules decide; how long clusters take and how often they fail is taken from the \
      attempts that this hub has recorded, or from the flags. Nothing runs. For a change that \
      nobody has promoted yet: `flotilla plan CHANGE --to ENVIRONMENT --simulate`.

        flotilla rollout simulate web-prod-3
        flotilla rollout simulate web-prod-3 --apply-seconds 20,90 --failure-rate 1%
        flotilla rollout simulate web-prod-3 --inject cluster=prod-eu-1:fail@eu
      """)

  @Argument(help: ArgumentHelp("Name of the rollout.", valueName: "rollout"))
  var rollout: String?
  @OptionGroup var options: SimulationOptions
  @Option(name: .shortAndLong, help: "json, yaml, name or wide.")
  var output: OutputFormat?
  @OptionGroup var hub: HubOption

  func run() async throws {
    let client = try hub.client()
    let name = try await RolloutChoice(client: client).one(rollout).name
    let list: SimulationListDocument = try await client.get(
      "rollouts/\(HubClient.escaped(name))/simulation", query: options.query,
      timeout: PlanOptions.patience)
    try SimulationText.show(list, as: output)
  }
}

/// What a simulation is told.
struct SimulationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Seconds from dispatch to healthy: median and 95th percentile.", valueName: "p50,p95"))
  var applySeconds: String?
  @Option(help: ArgumentHelp("Share of attempts that fail: 0.02 or 2%.", valueName: "share"))
  var failureRate: String?
  @Option(help: ArgumentHelp("How often it is played.", valueName: "count"))
  var runs: Int?
  @Option(help: ArgumentHelp("Repeats an earlier simulation.", valueName: "number"))
  var seed: Int?
  @Option(
    help: ArgumentHelp(
      "Rehearse trouble: cluster=NAME:fail@WAVE (or timeout, unreachable, regress).",
      valueName: "trouble"))
  var inject: [String] = []

  var isEmpty: Bool { query.allSatisfy { $0.1 == nil } }

  var query: [(String, String?)] {
    [
      ("apply-seconds", applySeconds), ("failure-rate", failureRate),
      ("runs", runs.map { "\($0)" }), ("seed", seed.map { "\($0)" }),
      ("inject", inject.isEmpty ? nil : inject.joined(separator: ",")),
    ]
  }
}
