internal import FleetModel
internal import KubernetesAPI
internal import Logging
internal import Manifests
internal import RolloutEngine

/// Warns of client certificates that expire soon: with them the clusters go.
struct ExpiringCertificates: Sendable {
  private static let firstLook = Duration.seconds(30)
  private static let interval = Duration.seconds(600)

  let writer: Writer
  let connections: ClusterConnections
  let clock: @Sendable () -> Instant
  let logger: Logger

  /// Runs until the task is cancelled.
  func run() async {
    var warnings = ExpiryWarnings()
    var wait = ExpiringCertificates.firstLook
    while true {
      do { try await Task.sleep(for: wait) } catch { return }  // the hub stops
      wait = ExpiringCertificates.interval
      let lines = await connections.lines()
      let registered = await writer.read { Set($0.clusters.keys) }
      let certificates = lines.filter { registered.contains($0.key) }
        .compactMapValues(\.certificate)
      for warning in warnings.due(certificates, at: clock()) {
        let what: Logger.Message =
          warning.isOver ? "a client certificate has expired" : "a client certificate expires soon"
        logger.warning(
          what,
          metadata: ["left": "\(warning.left)", "clusters": "\(warning.clusters)"])
      }
    }
  }
}

/// Which certificates are to be spoken of now: each when it is first seen to expire soon, and again
/// every day.
struct ExpiryWarnings {
  struct Warning: Equatable {
    let isOver: Bool
    /// `5d`, `0s` when it is over.
    let left: String
    /// The clusters that it opens: the first few, and how many more.
    let clusters: String
  }

  private static let repetition = TimeSpan.minutes(24 * 60)
  private static let named = 5

  private var told: [Digest: Instant] = [:]

  /// - Parameter certificates: those in use, by cluster.
  mutating func due(
    _ certificates: [String: ClientCertificate], at now: Instant
  ) -> [Warning] {
    let expiring = Dictionary(
      grouping: certificates.filter {
        $0.value.expires - now < ClusterConnection.expiryNotice
      }, by: \.value
    ).mapValues { $0.map(\.key).sorted() }
    let current = Set(expiring.keys.map(\.digest))
    told = told.filter { current.contains($0.key) }
    return expiring.sorted { ($0.key.expiry, $0.value[0]) < ($1.key.expiry, $1.value[0]) }
      .compactMap { certificate, clusters in
        if let last = told[certificate.digest], now - last < ExpiryWarnings.repetition {
          return nil
        }
        told[certificate.digest] = now
        return Warning(
          isOver: certificate.expires < now, left: ExpiryWarnings.left(certificate.expires - now),
          clusters: ExpiryWarnings.text(clusters))
      }
  }

  private static func left(_ span: TimeSpan) -> String {
    let minutes = max(0, span.milliseconds / 60_000)
    return minutes >= 2 * 24 * 60
      ? "\(minutes / (24 * 60))d" : minutes >= 120 ? "\(minutes / 60)h" : "\(minutes)m"
  }

  private static func text(_ clusters: [String]) -> String {
    let more = clusters.count - named
    return clusters.prefix(named).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }
}
