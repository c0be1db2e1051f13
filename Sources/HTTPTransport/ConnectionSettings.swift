/// How a server is reached and how both sides prove who they are.
///
/// Requests with equal settings to the same server share connections; a change of certificate, key
/// or trust opens a new one.
public struct ConnectionSettings: Sendable, Hashable {
  /// Who may have signed the server's certificate.
  public enum Trust: Sendable, Hashable {
    /// The authorities of the operating system.
    case system
    /// Only these: PEM text of one or more certificates.
    case authorities(pem: [UInt8])
    /// Anybody. Whoever sits on the wire can read and change everything.
    case anyone
  }

  /// A client certificate with its key, both PEM.
  public struct ClientIdentity: Sendable, Hashable {
    public var certificate: [UInt8]
    public var key: Secret

    public init(certificate: [UInt8], key: Secret) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// What goes into the `Authorization` header.
  public enum Authorization: Sendable, Hashable {
    case none
    case bearer(Secret)
    case basic(user: String, password: Secret)
  }

  public enum Proxy: Sendable, Hashable {
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`; never for this very machine.
    case environment
    case none
    /// `http://`, `https://`, `socks5://` or `socks5h://`.
    case url(String)
  }

  public var trust: Trust
  public var clientIdentity: ClientIdentity?
  public var authorization: Authorization
  /// The name to ask for (SNI) and to expect in the server's certificate instead of the URL's host.
  public var tlsServerName: String?
  public var proxy: Proxy
  /// Path of a Unix domain socket to speak to; the URL then only names host and path.
  public var unixSocket: String?
  /// From the first packet to the end of the TLS handshake.
  public var connectTimeout: Duration

  public init(
    trust: Trust = .system, clientIdentity: ClientIdentity? = nil,
    authorization: Authorization = .none, tlsServerName: String? = nil,
    proxy: Proxy = .environment, unixSocket: String? = nil,
    connectTimeout: Duration = .seconds(10)
  ) {
    self.trust = trust
    self.clientIdentity = clientIdentity
    self.authorization = authorization
    self.tlsServerName = tlsServerName
    self.proxy = proxy
    self.unixSocket = unixSocket
    self.connectTimeout = connectTimeout
  }
}
