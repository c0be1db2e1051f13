internal import FleetModel
internal import Manifests

// The state as rows of canonical JSON: what the store keeps, so that a hub starts without reading
// the whole log.

extension State {
  /// The rows that an event may have changed, asked of the state after its decision.
  public func touched(by record: RecordedEvent) -> [ProjectionKey] {
    switch record.event {
    case .configurationAccepted(let event):
      // Environments' selectors may have moved clusters that the event does not name.
      let moved = clusters.filter { $0.value.placed == record.sequence }.keys
      let changed = Set(event.removed).union(event.clusters.map(\.name)).union(moved)
      return [.configuration] + changed.sorted().map(key(cluster:))
    case .configurationRefused: return [.configuration]
    case .releaseRecorded(let event): return [key(event.release)]
    case .releaseExtended(let event): return [key(event.release)]
    case .commitUnchanged(let event): return [key(commit: event.commit, of: event.app)]
    case .commitInvalid(let event): return [key(commit: event.commit, of: event.app)]
    case .releaseQueued(let event), .releaseHeld(let event):
      return [key(event.app, event.environment)]
    case .releaseSkipped(let event):
      return [key(event.app, event.environment), key(event.release)]
    case .pinMoved(let event):
      return [key(event.app, event.environment)] + (event.stable.map { [key($0)] } ?? [])
    case .releaseStable(let event):
      return [key(event.app, event.environment), key(event.release)]
    case .releaseRejected(let event), .releaseUnrejected(let event):
      return [key(event.release)]
        + pins.keys.filter { $0.app == event.app }.sorted().map { key($0.app, $0.environment) }
    case .environmentHeld(let event), .environmentUnheld(let event):
      return [ProjectionKey(.hold, Hold.key(event.environment, event.app))]
    case .fleetFrozen(let event), .fleetUnfrozen(let event):
      return [ProjectionKey(.freeze, event.environment ?? "")]
    case .rolloutPlanned(let event): return keys(all: event.rollout)
    case .rolloutStarted(let event), .rolloutPaused(let event), .rolloutResumed(let event),
      .rolloutRolledBack(let event), .rolloutFailed(let event):
      return [key(event.rollout)]
    case .rolloutHalted(let event):
      return [key(event.rollout)] + key(pinOf: event.rollout)
    case .rolloutSkipped(let event):
      return [key(event.rollout)] + (event.wave.map { [key(event.rollout, wave: $0)] } ?? [])
        + event.targets.flatMap { keys(event.rollout, target: $0) }
    case .rolloutRollingBack(let event): return keys(all: event.rollout)
    case .rolloutPausing(let event): return [key(event.rollout)] + keys(waves: event.rollout)
    case .rolloutRetried(let event):
      return [key(event.rollout)] + event.targets.flatMap { keys(event.rollout, target: $0) }
        + keys(waves: event.rollout)
    case .budgetRaised(let event):
      return [key(event.rollout), key(event.rollout, wave: event.wave)]
    case .rolloutSuperseding(let event): return [key(event.rollout)]
    case .rolloutSuperseded(let event), .rolloutAborted(let event):
      return keys(all: event.rollout)
    case .rolloutSucceeded(let event):
      return [key(event.rollout)] + key(pinOf: event.rollout)
    case .waveOpened(let event), .waveSoaking(let event), .waveReopened(let event),
      .waveVerifying(let event), .wavePassed(let event):
      return [key(event.rollout, wave: event.wave)]
    // The pause at a wave that is not there yet stands in the rollout.
    case .wavePaused(let event):
      return [key(event.rollout), key(event.rollout, wave: event.wave)]
    case .waveResumed(let event):
      return [key(event.rollout), key(event.rollout, wave: event.wave)]
    case .rolloutApproved(let event): return [key(event.rollout)]
    case .gateReached(let event), .gateErring(let event), .gatePassed(let event),
      .gateFailed(let event):
      return [key(event.rollout, wave: event.wave)]
    case .deletionsFound(let event): return [key(list: event.list.digest)]
    case .deletionsForgotten(let event): return event.lists.map(key(list:))
    case .deletionsPlanned(let event): return keys(all: event.rollout)
    case .targetDispatched(let event):
      return keys(event.rollout, target: event.cluster) + [key(cluster: event.cluster)]
    case .targetApplied(let event), .targetHealthy(let event):
      // The cluster changes with the first evidence that it took the target state, not with later.
      let isFirst = clusters[event.cluster]?.deployed.values.contains { $0.since == record.at }
      return keys(event.rollout, target: event.cluster)
        + (isFirst == false ? [] : [key(cluster: event.cluster)])
    case .targetProgressing(let event), .targetUnreachable(let event), .targetRegressed(let event),
      .targetFailed(let event), .targetTimedOut(let event), .targetDeferred(let event),
      .targetGone(let event):
      return keys(event.rollout, target: event.cluster)
    case .inventoryRecorded(let event):
      let environment = clusters[event.cluster]?.environment
      return [key(cluster: event.cluster)]
        + pins.keys.filter { $0.environment == environment }.sorted()
        .map { key($0.app, $0.environment) }
    case .driftObserved(let event): return [key(cluster: event.cluster)]
    case .driftEnded(let event): return [key(cluster: event.cluster)]
    case .clusterCordoned(let event): return [key(cluster: event.cluster)]
    case .clusterUncordoned(let event): return [key(cluster: event.cluster)]
    case .agentInvited: return []
    case .agentAccepted(let event): return [key(cluster: event.cluster)]
    case .agentRevoked(let event): return [key(cluster: event.cluster)]
    }
  }

