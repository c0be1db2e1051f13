internal import ArgumentParser
internal import FleetModel
internal import HubAPI

/// `flotilla dora`.
struct DoraCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dora",
    abstract: "Show how often, how fast and how safely changes are delivered.",
    discussion: """
      The four DORA figures per app and environment, with the size of each sample; docs/dora.md says \
      what counts as what.

        flotilla dora -e prod --since 90d
      """)

  @Option(help: "Only of this app.")
  var app: String?
  @Option(name: .shortAndLong, help: "Only of this environment.")
  var environment: String?
  @Option(
    help: ArgumentHelp(
      "From when: a time (2026-05-01T00:00:00Z) or how long ago.", valueName: "time"))
  var since = "30d"
  @Option(help: ArgumentHelp("Until when (default: now).", valueName: "time"))
  var until: String?
  @Option(name: .shortAndLong, help: "json or yaml.")
  var output: OutputFormat?
  @OptionGroup var hub: HubOption

  func validate() throws {
    for (name, text) in [("--since", since), ("--until", until ?? "0")]
    where Timestamp(parsing: text) == nil && TimeSpan(parsing: text) == nil {
      throw ValidationError(
        "\(name) takes a time in UTC (2026-05-01T14:00:00Z) or how long ago (30d), not '\(text)'")
    }
  }

  func run() async throws {
    let client = try hub.client()
    let now = try await client.now()
    func time(_ text: String) -> Timestamp? {
      Timestamp(parsing: text)
        ?? TimeSpan(parsing: text).map { span in
          Timestamp(now.instant + TimeSpan(milliseconds: -span.milliseconds))
        }
    }
    let list: ItemList<PerformanceDocument> = try await client.get(
      "dora",
      query: [
        ("app", app), ("environment", environment), ("since", time(since)?.description),
        ("until", until.flatMap(time)?.description),
      ])
    switch output {
    case .json?: StandardOutput.write(try MachineOutput.json(list))
    case .yaml?: StandardOutput.write(try MachineOutput.yaml(list))
    case .name?:
      for item in list.items { StandardOutput.print("\(item.app)/\(item.environment)") }
    case .wide?, nil:
      guard !list.items.isEmpty else {
        return StandardOutput.complain("Nothing was rolled out yet.")
      }
      StandardOutput.print(table(list.items).lines(width: nil), on: Terminal.current())
    }
  }

  private func table(_ items: [PerformanceDocument]) -> Table {
    var table = Table([
      .init("APP"), .init("ENVIRONMENT"), .init("DEPLOYMENTS"), .init("LEAD TIME"),
      .init("CHANGE FAILURES"), .init("TIME TO RESTORE"),
    ])
    table.rows = items.map { item in
      [
        StyledLine(item.app), StyledLine(item.environment), frequency(item.deploymentFrequency),
        sample(item.leadTime, "commits"), failures(item.changeFailureRate),
        sample(
          item.timeToRestore,
          item.unrestored == 0 ? "failures" : "failures, \(item.unrestored) not restored"),
      ]
    }
    return table
  }

  private func frequency(_ frequency: PerformanceDocument.Frequency) -> StyledLine {
    let perDay = frequency.perDay
    let (rate, unit) =
      perDay >= 1
      ? (perDay, "day") : perDay >= 1 / 7.0 ? (perDay * 7, "week") : (perDay * 30, "30 days")
    let rounded = (rate * 10).rounded() / 10
    return StyledLine("\(frequency.count), \(rounded) per \(unit)")
  }

  private func failures(_ rate: PerformanceDocument.FailureRate) -> StyledLine {
    guard let share = rate.rate else { return StyledLine("- (n=0)", .faint) }
    return StyledLine("\(Int((share * 100).rounded()))% (\(rate.failed) of n=\(rate.count))")
  }

  private func sample(_ sample: PerformanceDocument.Sample, _ noun: String) -> StyledLine {
    guard let median = sample.median, let p90 = sample.p90 else {
      return StyledLine("- (n=0 \(noun))", .faint)
    }
    func age(_ seconds: Double) -> String {
      TimeSpan(milliseconds: Int64(seconds * 1000)).age
    }
    return StyledLine("\(age(median)), P90 \(age(p90)) (n=\(sample.count) \(noun))")
  }
}
