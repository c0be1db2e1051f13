public import FleetModel
internal import KubernetesAPI
public import Manifests

/// How closely a cluster is looked at.
public struct ObservationPolicy: Sendable, Hashable {
  /// How often the inventory is read; it also tells whether the cluster answers at all.
  public var probeInterval: Duration
  /// How often kinds that cannot be watched are listed.
  public var pollInterval: Duration

  public init(
    probeInterval: Duration = .seconds(30), pollInterval: Duration = .seconds(60)
  ) {
    self.probeInterval = probeInterval
    self.pollInterval = pollInterval
  }
}

extension ClusterDelivery {
  /// Watches the objects of `target` and reports their overall verdict, at first when all of them
  /// were looked at and then whenever it changes. Runs until its task is cancelled.
  ///
  /// Begin after ``apply(_:app:mark:prune:policy:)`` returned: everything that is reported was read from the
  /// cluster's store after this call began. A cluster that does not answer is reported as
  /// unreachable, and looked at from the beginning when it returns.
  ///
  /// - Parameter checks: rules of the app for kinds of its choice.
  public func observe(
    _ target: TargetState, app: String, mark: DeliveryMark,
    checks: [HealthCheck] = [], policy: ObservationPolicy = ObservationPolicy(),
    report: @escaping @Sendable (HealthReport) async -> Void
  ) async throws {
    let reporter = HealthReporter(report)
    let checks = HealthChecks(checks)
    var failures = 0
    while true {
      let session = ObservationSession(
        delivery: self, target: target, app: app, mark: mark, checks: checks,
        policy: policy, reporter: reporter)
      do {
        try await session.run()
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        try Task.checkCancellation()
        failures = await reporter.takeHasSeenCluster() ? 1 : failures + 1
        await reporter.report(
          HealthReport(
            cluster: cluster, app: app, digest: target.digest, mark: mark,
            overall: .unreachable("\(error)"), findings: []))
        try await client.retry.sleep(client.retry.backOff(failures))
      }
    }
  }

  /// As ``observe(_:app:mark:checks:policy:report:)``, as a sequence. Watching ends when the sequence is let
  /// go or its reader is cancelled. A reader that is slow misses reports between the newest ones.
  public func reports(
    _ target: TargetState, app: String, mark: DeliveryMark, checks: [HealthCheck] = [],
    policy: ObservationPolicy
  ) -> AsyncStream<HealthReport> {
    AsyncStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
      let task = Task {
        do {
          try await observe(target, app: app, mark: mark, checks: checks, policy: policy) {
            continuation.yield($0)
          }
        } catch {
          // Only cancellation ends it.
          continuation.finish()
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }
}

/// Passes on reports that differ from the one before.
actor HealthReporter {
  private let send: @Sendable (HealthReport) async -> Void
  private var last: HealthReport?
  private var hasSeenCluster = false

  init(_ send: @escaping @Sendable (HealthReport) async -> Void) { self.send = send }

  func report(_ report: HealthReport) async {
    if case .unreachable = report.overall {} else { hasSeenCluster = true }
    guard report != last else { return }
    last = report
    await send(report)
  }

  /// Whether the cluster was seen since the last time this was asked.
  func takeHasSeenCluster() -> Bool {
    defer { hasSeenCluster = false }
    return hasSeenCluster
  }
}
