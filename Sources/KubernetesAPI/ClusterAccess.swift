public import FleetModel
public import HTTPTransport
internal import Manifests

/// Why a cluster's connection data cannot be used; one line with file and what to do.
public struct ClusterAccessError: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

/// How the API server of one cluster is reached: everything that Cluster, kubeconfig and credential
/// files say, resolved.
///
/// Tokens, certificates and keys that come from files are read again when the files change, so that
/// rotation needs no restart.
public struct ClusterAccess: Sendable {
  /// Base URL without a slash at its end.
  public let server: String
  /// Whether the server's certificate is not verified; only by explicit permission.
  public let isInsecure: Bool
  /// In whose name requests are made, where that is not who signs in.
  public let impersonation: Impersonation?
  private let kubeconfig: (path: String, stamp: FileStamp)?
  private let trust: TrustSource
  private let identity: IdentitySource?
  private let token: TokenSource?
  private let basic: (user: String, password: Secret)?
  private let plugin: ExecPlugin?
  private let tlsServerName: String?
  private let proxy: ConnectionSettings.Proxy

  enum TrustSource: Sendable {
    case system
    case pem([UInt8])
    case file(CredentialFile)
    case anyone
  }

  struct IdentitySource: Sendable {
    let certificate: CredentialFile
    let key: CredentialFile
    let reader: ClientCertificateReader

    init(certificate: CredentialFile, key: CredentialFile) {
      self.certificate = certificate
      self.key = key
      reader = ClientCertificateReader(certificate)
    }
  }

  enum TokenSource: Sendable {
    case value(Secret)
    case file(CredentialFile)
  }

  /// Access with settings at hand: for the simulator and tests.
  public init(
    server: String, authorities: [UInt8]? = nil, bearerToken: Secret? = nil,
    proxy: ConnectionSettings.Proxy = .environment
  ) {
    self.server = ClusterAccess.withoutSlash(server)
    isInsecure = false
    impersonation = nil
    kubeconfig = nil
    trust = authorities.map { .pem($0) } ?? .system
    identity = nil
    token = bearerToken.map { .value($0) }
    basic = nil
    plugin = nil
    tlsServerName = nil
    self.proxy = proxy
  }

  /// Resolves the connection data of a registered cluster.
  ///
  /// - Parameters:
  ///   - credentialsDirectory: where relative paths of the Cluster count from. Those inside a
  ///     kubeconfig count from the kubeconfig's own directory.
  ///   - environment: for credentials that stand in an environment variable.
  ///   - allowInsecure: whether a kubeconfig may switch off the check of the server's certificate.
  public init(
    of cluster: Cluster, credentialsDirectory: String, environment: [String: String],
    allowInsecure: Bool = false
  ) throws(ClusterAccessError) {
    var entry = KubeconfigEntry()
    var token: TokenSource?
    var identity: IdentitySource?
    func file(_ path: String) -> CredentialFile {
      CredentialFile(path: FilePath.resolve(path, in: credentialsDirectory))
    }
    switch cluster.credentials {
    case .none: break
    case .kubeconfig(let path, let context):
      entry = try KubeconfigEntry(
        file: FilePath.resolve(path, in: credentialsDirectory), context: context)
      token = entry.token
      identity = entry.identity
    case .tokenFile(let path): token = .file(file(path))
    case .clientCertificate(let certificate, let key):
      identity = IdentitySource(certificate: file(certificate), key: file(key))
    case .exec(let exec):
      throw ClusterAccessError(
        "cluster \(cluster.name): the program '\(exec.command)' is named in Git, and whoever writes"
          + " there must not run programs on the hub; name it in a kubeconfig of the credentials"
          + " directory")
    case .environmentVariable(let name):
      guard let value = environment[name], !value.isEmpty else {
        throw ClusterAccessError(
          "cluster \(cluster.name): environment variable \(name) is not set;"
            + " it must hold the cluster's bearer token")
      }
      token = .value(Secret(value))
    }
    if entry.skipsVerification, cluster.ca == nil, !allowInsecure {
      throw ClusterAccessError(
        "cluster \(cluster.name): \(entry.origin) sets insecure-skip-tls-verify, which lets anybody"
          + " on the wire act as the cluster; give the certificate authority instead, or start the"
          + " hub with --allow-insecure-tls")
    }
    guard let server = cluster.server ?? entry.server else {
      throw ClusterAccessError(
        "cluster \(cluster.name): no server is given; set spec.server or use a kubeconfig")
    }
    switch cluster.ca {
    case .file(let path): trust = .file(file(path))
    case .pem(let text): trust = .pem(Array(text.utf8))
    case nil: trust = entry.skipsVerification ? .anyone : entry.trust
    }
    self.server = ClusterAccess.withoutSlash(server)
    isInsecure = entry.skipsVerification && cluster.ca == nil
    self.token = token
    self.identity = identity
    basic = entry.basic
    plugin = entry.plugin
    impersonation = entry.impersonation
    kubeconfig = entry.stamp.map { (entry.origin, $0) }
    tlsServerName = cluster.tlsServerName ?? entry.tlsServerName
    proxy = (cluster.proxy ?? entry.proxy).map { .url($0) } ?? .environment
    // What cannot be read now is an error now, not at the first request.
    _ = try settings()
  }