  private func key(cluster: String) -> ProjectionKey { ProjectionKey(.cluster, cluster) }
  private func key(_ release: ReleaseID) -> ProjectionKey {
    ProjectionKey(.release, release.rawValue)
  }
  private func key(commit: CommitSummary, of app: String) -> ProjectionKey {
    ProjectionKey(.commit, "\(app)@\(commit.commit)")
  }
  private func key(_ app: String, _ environment: String) -> ProjectionKey {
    ProjectionKey(.pin, "\(app)/\(environment)")
  }
  private func key(_ rollout: RolloutID) -> ProjectionKey {
    ProjectionKey(.rollout, rollout.rawValue)
  }
  private func key(_ rollout: RolloutID, wave: String) -> ProjectionKey {
    ProjectionKey(.wave, "\(rollout)/\(wave)")
  }
  private func key(list digest: Digest) -> ProjectionKey { ProjectionKey(.deletions, digest.hex) }

  private func key(_ rollout: RolloutID, _ target: Target) -> ProjectionKey {
    let suffix = target.deletes == nil ? "" : ProjectionKey.deleting
    return ProjectionKey(.target, "\(rollout)/\(target.cluster)\(suffix)")
  }

  /// A cluster's target, and where it stands in the wave that deletes as well, both.
  private func keys(_ id: RolloutID, target cluster: String) -> [ProjectionKey] {
    guard let rollout = rollouts[id] else { return [] }
    return [rollout.earlierPositions[cluster], rollout.positions[cluster]].compactMap(\.self)
      .map { key(id, rollout.targets[$0]) }
  }

  private func key(pinOf id: RolloutID) -> [ProjectionKey] {
    rollouts[id].map { [key($0.app, $0.environment)] } ?? []
  }
  private func keys(waves id: RolloutID) -> [ProjectionKey] {
    (rollouts[id]?.waves ?? []).map { key(id, wave: $0.name) }
  }
  private func keys(all id: RolloutID) -> [ProjectionKey] {
    guard let rollout = rollouts[id] else { return [] }
    return [key(id), key(rollout.app, rollout.environment)] + keys(waves: id)
      + rollout.targets.map { key(id, $0) }
  }

  /// The row in its present form; `nil` when there is none, so it is to be deleted.
  public func row(_ key: ProjectionKey) -> ProjectionRow? {
    json(key).map { ProjectionRow(key: key, json: $0) }
  }

  private func json(_ key: ProjectionKey) -> [UInt8]? {
    switch key.kind {
    case .configuration: return configuration.map { CanonicalJSON.encode($0) }
    case .cluster: return clusters[key.id].map { CanonicalJSON.encode($0) }
    case .commit: return commits[key.id].map { CanonicalJSON.encode($0) }
    case .release: return releases[ReleaseID(key.id)].map { CanonicalJSON.encode($0) }
    case .hold: return holds[key.id].map { CanonicalJSON.encode($0) }
    case .freeze: return freezes[key.id].map { CanonicalJSON.encode($0) }
    case .deletions:
      return Digest(hex: key.id).flatMap { deletionLists[$0] }.map { CanonicalJSON.encode($0) }
    case .pin: return PinID(parsing: key.id).flatMap { pins[$0] }.map { CanonicalJSON.encode($0) }
    case .rollout: return rollouts[RolloutID(key.id)].map { CanonicalJSON.encode($0) }
    case .wave:
      guard let (id, name) = key.part, let rollout = rollouts[id],
        let index = rollout.wave(named: name)
      else { return nil }
      return CanonicalJSON.encode(WaveRow(rollout: id, index: index, wave: rollout.waves[index]))
    case .target:
      guard let (id, name) = key.part, let rollout = rollouts[id] else { return nil }
      let deletes = name.hasSuffix(ProjectionKey.deleting)
      let cluster = deletes ? String(name.dropLast(ProjectionKey.deleting.count)) : name
      guard
        let position = deletes
          ? rollout.positions[cluster]
          : rollout.earlierPositions[cluster] ?? rollout.positions[cluster]
      else { return nil }
      return CanonicalJSON.encode(
        TargetRow(rollout: id, position: position, target: rollout.targets[position]))
    }
  }

