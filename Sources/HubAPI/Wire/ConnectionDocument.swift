/// What the hub knows of the line to a cluster.
public struct ConnectionDocument: Codable, Sendable, Hashable {
  /// When a request was last answered, whatever the answer; of a watch its beginning counts. Missing
  /// where none was.
  public var answered: Timestamp?
  /// Present while the cluster does not answer.
  public var silence: Silence?
  /// Whether the certificate of the cluster's server is verified.
  public var isVerified: Bool
  /// When the client certificate ends that the hub signs in with; missing where it has none.
  public var certificateExpires: Timestamp?

  public struct Silence: Codable, Sendable, Hashable {
    /// When the first request failed of those that were not answered in a row.
    public var since: Timestamp
    /// Why the last of them failed.
    public var reason: String

    public init(since: Timestamp, reason: String) {
      self.since = since
      self.reason = reason
    }
  }

  public init(
    answered: Timestamp? = nil, silence: Silence? = nil, isVerified: Bool = true,
    certificateExpires: Timestamp? = nil
  ) {
    self.answered = answered
    self.silence = silence
    self.isVerified = isVerified
    self.certificateExpires = certificateExpires
  }
}
