internal import FleetModel
internal import Manifests
internal import RolloutEngine

/// The fleet that a schedule begins with: environments dev, staging and prod with strategies that
/// the seed chooses.
enum FleetShape {
  static let apps = ["web", "agent"]

  static func configuration(_ random: inout SeededRandom) -> FleetConfiguration {
    var clusters: [Cluster] = []
    for (environment, count) in [("dev", 2), ("staging", 3), ("prod", 6)] {
      for number in 1...count {
        clusters.append(cluster("\(environment)-\(number)", in: environment, number))
      }
    }
    return FleetConfiguration(
      fleet: Fleet(limits: limits(&random)), clusters: clusters,
      apps: [
        App(
          name: "web", path: "overlays/web", dependsOn: random.chance(40) ? ["agent"] : []),
        App(
          name: "agent", path: "overlays/agent",
          clusters: selector("tier", ["a"])),
      ],
      environments: [
        environment("dev", after: [], &random), environment("staging", after: ["dev"], &random),
        environment("prod", after: ["staging"], &random),
      ], windows: windows(&random))
  }

  /// Over all rollouts, in some fleets.
  static func limits(_ random: inout SeededRandom) -> Fleet.Limits? {
    guard random.chance(40) else { return nil }
    return Fleet.Limits(
      maxConcurrent: random.pick([nil, 1, 2, 4]) ?? nil,
      maxConcurrentPerFailureDomain: random.pick([nil, 1, 2]) ?? nil)
  }

  /// Changes start between 6 and 22 o'clock, and not in the first quarter of every second hour;
  /// each may hold for everything or for some.
  static func windows(_ random: inout SeededRandom) -> [Window] {
    var windows: [Window] = []
    if random.chance(20) {
      windows.append(
        Window(
          name: "day", kind: .allow, schedule: "0 6 * * *", duration: .minutes(16 * 60),
          environments: random.chance(50) ? ["prod"] : [],
          clusters: random.chance(50) ? selector("tier", ["a"]) : LabelSelector()))
    }
    if random.chance(20) {
      windows.append(
        Window(
          name: "quarter", kind: .deny, schedule: "0 */2 * * *", duration: .minutes(15),
          apps: random.chance(50) ? ["web"] : [],
          clusters: random.chance(50) ? selector("order", ["0", "1"]) : LabelSelector()))
    }
    return windows
  }

  /// What ``windows(_:)`` means, worked out by hand.
  static func isOpen(_ window: Window, at instant: Instant) -> Bool {
    let minute = instant.milliseconds / 60_000 % 1440
    return window.name == "day" ? (360..<1320).contains(minute) : minute % 120 < 15
  }

  static func cluster(_ name: String, in environment: String, _ number: Int) -> Cluster {
    Cluster(
      name: name,
      labels: [
        "environment": environment, "tier": number.isMultiple(of: 2) ? "a" : "b",
        "canary": number == 1 ? "yes" : "no", "order": "\(number % 3)",
      ], failureDomain: "zone-\(number % 2)")
  }

  private static func selector(_ key: String, _ values: [String]) -> LabelSelector {
    LabelSelector([LabelSelector.Requirement(key, .isIn, values)])
  }

  private static func environment(
    _ name: String, after: [String], _ random: inout SeededRandom
  ) -> Environment {
    Environment(
      name: name, clusters: selector("environment", [name]), after: after,
      promotion: Promotion(
        mode: random.chance(70) ? .auto : .manual,
        soak: .seconds(Int.random(in: 0...5, using: &random) * 60),
        approvals: !after.isEmpty && random.chance(25) ? approvals(&random) : nil),
      onNewRelease: random.pick(NewReleasePolicy.allCases) ?? .coalesce,
      protectAfter: random.pick([nil, .minutes(2), .minutes(10)]) ?? nil,
      strategy: strategy(&random), drift: random.chance(50) ? .correct : .report)
  }

  static func strategy(_ random: inout SeededRandom) -> Strategy {
    var waves: [WaveSpec] = []
    if random.chance(60) {
      waves.append(wave("canary", .selector(selector("canary", ["yes"])), &random))
    }
    if random.chance(60) {
      waves.append(wave("early", .size(random.chance(50) ? .count(2) : .percent(40)), &random))
    }
    // The last wave takes the rest, whatever it selects.
    let last: WaveSpec.Membership? = random.pick([
      .rest, .rest, .rest, .size(.count(1)), .selector(selector("canary", ["yes"])),
    ])
    waves.append(wave("rest", last ?? .rest, &random))
    return Strategy(
      waves: waves,
      deletions: DeletionBudget(
        maxPerCluster: random.pick([nil, 0, 1, 2]) ?? nil,
        maxPercent: random.pick([nil, 0, 30, 60]) ?? nil))
  }

  private static func gates(_ random: inout SeededRandom) -> [Gate] {
    var gates: [Gate] = []
    while random.chance(gates.isEmpty ? 12 : 50) {
      switch Int.random(in: 0..<4, using: &random) {
      case 0: gates.append(.hold(name: "look"))
      case 1: gates.append(.approval(approvals(&random)))
      case 2: gates.append(.http(HTTPGate(url: "https://gate.example/ready")))
      default:
        gates.append(
          .prometheus(
            PrometheusGate(
              url: "https://metrics.example", query: "errors", threshold: "< 1",
              for: .minutes(random.chance(50) ? 2 : 0))))
      }
    }
    return gates
  }

  private static func approvals(_ random: inout SeededRandom) -> Approvals {
    Approvals(
      required: Int.random(in: 1...2, using: &random), authorMayApprove: random.chance(30),
      validFor: random.chance(30) ? .minutes(20) : nil)
  }

  private static func wave(
    _ name: String, _ membership: WaveSpec.Membership, _ random: inout SeededRandom
  ) -> WaveSpec {
    WaveSpec(
      name: name, membership: membership, orderBy: random.chance(30) ? "order" : nil,
      maxConcurrent: random.pick([nil, .count(1), .count(2), .percent(50)]) ?? nil,
      maxFailures: random.pick([.count(0), .count(1), .percent(40)]) ?? .count(0),
      maxUnreachable: random.pick([.count(0), .count(1), .percent(50)]) ?? .count(0),
      progressDeadline: .minutes(Int.random(in: 1...10, using: &random)),
      soak: .seconds(Int.random(in: 0...4, using: &random) * 60),
      before: gates(&random), after: gates(&random),
      onBreach: random.pick([.halt, .halt, .rollbackWave, .rollback]) ?? .halt)
  }
}
