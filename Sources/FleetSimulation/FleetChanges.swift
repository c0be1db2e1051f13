internal import FleetModel
internal import Manifests
internal import RolloutEngine

// Commits to fleet/: clusters that join and leave, strategies, windows, pauses.

extension SimulatedFleet {
  mutating func reconfigure(_ random: inout SeededRandom) throws {
    let names = configuration.environments.map(\.name)
    let environment = Int.random(in: 0..<names.count, using: &random)
    let cluster = Int.random(in: 0..<configuration.clusters.count, using: &random)
    switch Int.random(in: 0..<12, using: &random) {
    case 0 where configuration.clusters.count > 4:
      formerClusters.append(configuration.clusters.remove(at: cluster))
    case 1 where !formerClusters.isEmpty:
      // It still has what it had when it left.
      let index = Int.random(in: 0..<formerClusters.count, using: &random)
      configuration.clusters.append(formerClusters.remove(at: index))
    case 0...2:
      newcomers += 1
      configuration.clusters.append(
        FleetShape.cluster("new-\(newcomers)", in: names[environment], newcomers))
    case 3: configuration.clusters[cluster].labels["environment"] = names[environment]
    case 4: configuration.clusters[cluster].labels["tier"] = random.chance(50) ? "a" : "b"
    case 5: configuration.clusters[cluster].labels["canary"] = random.chance(50) ? "yes" : "no"
    case 6: configuration.environments[environment].strategy = FleetShape.strategy(&random)
    case 7:
      try give(.configurationRefused(commit: "bad-\(now.milliseconds)", findings: ["a typo"]))
      return
    case 8: configuration.windows = FleetShape.windows(&random)
    case 9:
      configuration.environments[environment].onNewRelease =
        random.pick(NewReleasePolicy.allCases) ?? .coalesce
    case 10: configuration.fleet.limits = FleetShape.limits(&random)
    default: configuration.environments[environment].paused.toggle()
    }
    tell("configuration changes")
    configuration = FleetConfiguration(
      fleet: configuration.fleet, clusters: configuration.clusters, apps: configuration.apps,
      environments: configuration.environments, windows: configuration.windows)
    try give(.configuration(commit: "f\(log.count)", configuration))
    try commit(&random)
  }
}