  private static func withoutSlash(_ server: String) -> String {
    var server = server
    while server.hasSuffix("/") { server.removeLast() }
    return server
  }

  /// The settings of this moment. Looks whether files changed, and reads them when they did; runs
  /// the exec plugin when what it gave has expired.
  public func connection() async throws(ClusterAccessError) -> ConnectionSettings {
    var settings = try settings()
    if let plugin {
      let credential = try await ExecCredentials.shared.credential(of: plugin)
      if let identity = credential.identity { settings.clientIdentity = identity }
      if let token = credential.token { settings.authorization = .bearer(token) }
    }
    return settings
  }

  /// The server answered 401 to a request with these settings. Answers whether the next
  /// ``connection()`` may give others.
  func refused(_ settings: ConnectionSettings) async -> Bool {
    guard let plugin else { return false }
    await ExecCredentials.shared.refused(
      where: { credential in
        credential.token.map { settings.authorization == .bearer($0) } ?? true
          && credential.identity.map { settings.clientIdentity == $0 } ?? true
      }, of: plugin)
    return true
  }

  /// When the client certificate of this moment ends; `nil` where there is none.
  public var clientCertificate: ClientCertificate? { identity?.reader.certificate }

  /// Whether the kubeconfig changed since it was read: new access is to be made. One that is gone did
  /// not; what it said holds on.
  public var isOutdated: Bool {
    guard let kubeconfig else { return false }
    // A file that cannot be looked at cannot be read again either.
    return (try? FileStamp(of: kubeconfig.path)).map { $0 != kubeconfig.stamp } ?? false
  }

  /// What files and inline data give.
  private func settings() throws(ClusterAccessError) -> ConnectionSettings {
    var settings = ConnectionSettings(tlsServerName: tlsServerName, proxy: proxy)
    switch trust {
    case .system: settings.trust = .system
    case .pem(let pem): settings.trust = .authorities(pem: pem)
    case .file(let file): settings.trust = .authorities(pem: try file.contents().bytes)
    case .anyone: settings.trust = .anyone
    }
    if let identity {
      settings.clientIdentity = ConnectionSettings.ClientIdentity(
        certificate: try identity.certificate.contents().bytes,
        key: try identity.key.contents())
    }
    switch token {
    case .value(let secret): settings.authorization = .bearer(secret)
    case .file(let file):
      let secret = try file.contents()
      let text = secret.bytes.filter { $0 > 0x20 }
      guard !text.isEmpty else {
        throw ClusterAccessError("\(file.path): is empty; expected a bearer token")
      }
      settings.authorization = .bearer(Secret(text))
    case nil:
      if let basic {
        settings.authorization = .basic(user: basic.user, password: basic.password)
      }
    }
    return settings
  }
}
