import FleetModel
import HubAPI

@testable import flotilla

/// 2026-05-01T09:30:00Z, the moment that rendered text is looked at.
let now = Timestamp(Instant(milliseconds: 1_777_627_800_000))

func before(_ span: TimeSpan) -> Timestamp {
  Timestamp(Instant(milliseconds: now.instant.milliseconds - span.milliseconds))
}

func after(_ span: TimeSpan) -> Timestamp { Timestamp(now.instant + span) }

extension WaveDocument {
  static func sample(
    _ name: String, _ index: Int, _ phase: String, _ counts: TargetCounts, maxFailures: Int = 0,
    soak: String = "0s", soakEnds: Timestamp? = nil, pause: DecisionDocument? = nil
  ) -> WaveDocument {
    WaveDocument(
      rollout: "web-prod-3", name: name, index: index, phase: phase, counts: counts,
      maxFailures: maxFailures, opened: before(.minutes(4)), soak: soak, soakEnds: soakEnds,
      pause: pause)
  }
}

extension RolloutDocument {
  static func sample(
    phase: String, isOver: Bool = false, waves: [WaveDocument], reason: String? = nil,
    pause: DecisionDocument? = nil, pauseAt: [String] = [], ended: Timestamp? = nil,
    subject: String = "Raise replicas of the checkout", blockers: [BlockerDocument] = []
  ) -> RolloutDocument {
    var counts = TargetCounts()
    for wave in waves {
      counts.total += wave.counts.total
      counts.done += wave.counts.done
      counts.inFlight += wave.counts.inFlight
      counts.failed += wave.counts.failed
    }
    return RolloutDocument(
      name: "web-prod-3", app: "web", environment: "prod",
      release: "web@4f2a91c0d3b5", change: "4f2a91c0d3b5aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      subject: subject, phase: phase, phaseSince: before(.minutes(4)), isOver: isOver,
      plan: String(repeating: "c", count: 64), created: before(.minutes(13)),
      started: before(.minutes(12)), ended: ended, reason: reason, pause: pause,
      pauseAt: pauseAt, counts: counts, waves: waves, blockers: blockers)
  }

  /// Canary is through, eu is at work, us has not begun.
  static let running = sample(
    phase: "running",
    waves: [
      .sample("canary", 0, "passed", TargetCounts(total: 1, done: 1), soak: "10m"),
      .sample(
        "eu", 1, "progressing", TargetCounts(total: 8, done: 3, inFlight: 2, failed: 1),
        maxFailures: 1),
      .sample("us", 2, "pending", TargetCounts(total: 12), soak: "5m"),
    ])

  static let paused = sample(
    phase: "paused",
    waves: [
      .sample("canary", 0, "passed", TargetCounts(total: 1, done: 1)),
      .sample("eu", 1, "pending", TargetCounts(total: 8)),
    ],
    pause: DecisionDocument(
      by: "anna", since: before(.seconds(192)), reason: "the database team asks"))
}
