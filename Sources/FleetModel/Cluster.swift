/// A registered Kubernetes cluster: how to reach it and what sets it apart.
public struct Cluster: Sendable, Hashable, Codable {
  public var name: String
  public var labels: [String: String]
  /// The API server's base URL; `nil` takes it from the kubeconfig.
  public var server: String?
  /// Who signed the server's certificate; `nil` takes it from the kubeconfig, else the system.
  public var ca: CertificateAuthority?
  /// The name to expect in the server's certificate where it differs from the URL's host.
  public var tlsServerName: String?
  /// `http://`, `https://` or `socks5://` URL of a proxy.
  public var proxy: String?
  public var credentials: Credentials
  /// Values for `${name}` in overlays of apps that substitute.
  public var variables: [String: String]
  /// Clusters of one failure domain share limits and are spread over a wave.
  public var failureDomain: String?
  public var delivery: DeliveryMode

  public init(
    name: String, labels: [String: String] = [:], server: String? = nil,
    ca: CertificateAuthority? = nil, tlsServerName: String? = nil, proxy: String? = nil,
    credentials: Credentials = .none, variables: [String: String] = [:],
    failureDomain: String? = nil, delivery: DeliveryMode = .push
  ) {
    self.name = name
    self.labels = labels
    self.server = server
    self.ca = ca
    self.tlsServerName = tlsServerName
    self.proxy = proxy
    self.credentials = credentials
    self.variables = variables
    self.failureDomain = failureDomain
    self.delivery = delivery
  }
}

/// Certificates that sign API servers' certificates.
public enum CertificateAuthority: Sendable, Hashable, Codable {
  /// A PEM file; relative to the hub's credentials directory.
  case file(String)
  /// PEM text. A certificate is no secret, so it may stand in Git.
  case pem(String)
}

/// Where the hub finds what it needs to sign in to a cluster. Always a reference, never a value:
/// relative paths count from the hub's credentials directory, never from the repository.
public enum Credentials: Sendable, Hashable, Codable {
  case none
  /// `context` `nil` is the kubeconfig's current context.
  case kubeconfig(file: String, context: String?)
  case tokenFile(String)
  case clientCertificate(certificateFile: String, keyFile: String)
  case exec(ExecCredential)
  /// The name of an environment variable of the hub that holds a bearer token.
  case environmentVariable(String)
}

/// A program that prints an ExecCredential, as in a kubeconfig.
public struct ExecCredential: Sendable, Hashable, Codable {
  public var apiVersion: String
  public var command: String
  public var arguments: [String]
  public var environment: [String: String]

  public init(
    apiVersion: String, command: String, arguments: [String] = [],
    environment: [String: String] = [:]
  ) {
    self.apiVersion = apiVersion
    self.command = command
    self.arguments = arguments
    self.environment = environment
  }
}

/// How target states reach a cluster.
public enum DeliveryMode: Sendable, Hashable, Codable {
  case push
  /// An agent in or near the cluster fetches them from the hub and reports back.
  case agent
  /// Written to a folder for air-gapped transfer.
  case directory(path: String)
}
