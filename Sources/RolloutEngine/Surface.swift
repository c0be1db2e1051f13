public import FleetModel
public import Manifests

extension Engine {
  mutating func take(_ input: Input) throws(Refusal) {}
}
extension State {
  /// Folds one event in. Events must come in order, without gaps.
  public mutating func apply(_ record: RecordedEvent) { sequence = record.sequence }

  /// When the engine next wants a ``Input/tick``; `nil` while it waits for nothing but the world.
  public var nextTimer: Instant? { timers.first?.at }

  /// What the event, just applied to this state, asks of the world.
  public func effects(of record: RecordedEvent) -> [Effect] { [] }

  /// Everything that must be under way in this state, for a hub that starts: what was dispatched is
  /// observed or delivered again, health of what soaks is watched.
  public var openEffects: [Effect] { [] }

  /// The rows that the event, just applied to this state, may have changed.
  public func touched(by record: RecordedEvent) -> [ProjectionKey] { [] }

  /// The row in its present form; `nil` when it is to be deleted.
  public func row(_ key: ProjectionKey) -> ProjectionRow? { nil }

  /// Every row, sorted by key: equal states have equal rows, byte for byte.
  public var rows: [ProjectionRow] { [] }

  /// Loads what ``rows`` wrote. `sequence` is that of the last event in the log.
  public init(rows: some Sequence<ProjectionRow>, sequence: Int) throws {
    self.init()
    self.sequence = sequence
  }

  /// Which digest a release wants on a cluster; `nil` when it does not name the cluster.
  public func digest(of release: ReleaseID, on cluster: String) -> Digest? { nil }

  /// Clusters of an app in an environment, sorted.
  public func members(of pin: PinID) -> [String] { catalog.members[pin] ?? [] }

  /// Releases of an app, oldest first.
  public func releases(of app: String) -> [ReleaseID] { catalog.releases[app] ?? [] }

  /// Why something does not move; empty when it is not open or work is under way.
  public func blockers(of subject: Blocker.Subject, at now: Instant) -> [Blocker] { [] }
}
