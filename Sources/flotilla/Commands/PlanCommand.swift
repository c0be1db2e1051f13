internal import ArgumentParser
internal import HubAPI

/// `flotilla plan CHANGE --to ENVIRONMENT`.
struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show what promoting a change would do; nothing runs.",
    discussion: """
      CHANGE as for promote. Prints the distinct changes, the waves, the blast radius, what should \
      be looked at first, and the digest that the plan would be approved by. Exit code 4 when the \
      promotion would be refused now, 1 when something cannot be told.

        flotilla plan 4f2a91c --to prod
        flotilla plan 4f2a91c --to prod --choose-canaries
        flotilla plan 4f2a91c --to prod --simulate
      """)

  @Argument(help: ArgumentHelp("Commit or release.", valueName: "change"))
  var change: String
  @Option(help: ArgumentHelp("Where to.", valueName: "environment"))
  var to: String
  @Option(help: "Only this app of the change.")
  var app: String?
  @Flag(help: "Say what to expect, too: see `flotilla rollout simulate --help`.")
  var simulate = false
  @OptionGroup var simulation: SimulationOptions
  @OptionGroup var options: PlanOptions
  @OptionGroup var hub: HubOption

  func validate() throws {
    if !simulate, !simulation.isEmpty {
      throw ValidationError("what a simulation is told needs --simulate")
    }
  }

  func run() async throws {
    let client = try hub.client()
    let subject = [("change", change), ("environment", to), ("app", app)]
    var preview: PlanPreviewDocument = try await client.get(
      "plans", query: subject, timeout: PlanOptions.patience)
    if simulate {
      let list: SimulationListDocument = try await client.get(
        "simulations", query: subject + simulation.query, timeout: PlanOptions.patience)
      preview.simulations = list.simulations
    }
    try options.show(preview)
  }
}

/// `flotilla rollout plan [ROLLOUT]`.
struct RolloutPlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show what a rollout changes, and in which waves.",
    discussion: """
      The plan as it was frozen: what is approved is what runs. Exit code 1 when something of it \
      cannot be told.

        flotilla rollout plan web-prod-3
        flotilla rollout approve web-prod-3 --plan DIGEST --reason 'looked at it'
      """)

  @Argument(help: ArgumentHelp("Name of the rollout.", valueName: "rollout"))
  var rollout: String?
  @OptionGroup var options: PlanOptions
  @OptionGroup var hub: HubOption

  func run() async throws {
    let client = try hub.client()
    let name = try await RolloutChoice(client: client).one(rollout).name
    let preview: PlanPreviewDocument = try await client.get(
      "rollouts/\(HubClient.escaped(name))/plan", timeout: PlanOptions.patience)
    try options.show(preview)
  }
}

/// What both of them take.
struct PlanOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "json, yaml, name or wide.")
  var output: OutputFormat?
  @Flag(help: "Print the smallest wave that tries every change, for pasting into a strategy.")
  var chooseCanaries = false

  /// The hub renders both sides of every cluster.
  static let patience = Duration.seconds(900)

  func show(_ preview: PlanPreviewDocument) throws {
    switch output {
    case .json?: StandardOutput.write(try MachineOutput.json(preview))
    case .yaml?: StandardOutput.write(try MachineOutput.yaml(preview))
    case .name?:
      for plan in preview.plans { StandardOutput.print("plan/\(plan.digest)") }
    case .wide?, nil:
      if chooseCanaries {
        StandardOutput.write(CanarySnippet(preview).text)
        break
      }
      let terminal = Terminal.current()
      let text = PlanText(
        width: terminal.width, glyphs: terminal.glyphs, isWide: output == .wide)
      StandardOutput.print(text.lines(preview), on: terminal)
    }
    throw Ending.Exit(PlanOptions.status(preview))
  }

  private static func status(_ preview: PlanPreviewDocument) -> ExitStatus {
    if preview.plans.contains(where: { !$0.failures.isEmpty }) { return .error }
    return preview.plans.contains { $0.refusal != nil } ? .refused : .done
  }
}
