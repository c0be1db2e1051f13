public import Manifests

/// What is known of the line to one API server. Ages count from the moment of the question.
public struct ClusterLine: Sendable, Hashable {
  /// A server that answers nothing.
  public struct Silence: Sendable, Hashable {
    /// How long ago the first failed of the requests that were not answered in a row.
    public var age: Duration
    /// Why the last of them failed.
    public var reason: String

    public init(age: Duration, reason: String) {
      self.age = age
      self.reason = reason
    }
  }

  /// How long ago a request was last answered, whatever the answer; `nil` where none was. Of a watch
  /// its beginning counts.
  public var answered: Duration?
  public var silence: Silence?
  /// Whether the server's certificate is verified.
  public var isVerified: Bool
  /// What the hub signs in with, where that is a certificate from the Cluster or a kubeconfig. Those
  /// of exec plugins are renewed by themselves.
  public var certificate: ClientCertificate?

  public init(
    answered: Duration? = nil, silence: Silence? = nil, isVerified: Bool = true,
    certificate: ClientCertificate? = nil
  ) {
    self.answered = answered
    self.silence = silence
    self.isVerified = isVerified
    self.certificate = certificate
  }
}

/// When a client certificate ends.
public struct ClientCertificate: Sendable, Hashable {
  /// In seconds since 1970.
  public var expiry: Int
  /// SHA-256 of the certificate: clusters may share one.
  public var digest: Digest

  public init(expiry: Int, digest: Digest) {
    self.expiry = expiry
    self.digest = digest
  }
}

extension KubernetesClient {
  /// What is known of the line at this moment; asks nobody, and looks whether the certificate's file
  /// changed.
  public var line: ClusterLine {
    let (answered, silence) = breaker.line
    return ClusterLine(
      answered: answered, silence: silence, isVerified: !access.isInsecure,
      certificate: access.clientCertificate)
  }
}
