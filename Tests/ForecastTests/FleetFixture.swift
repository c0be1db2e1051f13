import FleetModel
import Manifests
import RolloutEngine

/// An engine that knows clusters of one environment after another, and releases of one app.
struct FleetFixture {
  var engine = Engine()
  /// 2026-05-01T09:00:00Z, a Friday.
  var now = Instant(milliseconds: 1_777_626_000_000)

  var state: State { engine.state }

  init(
    _ clusters: KeyValuePairs<String, [String]>, strategy: Strategy,
    promotion: Promotion = Promotion(), windows: [Window] = []
  ) throws {
    let names = clusters.map(\.key)
    _ = try engine.handle(
      .configuration(
        commit: "f0",
        FleetConfiguration(
          clusters: clusters.flatMap { pair in
            pair.value.map { Cluster(name: $0, labels: ["environment": pair.key, "name": $0]) }
          },
          apps: [App(name: "web", path: "overlays/web")],
          environments: names.enumerated().map { index, name in
            Environment(
              name: name,
              clusters: LabelSelector([LabelSelector.Requirement("environment", .isIn, [name])]),
              after: index == 0 ? [] : [names[index - 1]], promotion: promotion,
              strategy: index == names.count - 1 ? strategy : .allAtOnce)
          }, windows: windows)), at: now)
  }

  static func release(_ number: Int) -> ReleaseID {
    ReleaseID(app: "web", commit: commit(number))
  }

  static func commit(_ number: Int) -> String {
    String(Digest(hashing: "commit \(number)").hex.prefix(40))
  }

  /// A commit that changes every cluster.
  mutating func commit(_ number: Int) throws {
    let summary = CommitSummary(
      commit: FleetFixture.commit(number), author: "anna", subject: "change \(number)",
      committedAt: now)
    var digests: [String: Digest] = [:]
    for name in state.clusters.keys { digests[name] = Digest(hashing: "\(name) \(number)") }
    _ = try engine.handle(
      .candidate(
        Candidate(
          app: "web", commit: summary, rendererVersion: "1", digests: digests,
          commits: [summary])), at: now)
  }

  /// Every target in flight becomes healthy at once, until nothing moves.
  mutating func settle() throws {
    while let (id, target) = inFlight() {
      _ = try engine.handle(
        .observation(
          Observation(
            rollout: id, cluster: target.cluster, attempt: target.attempt, digest: target.digest,
            observedAt: now, finding: .healthy)), at: now)
    }
  }

  private func inFlight() -> (RolloutID, Target)? {
    for id in state.openRollouts {
      if let target = state.rollouts[id]?.targets.first(where: { $0.phase.isInFlight }) {
        return (id, target)
      }
    }
    return nil
  }

  func plan(_ environment: String, _ number: Int) -> Plan? {
    state.plan(PinID(app: "web", environment: environment), FleetFixture.release(number))
  }
}

extension WaveSpec {
  static func named(
    _ name: String, _ clusters: [String]? = nil, size: Quantity? = nil,
    maxConcurrent: Quantity? = nil, maxFailures: Quantity = .count(0), soak: TimeSpan = .zero,
    before: [Gate] = [], after: [Gate] = [], onBreach: Breach = .halt
  ) -> WaveSpec {
    let selector = clusters.map { names in
      Membership.selector(LabelSelector([LabelSelector.Requirement("name", .isIn, names)]))
    }
    return WaveSpec(
      name: name, membership: selector ?? size.map { .size($0) } ?? .rest,
      maxConcurrent: maxConcurrent, maxFailures: maxFailures, soak: soak, before: before,
      after: after, onBreach: onBreach)
  }
}
