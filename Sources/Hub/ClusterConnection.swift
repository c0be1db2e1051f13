public import FleetModel
internal import KubernetesAPI

/// What the hub knows of the line to a cluster.
public struct ClusterConnection: Sendable, Hashable {
  /// How long before its end a client certificate is spoken of.
  public static let expiryNotice = TimeSpan.minutes(14 * 24 * 60)

  public struct Silence: Sendable, Hashable {
    /// When the first request failed of those that were not answered in a row.
    public var since: Instant
    /// Why the last of them failed.
    public var reason: String

    public init(since: Instant, reason: String) {
      self.since = since
      self.reason = reason
    }
  }

  /// When a request was last answered, whatever the answer; `nil` where none was.
  public var answered: Instant?
  /// Present while the cluster answers nothing.
  public var silence: Silence?
  /// Whether the server's certificate is verified.
  public var isVerified: Bool
  /// When the client certificate in use ends.
  public var certificateExpires: Instant?

  public init(
    answered: Instant? = nil, silence: Silence? = nil, isVerified: Bool = true,
    certificateExpires: Instant? = nil
  ) {
    self.answered = answered
    self.silence = silence
    self.isVerified = isVerified
    self.certificateExpires = certificateExpires
  }

  init(_ line: ClusterLine, at now: Instant) {
    func before(_ age: Duration) -> Instant {
      let (seconds, attoseconds) = age.components
      return Instant(
        milliseconds: now.milliseconds - seconds * 1000 - attoseconds / 1_000_000_000_000_000)
    }
    self.init(
      answered: line.answered.map(before),
      silence: line.silence.map { Silence(since: before($0.age), reason: $0.reason) },
      isVerified: line.isVerified, certificateExpires: line.certificate?.expires)
  }
}

extension ClientCertificate {
  var expires: Instant { Instant(milliseconds: Int64(expiry) * 1000) }
}