  /// Every row, sorted by key: equal states have equal rows, byte for byte.
  public var rows: [ProjectionRow] {
    var keys: [ProjectionKey] = configuration == nil ? [] : [.configuration]
    keys += clusters.keys.map(key(cluster:))
    keys += commits.keys.map { ProjectionKey(.commit, $0) }
    keys += releases.keys.map { key($0) }
    keys += pins.keys.map { key($0.app, $0.environment) }
    keys += holds.keys.map { ProjectionKey(.hold, $0) }
    keys += freezes.keys.map { ProjectionKey(.freeze, $0) }
    keys += deletionLists.keys.map { key(list: $0) }
    for rollout in rollouts.values {
      keys.append(key(rollout.id))
      keys += rollout.waves.map { key(rollout.id, wave: $0.name) }
      keys += rollout.targets.map { key(rollout.id, $0) }
    }
    return keys.sorted().compactMap(row)
  }

  /// Loads what ``rows`` wrote. `sequence` is that of the last event in the log.
  public init(rows: some Sequence<ProjectionRow>, sequence: Int) throws {
    self.init()
    self.sequence = sequence
    var waves: [RolloutID: [WaveRow]] = [:]
    var targets: [RolloutID: [TargetRow]] = [:]
    for row in rows {
      switch row.key.kind {
      case .configuration: configuration = try row.read()
      case .cluster: clusters[row.key.id] = try row.read()
      case .commit: commits[row.key.id] = try row.read()
      case .release: releases[ReleaseID(row.key.id)] = try row.read()
      case .pin:
        let pin: Pin = try row.read()
        pins[pin.id] = pin
      case .rollout: rollouts[RolloutID(row.key.id)] = try row.read()
      case .hold: holds[row.key.id] = try row.read()
      case .freeze: freezes[row.key.id] = try row.read()
      case .deletions:
        let list: DeletionList = try row.read()
        deletionLists[list.digest] = list
      case .wave:
        let wave: WaveRow = try row.read()
        waves[wave.rollout, default: []].append(wave)
      case .target:
        let target: TargetRow = try row.read()
        targets[target.rollout, default: []].append(target)
      }
    }
    for id in rollouts.keys {
      try assemble(id, waves: waves[id] ?? [], targets: targets[id] ?? [])
    }
    derive()
  }

  /// The state as a hub that starts has it: what is stored stays, what follows from it is made anew.
  /// The same as reading ``rows`` back, without their text.
  public func reloaded() -> State {
    var state = self
    state.catalog = Catalog()
    state.derive()
    return state
  }

  private mutating func derive() {
    for id in rollouts.keys {
      change(id) { $0.rebuild() }
      if rollouts[id]?.phase.isDriving == true { catalog.openRollouts.insert(id) }
    }
    for release in releases.values.sorted(by: { $0.ordinal < $1.ordinal }) { register(release) }
    catalogMembers()
    resetTimers()
  }

  private mutating func assemble(
    _ id: RolloutID, waves: [WaveRow], targets: [TargetRow]
  ) throws {
    guard let expected = rollouts[id], waves.count == expected.waveCount,
      targets.count == expected.targetCount
    else {
      throw IncompleteProjection(
        description: "rollout \(id) is stored with \(waves.count) waves and \(targets.count) "
          + "targets, which is not all of it; restore the database or replay its log")
    }
    change(id) { rollout in
      rollout.waves = waves.sorted { $0.index < $1.index }.map(\.wave)
      rollout.targets = targets.sorted { $0.position < $1.position }.map(\.target)
    }
  }
}

/// The stored rows do not make a whole state.
public struct IncompleteProjection: Error, Sendable, CustomStringConvertible {
  public let description: String
}

private struct WaveRow: Codable {
  let rollout: RolloutID
  let index: Int
  let wave: Wave
}

private struct TargetRow: Codable {
  let rollout: RolloutID
  let position: Int
  let target: Target
}

extension ProjectionKey {
  fileprivate static let configuration = ProjectionKey(.configuration, "fleet")

  /// What follows the cluster's name in the wave that deletes.
  fileprivate static let deleting = "/deletions"

  /// `rollout/name`; the first holds no slash.
  fileprivate var part: (RolloutID, String)? {
    guard let slash = id.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
    return (RolloutID(String(id[..<slash])), String(id[id.index(after: slash)...]))
  }
}

extension PinID {
  fileprivate init?(parsing text: String) {
    guard let slash = text.firstIndex(of: "/") else { return nil }
    self.init(app: String(text[..<slash]), environment: String(text[text.index(after: slash)...]))
  }
}

extension ProjectionRow {
  fileprivate func read<Value: Decodable>() throws -> Value {
    try CanonicalJSON.decode(Value.self, from: json)
  }
}
