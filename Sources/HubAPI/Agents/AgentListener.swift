public import Hub
internal import Hummingbird
internal import HummingbirdCore
public import Logging
internal import NIOCore
internal import NIOSSL
public import ServiceLifecycle
internal import Synchronization

/// Where agents dial the hub: TLS 1.3 with a certificate of the hub's own authority, which also
/// verifies the agents'. HTTP/1.1, so that a slow reader of one stream holds up nothing else.
public struct AgentListener: Service {
  private let gate: AgentGate
  private let host: String
  private let port: Int
  private let logger: Logger
  private let onReady: @Sendable (Int) async -> Void

  /// - Parameters:
  ///   - port: 0 takes a free one.
  ///   - onReady: called once, with the real port.
  public init(
    gate: AgentGate, host: String, port: Int, logger: Logger,
    onReady: @escaping @Sendable (Int) async -> Void = { _ in }
  ) {
    self.gate = gate
    self.host = host
    self.port = port
    self.logger = logger
    self.onReady = onReady
  }

  public func run() async throws {
    let secrets = ListenerSecrets(gate)
    // What cannot be made is an error now, not at the first connection.
    _ = try secrets.context()
    try await Application(
      responder: AgentResponder(gate: gate, logger: logger),
      server: HTTPServerBuilder { responder in
        AgentConnection(secrets: secrets, http: HTTP1Channel(responder: responder))
      },
      configuration: ApplicationConfiguration(
        address: .hostname(host, port: port), serverName: "flotilla", backlog: 4096),
      onServerRunning: { await onReady($0.localAddress?.port ?? 0) },
      logger: HubAPIServer.quiet(logger)
    ).run()
  }
}

/// One connection: TLS with the listener's present certificate, then HTTP/1.1.
private struct AgentConnection: ServerChildChannel {
  let secrets: ListenerSecrets
  let http: HTTP1Channel

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
    channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(
        NIOSSLServerHandler(context: secrets.context()))
    }.flatMap { http.setup(channel: channel, logger: logger) }
  }

  func handle(value: HTTP1Channel.Value, logger: Logger) async {
    await http.handle(value: value, logger: logger)
  }
}

/// The listener's certificate and key, in memory only and made anew in time.
private final class ListenerSecrets: Sendable {
  private struct Present {
    let context: NIOSSLContext
    let until: ContinuousClock.Instant
  }

  private let gate: AgentGate
  private let present = Mutex<Present?>(nil)

  init(_ gate: AgentGate) { self.gate = gate }

  func context() throws -> NIOSSLContext {
    try present.withLock { present in
      if let present, present.until > .now { return present.context }
      let identity = try gate.serverIdentity()
      var tls = TLSConfiguration.makeServerConfiguration(
        certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(identity.certificate.utf8))
          .map { .certificate($0) },
        privateKey: .privateKey(
          try NIOSSLPrivateKey(bytes: Array(identity.key.utf8), format: .pem)))
      tls.minimumTLSVersion = .tlsv13
      // Who joins has none yet; one that is shown must be of this hub's authority.
      tls.certificateVerification = .optionalVerification
      tls.trustRoots = .certificates(
        try NIOSSLCertificate.fromPEMBytes(Array(gate.authorityCertificate.utf8)))
      let context = try NIOSSLContext(configuration: tls)
      present = Present(context: context, until: .now + identity.goodFor)
      return context
    }
  }
}
