internal import FleetModel

/// Targets in flight over all rollouts: what the fleet's limits count. Derived from the rollouts.
struct Flights: Sendable {
  struct Key: Sendable, Hashable {
    let rollout: RolloutID
    let cluster: String
  }

  /// With the failure domain that each is counted in.
  private(set) var domains: [Key: String?] = [:]
  private var counts: [String: Int] = [:]
  /// How many have ended: whoever sees it change knows that there is room.
  private(set) var landed = 0

  var total: Int { domains.count }

  func count(in domain: String) -> Int { counts[domain] ?? 0 }

  mutating func start(_ key: Key, in domain: String?) {
    guard domains.updateValue(domain, forKey: key) == nil else { return }
    if let domain { counts[domain, default: 0] += 1 }
  }

  mutating func end(_ key: Key) {
    guard let domain = domains.removeValue(forKey: key) else { return }
    landed += 1
    if let domain { counts[domain, default: 0] -= 1 }
  }

  /// Counts everything anew in the domain that `domain` names for a cluster.
  mutating func move(to domain: (String) -> String?) {
    counts = [:]
    for key in domains.keys {
      let new = domain(key.cluster)
      domains[key] = .some(new)
      if let new { counts[new, default: 0] += 1 }
    }
  }
}

extension State {
  /// The fleet's limits, where it has any.
  var limits: Fleet.Limits? {
    guard let limits = configuration?.fleet.limits,
      limits.maxConcurrent != nil || limits.maxConcurrentPerFailureDomain != nil
    else { return nil }
    return limits
  }

  /// Takes note of targets that came into flight or out of it.
  mutating func countFlights(of id: RolloutID) {
    guard let rollout = rollouts[id] else { return }
    for position in rollout.flightChanges {
      let target = rollout.targets[position]
      let key = Flights.Key(rollout: id, cluster: target.cluster)
      if target.phase.isInFlight {
        catalog.flights.start(key, in: clusters[target.cluster]?.record.failureDomain)
      } else {
        catalog.flights.end(key)
      }
    }
  }

  /// Whether no more targets of the fleet may be in flight.
  var isFull: Bool {
    limits?.maxConcurrent.map { catalog.flights.total >= $0 } ?? false
  }

  /// The failure domain of a cluster, where no more of its targets may be in flight.
  func fullDomain(of cluster: String) -> String? {
    guard let limit = limits?.maxConcurrentPerFailureDomain,
      let domain = clusters[cluster]?.record.failureDomain,
      catalog.flights.count(in: domain) >= limit
    else { return nil }
    return domain
  }

  /// What of the fleet's limits keeps a target from being dispatched: who holds the places.
  func limitBlocker(_ rollout: Rollout, _ wave: Wave, _ cluster: String) -> Blocker? {
    guard wave.counts.inFlight < wave.maxConcurrent ?? .max, let limits else { return nil }
    if let limit = limits.maxConcurrent, catalog.flights.total >= limit {
      return limitBlocker(
        "the fleet's limit of \(limit) \(limit == 1 ? "target" : "targets") in flight is reached",
        rollout, wave, holding: { _ in true })
    }
    guard let domain = fullDomain(of: cluster),
      let limit = limits.maxConcurrentPerFailureDomain
    else { return nil }
    return limitBlocker(
      "failure domain '\(domain)' has its limit of \(limit) "
        + "\(limit == 1 ? "target" : "targets") in flight", rollout, wave,
      holding: { $0 == domain })
  }

  private func limitBlocker(
    _ what: String, _ rollout: Rollout, _ wave: Wave, holding: (String?) -> Bool
  ) -> Blocker {
    var holders: [RolloutID: Int] = [:]
    for (key, domain) in catalog.flights.domains where holding(domain) {
      holders[key.rollout, default: 0] += 1
    }
    let order = holders.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
    let shown = order.prefix(3).map { "\($0.key) has \($0.value)" }
    let more = order.count > 3 ? ["\(order.count - 3) others"] : []
    let other = order.first { $0.key != rollout.id }?.key
    return Blocker(
      what: "\(what): \((shown + more).joined(separator: ", "))", since: wave.openedAt,
      who: order.prefix(3).map(\.key.rawValue).joined(separator: ", "),
      command: other.map { "flotilla explain \($0)" })
  }
}
