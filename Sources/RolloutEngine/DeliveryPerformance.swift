public import FleetModel

/// The four figures of DORA (https://dora.dev/guides/dora-metrics-four-keys/) for one app in one
/// environment and one period. What counts as what is written down in docs/dora.md.
public struct DeliveryPerformance: Sendable, Hashable {
  /// Some spans of time, and how many there are: a median of three is not worth much.
  public struct Sample: Sendable, Hashable {
    public let count: Int
    /// `nil` of an empty sample, as below.
    public let median: TimeSpan?
    public let p90: TimeSpan?

    init(_ spans: [TimeSpan]) {
      let sorted = spans.sorted()
      count = sorted.count
      median = Percentile.of(sorted, 50)
      p90 = Percentile.of(sorted, 90)
    }
  }

  public let pin: PinID
  public let from: Instant
  public let to: Instant
  /// Rollouts of a release that started in the period.
  public let started: Int
  /// Rollouts of a release that succeeded in the period.
  public let succeeded: Int
  /// From a commit to the success of the first rollout that brought it here, for the rollouts that
  /// succeeded in the period.
  public let leadTime: Sample
  /// Of ``started``, those that failed, then or later.
  public let failed: Int
  /// From the failure of those to the next success here.
  public let timeToRestore: Sample
  /// Of those, how many have not been followed by a success.
  public let unrestored: Int

  public var perDay: Double { Double(succeeded) / (Double((to - from).milliseconds) / 86_400_000) }
  /// `nil` where nothing started.
  public var changeFailureRate: Double? { started == 0 ? nil : Double(failed) / Double(started) }
}

extension DeliveryPerformance {
  /// The events that the figures are made from, besides the state.
  public static let types: Set = [
    "rolloutStarted", "rolloutHalted", "rolloutRollingBack", "rolloutSucceeded", "releaseRejected",
  ]

  /// The figures of every (app, environment) in which something was rolled out, sorted. `events` are
  /// all of ``types``, in order, and `state` is what the log adds up to.
  public static func figures(
    _ state: State, _ events: [RecordedEvent], from: Instant, to: Instant
  ) -> [DeliveryPerformance] {
    var histories: [PinID: PinHistory] = [:]
    for record in events { take(record, state, &histories) }
    return histories.keys.sorted().compactMap { pin in
      histories[pin].map { $0.figures(pin, from: from, to: to) }
    }
  }

  private static func take(
    _ record: RecordedEvent, _ state: State, _ histories: inout [PinID: PinHistory]
  ) {
    func change(_ id: RolloutID, _ body: (inout PinHistory, Rollout) -> Void) {
      guard let rollout = state.rollouts[id] else { return }
      body(&histories[rollout.pin, default: PinHistory()], rollout)
    }
    switch record.event {
    case .rolloutStarted(let event):
      change(event.rollout) { history, rollout in
        if rollout.kind == .release { history.start(rollout, at: record.at) }
      }
    case .rolloutHalted(let event):
      change(event.rollout) { history, _ in history.fail(event.rollout, at: record.at) }
    case .rolloutRollingBack(let event):
      change(event.rollout) { history, _ in history.fail(event.rollout, at: record.at) }
    case .releaseRejected(let event):
      for pin in histories.keys {
        histories[pin]?.reject(event.release, at: record.at)
      }
    case .rolloutSucceeded(let event):
      change(event.rollout) { history, rollout in
        history.succeed(rollout, commits: commits(of: rollout, state), at: record.at)
      }
    default: break
    }
  }

  /// The commits that a rollout brings to its environment. Of the first one there only the newest: the
  /// others were written before there was anything to deliver to.
  private static func commits(of rollout: Rollout, _ state: State) -> [CommitSummary] {
    guard rollout.kind == .release, var release = state.releases[rollout.release] else { return [] }
    guard let from = rollout.from.flatMap({ state.releases[$0] }) else { return [release.commit] }
    var commits: [CommitSummary] = []
    while release.ordinal > from.ordinal {
      commits += release.commits
      guard let earlier = release.predecessor.flatMap({ state.releases[$0] }) else { break }
      release = earlier
    }
    return commits
  }
}

/// What happened to one app in one environment.
private struct PinHistory {
  private struct Deployment {
    let rollout: RolloutID
    let release: ReleaseID
    let startedAt: Instant
    var failedAt: Instant?
    var restoredAt: Instant?
  }

  private var deployments: [Deployment] = []
  private var successes: [(at: Instant, leadTimes: [TimeSpan])] = []
  private var delivered: Set<String> = []

  mutating func start(_ rollout: Rollout, at time: Instant) {
    deployments.append(
      Deployment(rollout: rollout.id, release: rollout.release, startedAt: time))
  }

  mutating func fail(_ id: RolloutID, at time: Instant) {
    guard let index = deployments.lastIndex(where: { $0.rollout == id }),
      deployments[index].failedAt == nil
    else { return }
    deployments[index].failedAt = time
  }

  /// A veto is a failure of what it hits: the newest deployment, if it brought that release.
  mutating func reject(_ release: ReleaseID, at time: Instant) {
    guard let last = deployments.last, last.release == release else { return }
    fail(last.rollout, at: time)
  }

  mutating func succeed(_ rollout: Rollout, commits: [CommitSummary], at time: Instant) {
    for index in deployments.indices
    where deployments[index].failedAt != nil && deployments[index].restoredAt == nil {
      deployments[index].restoredAt = time
    }
    guard rollout.kind == .release else { return }
    let new = commits.filter { delivered.insert($0.commit).inserted }
    successes.append((time, new.map { time - $0.committedAt }))
  }

  func figures(_ pin: PinID, from: Instant, to: Instant) -> DeliveryPerformance {
    let started = deployments.filter { $0.startedAt >= from && $0.startedAt < to }
    let failed = started.filter { $0.failedAt != nil }
    let succeeded = successes.filter { $0.at >= from && $0.at < to }
    let restored = failed.compactMap { deployment in
      deployment.failedAt.flatMap { failure in deployment.restoredAt.map { $0 - failure } }
    }
    return DeliveryPerformance(
      pin: pin, from: from, to: to, started: started.count, succeeded: succeeded.count,
      leadTime: DeliveryPerformance.Sample(succeeded.flatMap(\.leadTimes)),
      failed: failed.count, timeToRestore: DeliveryPerformance.Sample(restored),
      unrestored: failed.count - restored.count)
  }
}
