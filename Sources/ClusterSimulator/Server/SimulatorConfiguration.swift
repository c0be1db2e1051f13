/// What a simulator is to be.
public struct SimulatorConfiguration: Sendable {
  /// Names of the clusters; each is a DNS label. Duplicates are refused.
  public var clusters: [String]
  /// Address to listen on.
  public var host = "127.0.0.1"
  /// 0 takes a free port.
  public var port = 0
  /// Where `ca.crt`, `kubeconfig`, client certificates and `control.token` are written; `nil` writes
  /// nothing.
  public var stateDirectory: String?
  /// Same seed, same jitter, uids and injected errors (as far as requests come in the same order).
  public var seed: UInt64 = 1
  /// From a new generation of a workload to its readiness.
  public var readyDelay: Duration = .seconds(1)
  /// Up to this share is added to every delay.
  public var jitter = 0.3
  /// From a new generation of a workload with a bad image to `ProgressDeadlineExceeded`.
  public var progressDeadline: Duration = .seconds(3)
  /// From a CustomResourceDefinition to its establishment.
  public var definitionDelay: Duration = .milliseconds(50)
  /// From the deletion of a namespace to its end.
  public var namespaceDeletionDelay: Duration = .seconds(1)
  /// Between bookmarks of a watch that asked for them.
  public var bookmarkInterval: Duration = .seconds(60)
  /// Give custom resources a `Ready` condition after ``readyDelay``; else they have no status.
  public var readiesCustomResources = false
  /// Events held for watches, per cluster. By default 1000, less from 100 clusters on (100,000 in
  /// all, at least 64 each).
  public var historyLimit: Int?
  /// Accepted writes held for ``SimulatedCluster/audit(after:)``, per cluster. By default 5000, less
  /// from 40 clusters on (200,000 in all, at least 64 each).
  public var auditLimit: Int?

  public init(clusters: [String]) { self.clusters = clusters }

  var effectiveHistoryLimit: Int {
    historyLimit ?? max(64, min(1000, 100_000 / max(1, clusters.count)))
  }
  var effectiveAuditLimit: Int {
    auditLimit ?? max(64, min(5000, 200_000 / max(1, clusters.count)))
  }
  var pace: ClusterPace {
    ClusterPace(
      readyDelay: readyDelay, jitter: jitter, progressDeadline: progressDeadline,
      definitionDelay: definitionDelay, namespaceDeletionDelay: namespaceDeletionDelay,
      bookmarkInterval: bookmarkInterval, readiesCustomResources: readiesCustomResources)
  }
}
