public import FleetModel
internal import Foundation
public import RolloutEngine

/// What attempts at targets did on this hub.
public struct RecordedAttempts: Sendable, Hashable {
  /// From dispatch to healthy of those that succeeded, sorted.
  public private(set) var durations: [TimeSpan] = []
  public private(set) var attempts = 0
  public private(set) var failed = 0
  public private(set) var timedOut = 0
  /// Healthy first, then no longer.
  public private(set) var regressed = 0
  /// Their cluster did not answer.
  public private(set) var unreachable = 0

  /// The attempts at one app, of all rollouts that the state still knows. Of a target that was tried
  /// again only the last try is known; those before count as failed.
  public init(of app: String, in state: State) {
    for rollout in state.rollouts.values where rollout.app == app {
      for target in rollout.targets { add(target) }
    }
    durations.sort()
  }

  private mutating func add(_ target: Target) {
    // Those that are still under way, or were ended by a person, say nothing.
    switch target.phase {
    case .healthy, .done: break
    case .failed: failed += 1
    case .timedOut: timedOut += 1
    case .regressed: regressed += 1
    case .deferred: unreachable += 1
    case .pending, .dispatched, .applied, .rolledBack, .skipped, .gone, .cancelled: return
    }
    attempts += target.attempt
    failed += max(0, target.attempt - 1)
    if let dispatched = target.dispatchedAt, let healthy = target.healthyAt {
      durations.append(healthy - dispatched)
    }
  }
}

extension RecordedAttempts {
  /// Fewer say too little about those to come.
  public static let fewest = 20

  /// Median and 95th percentile of the durations.
  public var spread: (p50: TimeSpan, p95: TimeSpan)? {
    guard let p50 = Percentile.of(durations, 50), let p95 = Percentile.of(durations, 95) else {
      return nil
    }
    return (p50, p95)
  }

  /// Attempts that did not succeed.
  public var troubled: Int { failed + timedOut + regressed + unreachable }

  /// The share of attempts that do not succeed is not above this, with a confidence of 95 %: the
  /// upper end of the score interval (Wilson 1927).
  public var troubleBound: Double {
    guard attempts > 0 else { return 1 }
    let (z, count) = (1.959964, Double(attempts))
    let share = Double(troubled) / count
    let spread = z * (share * (1 - share) / count + z * z / (4 * count * count)).squareRoot()
    return min(1, (share + z * z / (2 * count) + spread) / (1 + z * z / count))
  }
}

/// How long attempts take and how they end, for a simulation.
public struct AttemptModel: Sendable, Hashable {
  public enum Durations: Sendable, Hashable {
    /// Each attempt takes as long as one of these did. Not empty.
    case recorded([TimeSpan])
    /// Log-normal, with this median and 95th percentile.
    case given(p50: TimeSpan, p95: TimeSpan)
  }

  /// Shares of all attempts.
  public struct Ends: Sendable, Hashable {
    public var failed = 0.0
    public var timedOut = 0.0
    public var regressed = 0.0
    public var unreachable = 0.0

    public init(failed: Double = 0) { self.failed = failed }

    /// As they were recorded.
    public init(_ recorded: RecordedAttempts) {
      let all = Double(max(recorded.attempts, 1))
      failed = Double(recorded.failed) / all
      timedOut = Double(recorded.timedOut) / all
      regressed = Double(recorded.regressed) / all
      unreachable = Double(recorded.unreachable) / all
    }

    /// Everything but success.
    public var trouble: Double { failed + timedOut + regressed + unreachable }
  }

  public var durations: Durations
  public var ends: Ends

  public init(durations: Durations, ends: Ends) {
    self.durations = durations
    self.ends = ends
  }

  /// How one attempt goes.
  enum Course: Sendable, Hashable {
    case healthy(after: TimeSpan)
    case failed(after: TimeSpan)
    /// Never healthy, until its deadline.
    case stuck
    case unreachable
    /// Healthy, and no longer when this share of the soak has passed.
    case regressing(after: TimeSpan, share: Double)
  }

  func course(_ choice: inout SeededChoice) -> Course {
    let span = duration(&choice)
    var share = choice.share()
    func isNext(_ part: Double) -> Bool {
      defer { share -= part }
      return share >= 0 && share < part
    }
    if isNext(ends.failed) { return .failed(after: span) }
    if isNext(ends.timedOut) { return .stuck }
    if isNext(ends.unreachable) { return .unreachable }
    if isNext(ends.regressed) { return .regressing(after: span, share: choice.share()) }
    return .healthy(after: span)
  }

  /// In the middle of what is likely.
  public var median: TimeSpan {
    switch durations {
    case .recorded(let all): Percentile.of(all, 50) ?? .zero
    case .given(let p50, _): p50
    }
  }

  private func duration(_ choice: inout SeededChoice) -> TimeSpan {
    switch durations {
    case .recorded(let all): return all[choice.place(among: all.count)]
    case .given(let p50, let p95):
      let middle = Double(max(p50.milliseconds, 1))
      // 1.6449 standard deviations above the mean lie 95 of 100 values.
      let deviation = log(Double(max(p95.milliseconds, p50.milliseconds, 1)) / middle) / 1.6448536
      let value = (log(middle) + deviation * choice.normal()).rounded(toPlaces: 9)
      return TimeSpan(milliseconds: Int64(min(exp(value), 1e12)))
    }
  }
}

extension Double {
  /// Without the last digits, in which mathematical libraries differ.
  fileprivate func rounded(toPlaces places: Int) -> Double {
    let scale = pow(10, Double(places))
    return (self * scale).rounded() / scale
  }
}
