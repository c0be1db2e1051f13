public import FleetModel
public import KubernetesAPI
public import Manifests

/// One cluster as the hub's sessions use it, however its target states get there and its evidence
/// comes back.
///
/// Whoever conforms keeps the promises that stand at ``ClusterDelivery``: doing something twice is
/// doing it once, nothing is concluded from a part, and a cluster that does not answer is an error or
/// reported as unreachable, never as empty or healthy.
public protocol ClusterChannel: Sendable {
  var cluster: String { get }

  /// What is known of the line to the cluster; `nil` where there is none.
  var line: ClusterLine? { get async }

  /// Whether what the channel was made with has changed, so that a new one is to be made.
  var isOutdated: Bool { get }

  /// The same channel, which changes objects of apps in the name of `user`.
  func writing(as user: Impersonation?) -> Self

  /// Returns once the cluster has answered. Throws a ``DeliveryError`` that is unreachable when it does
  /// not within ten seconds: so that nobody waits for long behind a cluster that hangs.
  func contact() async throws

  /// Makes the cluster hold `target` for `app`. Throws ``DeliveryError``, or `CancellationError`.
  func apply(
    _ target: TargetState, app: String, mark: DeliveryMark, prune: PrunePolicy,
    policy: ApplyPolicy
  ) async throws -> ApplyReport

  /// Deletes the objects of `list` beside `target`, which the cluster must hold. Throws as
  /// ``apply(_:app:mark:prune:policy:)`` does.
  func prune(
    _ list: Set<ResourceIdentity>, beside target: TargetState, app: String, mark: DeliveryMark
  ) async throws -> ApplyReport

  /// What the cluster says about every app. Throws where the answer is not complete.
  func readInventories() async throws -> InventoryReading

  /// What the cluster says about one app; `nil` when it has nothing of it.
  func readInventory(_ app: String) async throws -> Inventory?

  /// Verdicts about `target`, by the `checks` of its app for the kinds that they name, the first as
  /// soon as all of it was looked at, then whenever they change. Ends only with its reader.
  func reports(
    _ target: TargetState, app: String, mark: DeliveryMark, checks: [HealthCheck]
  ) -> AsyncStream<HealthReport>

  /// Begins to watch for drift what was delivered under `digest`. Throws where the cluster does not
  /// hold that completely, or does not answer.
  func driftWatch(app: String, digest: Digest) async throws -> any DriftWatch

  /// Returns after `wait`, or sooner when there is news that makes another try worth while.
  func rest(_ wait: Duration) async throws
}

extension ClusterChannel {
  /// Where whether somebody is there is known without asking.
  public func contact() async throws {}

  public var line: ClusterLine? { nil }
  public var isOutdated: Bool { false }

  public func rest(_ wait: Duration) async throws { try await Task.sleep(for: wait) }
}

/// A watch for drift that has looked at the cluster once.
public protocol DriftWatch: Sendable {
  /// Reports what drifted, at first at once and then whenever it changes, until something fails: then
  /// watch anew. `target` makes the target state when it is needed.
  func run(
    target: @escaping @Sendable () async throws -> TargetState,
    report: @escaping @Sendable ([Drift]) async throws -> Void
  ) async throws
}

extension ClusterDelivery: ClusterChannel {
  public var line: ClusterLine? { client.line }
  public var isOutdated: Bool { client.access.isOutdated }

  public func reports(
    _ target: TargetState, app: String, mark: DeliveryMark, checks: [HealthCheck]
  ) -> AsyncStream<HealthReport> {
    reports(target, app: app, mark: mark, checks: checks, policy: ObservationPolicy())
  }

  public func driftWatch(app: String, digest: Digest) async throws -> any DriftWatch {
    try await StandingWatch(self, app: app, digest: digest)
  }
}

extension StandingWatch: DriftWatch {}
