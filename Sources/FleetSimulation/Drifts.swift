internal import FleetModel
internal import Manifests
internal import RolloutEngine

// People who change on a cluster what was delivered there, and what reaches the hub of it.

extension SimulatedFleet {
  /// Somebody edits, or undoes it; what is told of it may be old, or about another target state.
  mutating func driftSomewhere(_ random: inout SeededRandom) throws {
    guard let name = random.pick(configuration.clusters.map(\.name)), !dead.contains(name),
      let (app, digest) = random.pick((live[name] ?? [:]).sorted { $0.key < $1.key })
    else { return }
    switch Int.random(in: 0..<4, using: &random) {
    case 0: edits[name]?[app] = nil
    case 1: break
    default: edits[name, default: [:]][app, default: 0] += 1
    }
    var report = driftReport(of: app, on: name, digest)
    if random.chance(20), let old = past.last(where: { $0.cluster == name && $0.app == app }) {
      report.digest = old.digest
    }
    if random.chance(20) {
      report.observedAt = Instant(
        milliseconds: now.milliseconds - TimeSpan.minutes(2).milliseconds)
    }
    tell("drift of \(app) on \(name): \(report.lines.count)")
    try give(.drift(report))
  }

  func driftReport(of app: String, on cluster: String, _ digest: Digest) -> DriftReport {
    DriftReport(
      cluster: cluster, app: app, digest: digest,
      lines: (0..<(edits[cluster]?[app] ?? 0)).map { "ConfigMap shop/c\($0) was changed" },
      observedAt: now)
  }
}

extension Witness {
  /// Drift is told of what is there, and taken back only where somebody wants that.
  mutating func drifted(_ event: DriftObserved, _ input: Input) throws {
    switch input {
    case .drift(let report):
      try require(
        report.cluster == event.cluster && report.app == event.app, "I1",
        "drift of \(event.app) on \(event.cluster) out of nothing")
      try require(
        confirmed[event.cluster]?[event.app].map { $0 <= report.observedAt } ?? true, "I1",
        "an old look at \(event.cluster) counts")
      let policies = environments.filter { environment in
        environment.clusters.matches(labels[event.cluster] ?? [:])
      }.map(\.drift)
      try require(
        !event.isCorrected || policies.contains(.correct), "drift",
        "\(event.cluster) is corrected, and nobody asked for that")
    case .command(let command):
      guard case .correctDrift(event.cluster, _) = command.verb else {
        throw Violation("drift", "drift out of another command")
      }
    default: throw Violation("I1", "drift of \(event.cluster) out of nothing")
    }
  }
}
