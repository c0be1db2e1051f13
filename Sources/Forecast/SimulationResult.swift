public import FleetModel
internal import RolloutEngine

/// What many simulated runs of one rollout come to.
public struct SimulationResult: Sendable, Hashable {
  /// A length of time as it is in half of the runs, and in 95 of 100.
  public struct Spread: Sendable, Hashable {
    public let p50: TimeSpan
    public let p95: TimeSpan

    init?(_ spans: [TimeSpan]) {
      let sorted = spans.sorted()
      guard let p50 = Percentile.of(sorted, 50), let p95 = Percentile.of(sorted, 95) else {
        return nil
      }
      self.p50 = p50
      self.p95 = p95
    }
  }

  public struct Wave: Sendable, Hashable {
    /// Runs that halted in it.
    public let halts: Int
    /// From the start of the rollout until it opened, in the runs that came so far.
    public let opens: Spread?
    /// Until it passed.
    public let passes: Spread?
  }

  /// Something that was waited for.
  public struct Wait: Sendable, Hashable {
    public let what: String
    public let runs: Int
    public let span: Spread
  }

  public let runs: Int
  public let succeeded: Int
  /// Of the runs that succeeded, those that left targets behind.
  public let withDebt: Int
  public let halted: Int
  /// From the start to the end, of the runs that succeeded.
  public let finish: Spread?
  public let waves: [Wave]
  /// Longest first.
  public let waits: [Wait]
  /// What runs that came to no end waited for, and how many of them.
  public let stuck: [String: Int]
  /// What people were taken to agree with at once, sorted.
  public let people: [String]

  public init(of reports: [RunReport], start: SimulationStart) {
    runs = reports.count
    var ends: [TimeSpan] = []
    var (debt, halts) = (0, 0)
    var stuck: [String: Int] = [:]
    for report in reports {
      switch report.end {
      case .succeeded(let at): ends.append(at - start.at)
      case .succeededWithDebt(let at):
        ends.append(at - start.at)
        debt += 1
      case .halted: halts += 1
      case .stuck(let what): stuck[what, default: 0] += 1
      case .ended(let phase): stuck["it ended: \(phase.rawValue)", default: 0] += 1
      case nil: break
      }
    }
    succeeded = ends.count
    withDebt = debt
    halted = halts
    self.stuck = stuck
    finish = Spread(ends)
    waves = (0..<start.waveCount).map { index in
      func spread(_ instant: (RunReport) -> Instant?) -> Spread? {
        Spread(reports.compactMap { report in instant(report).map { $0 - start.at } })
      }
      return Wave(
        halts: reports.count { $0.haltedWave == index }, opens: spread { $0.opened[index] },
        passes: spread { $0.passed[index] })
    }
    var spans: [String: [TimeSpan]] = [:]
    for report in reports {
      for (what, span) in report.waits { spans[what, default: []].append(span) }
    }
    waits = spans.compactMap { what, all in
      Spread(all).map { Wait(what: what, runs: all.count, span: $0) }
    }.sorted { ($0.span.p50, $0.what) > ($1.span.p50, $1.what) }
    people = reports.reduce(into: Set<String>()) { $0.formUnion($1.people) }.sorted()
  }
}
