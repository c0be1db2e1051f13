internal import FleetModel
public import Manifests

/// Look-up tables over the state, rebuilt when it is loaded.
struct Catalog: Sendable {
  /// By app, in the order of the branch.
  var releases: [String: [ReleaseID]] = [:]
  /// By app and cluster: every change of the digest, in the order of releases.
  var digests: [String: [String: [Change]]] = [:]
  /// Clusters of each (app, environment), sorted.
  var members: [PinID: [String]] = [:]
  var openRollouts: Set<RolloutID> = []
  var flights = Flights()
  /// When a release becomes old enough upstream to be wanted by a pin.
  var promotions: [PinID: Instant] = [:]

  /// What windows say, by their order in the configuration; `nil` before the first look.
  var windows: Windows?
  /// When a tick goes through what windows let start or keep; `nil` while nothing has changed. Other
  /// inputs may come before it.
  var windowTick: Instant?

  struct Windows: Sendable {
    let schedules: [WindowSchedule?]
    let isOpen: [Bool]
    let since: Instant
    /// When one of them opens or closes next.
    let until: Instant?
  }

  struct Change: Sendable {
    let ordinal: Int
    let sequence: Int
    let digest: Digest
  }
}

extension State {
  /// Clusters of an app in an environment, sorted.
  public func members(of pin: PinID) -> [String] { catalog.members[pin] ?? [] }

  /// Releases of an app, oldest first.
  public func releases(of app: String) -> [ReleaseID] { catalog.releases[app] ?? [] }

  /// Every (app, environment) in force that has clusters, sorted.
  public var activePins: [PinID] { catalog.members.keys.sorted() }

  /// Rollouts that have not ended, sorted.
  public var openRollouts: [RolloutID] {
    catalog.openRollouts.sorted { $0.rawValue < $1.rawValue }
  }

  /// Which digest a release wants on a cluster; `nil` when it was not rendered for the cluster in
  /// its present environment.
  public func digest(of release: ReleaseID, on cluster: String) -> Digest? {
    guard let record = releases[release], let status = clusters[cluster] else { return nil }
    if let late = record.extensions[cluster], late.sequence >= status.placed {
      return late.digest
    }
    return recordedDigest(of: record, on: cluster, placed: status.placed)
  }

  /// Without extensions.
  func recordedDigest(of release: Release, on cluster: String, placed: Int) -> Digest? {
    guard release.sequence >= placed, let changes = catalog.digests[release.app]?[cluster] else {
      return nil
    }
    let end = changes.partitioningIndex { $0.ordinal > release.ordinal }
    guard end > 0, changes[end - 1].sequence >= placed else { return nil }
    return changes[end - 1].digest
  }

  mutating func register(_ release: Release) {
    catalog.releases[release.app, default: []].append(release.id)
    for (cluster, digest) in release.changes {
      let change = Catalog.Change(
        ordinal: release.ordinal, sequence: release.sequence, digest: digest)
      catalog.digests[release.app, default: [:]][cluster, default: []].append(change)
    }
  }

  /// Recomputes which clusters belong where.
  mutating func catalogMembers() {
    catalog.members = [:]
    for (name, status) in clusters {
      guard let environment = status.environment else { continue }
      for app in configuration?.apps ?? [] where app.clusters.matches(status.record) {
        catalog.members[PinID(app: app.name, environment: environment), default: []].append(name)
      }
    }
    for pin in catalog.members.keys { catalog.members[pin]?.sort() }
  }
}
