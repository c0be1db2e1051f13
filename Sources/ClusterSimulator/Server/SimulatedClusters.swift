internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// Many simulated Kubernetes API servers behind one HTTPS listener (HTTP/1.1 and HTTP/2), each below
/// `/clusters/NAME`.
///
/// They stand in for clusters in demonstrations, fault tests and benchmarks. They never prove anything
/// about Kubernetes: tests against real API servers do that.
public final class SimulatedClusters: Sendable {
  /// Why a simulator cannot start.
  public enum StartError: Error, CustomStringConvertible {
    case invalidName(String)
    case duplicateName(String)
    case listening(host: String, port: Int, reason: String)
    case stopped

    public var description: String {
      switch self {
      case .invalidName(let name):
        "cluster name '\(name)': expected lower-case letters, digits, '-' and '.'"
      case .duplicateName(let name): "cluster name '\(name)' is given twice"
      case .listening(let host, let port, let reason):
        "listening on \(host):\(port): \(reason)"
      case .stopped: "the simulator was stopped before it listened"
      }
    }
  }

  /// `https://127.0.0.1:PORT`.
  public let url: String
  public let port: Int
  /// The certificate authority of the server and of client certificates, PEM.
  public let authority: String
  /// A client certificate of a user who may do everything in every cluster.
  public let administrator: CertificateAndKey
  /// Bearer token of the control endpoint.
  public let controlToken: String
  /// Path of the kubeconfig that was written, if a state directory was given.
  public let kubeconfigPath: String?

  private let clusters: [String: SimulatedCluster]
  /// In the order of the configuration.
  public let names: [String]
  private let issuer: CertificateAuthority
  private let server: Task<Void, Never>

  public subscript(name: String) -> SimulatedCluster? { clusters[name] }

  /// A client certificate of `user` in `groups`, for every cluster of this simulator.
  public func clientCertificate(user: String, groups: [String] = []) throws -> CertificateAndKey {
    try issuer.client(user: user, groups: groups)
  }

  /// The address of one cluster's API server.
  public func url(of cluster: String) -> String { "\(url)/clusters/\(cluster)" }

  /// A kubeconfig with one context per cluster.
  public var kubeconfig: String {
    Kubeconfig.text(
      names.compactMap { name in
        clusters[name].map {
          Kubeconfig.Entry(name: name, server: url(of: name), token: $0.token)
        }
      }, authority: authority)
  }

  /// Starts a simulator and returns when it accepts connections.
  public static func start(_ configuration: SimulatorConfiguration) async throws
    -> SimulatedClusters
  {
    let issuer = try CertificateAuthority()
    let timeline = Timeline()
    let clusters = try makeClusters(configuration, timeline)
    let control =
      String(UInt64.random(in: .min ... .max), radix: 36)
      + String(UInt64.random(in: .min ... .max), radix: 36)
    let responder = SimulatorResponder(
      clusters: clusters, names: configuration.clusters, issuer: issuer, controlToken: control)
    let (port, server) = try await listen(configuration, issuer, responder, timeline)
    do {
      return try SimulatedClusters(
        configuration, port: port, clusters: clusters, issuer: issuer, control: control,
        server: server)
    } catch {
      server.cancel()
      await server.value
      throw error
    }
  }

  /// Stops listening, ends open watches and returns when all is down.
  public func stop() async {
    for cluster in clusters.values { cluster.close() }
    server.cancel()
    await server.value
  }

  /// Returns when the simulator has ended.
  public func wait() async { await server.value }

  private init(
    _ configuration: SimulatorConfiguration, port: Int, clusters: [String: SimulatedCluster],
    issuer: CertificateAuthority, control: String, server: Task<Void, Never>
  ) throws {
    self.port = port
    self.clusters = clusters
    self.issuer = issuer
    self.server = server
    names = configuration.clusters
    let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
    url = "https://\(host):\(port)"
    authority = issuer.certificate
    administrator = try issuer.client(user: "admin", groups: [RequestUser.administrators])
    controlToken = control
    guard let path = configuration.stateDirectory else {
      kubeconfigPath = nil
      return
    }
    let directory = try StateDirectory(path)
    kubeconfigPath = "\(directory.path)/kubeconfig"
    try directory.write(authority, to: "ca.crt")
    try directory.write(administrator.certificate, to: "admin.crt")
    try directory.write(administrator.key, to: "admin.key")
    try directory.write(control + "\n", to: "control.token")
    try directory.write(kubeconfig, to: "kubeconfig")
  }

  private static func makeClusters(_ configuration: SimulatorConfiguration, _ timeline: Timeline)
    throws -> [String: SimulatedCluster]
  {
    var clusters: [String: SimulatedCluster] = [:]
    let pool = ContentPool()
    for name in configuration.clusters {
      guard ObjectValidation.isSubdomain(name) else { throw StartError.invalidName(name) }
      guard clusters[name] == nil else { throw StartError.duplicateName(name) }
      let state = ClusterState(
        pace: configuration.pace, pool: pool,
        random: SeededRandom(seed: configuration.seed, name: name),
        history: configuration.effectiveHistoryLimit, audit: configuration.effectiveAuditLimit)
      clusters[name] = SimulatedCluster(name: name, state: state, timeline: timeline)
    }
    return clusters
  }

  private static func listen(
    _ configuration: SimulatorConfiguration, _ issuer: CertificateAuthority,
    _ responder: SimulatorResponder, _ timeline: Timeline
  ) async throws -> (port: Int, server: Task<Void, Never>) {
    let pair = try issuer.server(names: [configuration.host, "127.0.0.1", "::1", "localhost"])
    var tls = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(pair.certificate.utf8))
        .map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(pair.key.utf8), format: .pem)))
    tls.certificateVerification = .optionalVerification
    tls.trustRoots = .certificates(
      try NIOSSLCertificate.fromPEMBytes(Array(issuer.certificate.utf8)))
    var logger = Logger(label: "cluster-simulator")
    logger.logLevel = .critical
    let (ports, found) = AsyncThrowingStream.makeStream(of: Int.self)
    let application = Application(
      responder: responder,
      server: HTTPServerBuilder { [tls] in try ConnectionChannel(tls: tls, responder: $0) },
      configuration: ApplicationConfiguration(
        address: .hostname(configuration.host, port: configuration.port), serverName: nil,
        backlog: 4096),
      onServerRunning: { found.yield($0.localAddress?.port ?? 0) },
      logger: logger)
    let server = Task {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await timeline.run() }
        do {
          try await application.run()
          found.finish()
        } catch {
          found.finish(
            throwing: StartError.listening(
              host: configuration.host, port: configuration.port, reason: "\(error)"))
        }
        group.cancelAll()
      }
    }
    do {
      for try await port in ports { return (port, server) }
      throw StartError.stopped
    } catch {
      server.cancel()
      await server.value
      throw error
    }
  }
}
