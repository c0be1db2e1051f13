/// How the hub proves who it is to a Git server. Secrets stay in files, are read at each use (so
/// that a rotated secret works at once) and are never printed.
public enum GitCredentials: Sendable, Equatable {
  /// Nothing for http; for ssh the keys and known hosts of the user that runs the hub.
  case none
  /// A token, sent as `Authorization: Bearer`. Forges that want it as a password take ``basic``.
  case token(file: String)
  /// User name and a file with the password or token.
  case basic(user: String, passwordFile: String)
  /// A TLS client certificate and its key, both PEM.
  case clientCertificate(file: String, keyFile: String)
  /// A private SSH key (unencrypted, readable by its owner only) and the known_hosts file that
  /// the server's host key must be in. Without `knownHosts` the user's own file counts.
  case sshKey(file: String, knownHosts: String?)
}

/// How long a Git server may take.
public struct GitTimeouts: Sendable, Equatable {
  /// Until a connection, TLS included, stands.
  public var connect: Duration
  /// Without a single byte in either direction. Counts for http only; ssh has its own keep-alive
  /// of the same length.
  public var stall: Duration
  /// For a whole fetch or push.
  public var total: Duration

  public init(
    connect: Duration = .seconds(10), stall: Duration = .seconds(60),
    total: Duration = .seconds(900)
  ) {
    self.connect = connect
    self.stall = stall
    self.total = total
  }
}

/// A repository elsewhere and how to reach it.
public struct GitRemote: Sendable, CustomStringConvertible {
  public let credentials: GitCredentials
  /// PEM file of the certificate authorities that https servers must chain to, in place of the
  /// system's.
  public let caFile: String?
  public let timeouts: GitTimeouts
  let location: RemoteLocation

  /// `url` is an https or http URL, `ssh://…`, `user@host:path`, `file://…` or a path.
  ///
  /// Throws ``GitError`` when the URL is none of them, when the credentials do not fit its
  /// scheme, and when a secret would travel unencrypted to another machine.
  public init(
    url: String, credentials: GitCredentials = .none, caFile: String? = nil,
    timeouts: GitTimeouts = GitTimeouts()
  ) throws {
    location = try RemoteLocation(parsing: url)
    self.credentials = credentials
    self.caFile = caFile
    self.timeouts = timeouts
    try checkCredentialsFit()
  }

  /// The URL without user, password and query.
  public var url: String {
    switch location {
    case .http(let url, _, _, _): redacted(url)
    case .ssh(let url): redacted(url)
    case .local(let path): path
    }
  }

  public var description: String { url }

  private func checkCredentialsFit() throws {
    func refuse(_ reason: String, _ advice: String) -> GitError {
      GitError(.configuration, action: "use \(url)", reason: reason, advice: advice)
    }
    switch (location, credentials) {
    case (_, .none): break
    case (.http, .sshKey):
      throw refuse("an SSH key does not fit an http URL", "use an ssh:// URL or a token")
    case (.ssh, .token), (.ssh, .basic), (.ssh, .clientCertificate):
      throw refuse("only an SSH key fits an ssh URL", "use an https:// URL or an SSH key")
    case (.local, _):
      throw refuse("a path needs no credentials", "remove them or use a URL")
    case (.http(_, _, false, _), .clientCertificate):
      throw refuse("a client certificate needs https", "use an https:// URL")
    case (.http, _), (.ssh, _): break
    }
    if case .http(_, let host, false, let userInfo) = location, !isLoopback(host) {
      if userInfo != nil || credentials != .none {
        throw refuse("the secret would travel unencrypted over http", "use an https:// URL")
      }
    }
  }
}

private func isLoopback(_ host: String) -> Bool {
  host == "localhost" || host == "::1" || host.hasPrefix("127.")
}
