public import FleetModel
public import Manifests

// What somebody changed on a cluster after it was delivered. It is told; where the environment says
// so it is corrected, by a rollout like any other.

/// What a cluster shows of one app against the target state that it was given.
public struct DriftReport: Sendable, Hashable {
  public var cluster: String
  public var app: String
  /// Of the target state that was looked at.
  public var digest: Digest
  /// A line per object; empty when everything is as it was applied.
  public var lines: [String]
  public var observedAt: Instant

  public init(
    cluster: String, app: String, digest: Digest, lines: [String], observedAt: Instant
  ) {
    self.cluster = cluster
    self.app = app
    self.digest = digest
    self.lines = lines
    self.observedAt = observedAt
  }
}

/// Drift that is there now.
public struct DriftFound: Sendable, Hashable, Codable {
  public let since: Instant
  public internal(set) var lines: [String]
  /// Whether a rollout takes it back.
  public internal(set) var isCorrected: Bool
}

extension Engine {
  /// Somebody who undoes every correction is not fought with: within this time of the last one,
  /// drift is told and left.
  static let truce = TimeSpan.minutes(10)
  /// Lines that are kept of one report.
  private static let keptLines = 20

  mutating func take(_ report: DriftReport) {
    guard let deployed = state.clusters[report.cluster]?.deployed[report.app] else {
      return ignore("drift of what is not deployed")
    }
    // Evidence counts for what it was gathered about (I1).
    guard deployed.digest == report.digest, deployed.since <= report.observedAt,
      !state.isInFlight(report.app, on: report.cluster)
    else { return ignore("drift of another target state") }
    let lines =
      report.lines.count > Engine.keptLines
      ? report.lines.prefix(Engine.keptLines)
        + ["\(report.lines.count - Engine.keptLines) more"] : report.lines
    guard lines != deployed.drift?.lines ?? [] else { return ignore("no news of drift") }
    let environment = state.clusters[report.cluster]?.environment
    if lines.isEmpty {
      emit(.driftEnded(DriftEnded(cluster: report.cluster, app: report.app)))
    } else {
      let isWanted = environment.flatMap { state.environment($0) }?.drift == .correct
      let isAtTruce = deployed.correctedAt.map { now < $0 + Engine.truce } ?? false
      emit(
        .driftObserved(
          DriftObserved(
            cluster: report.cluster, app: report.app, lines: lines,
            isCorrected: isWanted && !isAtTruce)))
    }
    if let environment { settle(PinID(app: report.app, environment: environment)) }
  }

  mutating func correctDrift(
    of app: String?, on cluster: String, by command: Command
  ) throws(Refusal) {
    let what = "correct the drift of \(app.map { "\($0) on " } ?? "")\(cluster)"
    guard let status = state.clusters[cluster] else {
      throw Refusal(
        what: what, why: "there is no such cluster", remedy: "list them: flotilla get clusters")
    }
    let drifts = status.deployed.filter {
      $0.value.drift != nil && (app == nil || app == $0.key)
    }
    guard !drifts.isEmpty else {
      throw Refusal(
        what: what, why: "nothing has drifted there", remedy: "list what has: flotilla get drift")
    }
    for (app, deployed) in drifts.sorted(by: { $0.key < $1.key }) {
      guard let drift = deployed.drift, !drift.isCorrected else { continue }
      emit(
        .driftObserved(
          DriftObserved(cluster: cluster, app: app, lines: drift.lines, isCorrected: true)),
        by: command)
      if let environment = status.environment {
        settle(PinID(app: app, environment: environment))
      }
    }
  }
}

extension State {
  mutating func apply(_ event: DriftObserved, _ record: RecordedEvent) {
    let since = clusters[event.cluster]?.deployed[event.app]?.drift?.since ?? record.at
    clusters[event.cluster]?.deployed[event.app]?.drift = DriftFound(
      since: since, lines: event.lines, isCorrected: event.isCorrected)
  }

  mutating func apply(_ event: DriftEnded) {
    clusters[event.cluster]?.deployed[event.app]?.drift = nil
  }
}
