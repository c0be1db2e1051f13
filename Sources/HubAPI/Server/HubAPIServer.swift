public import Hub
internal import Hummingbird
public import Logging
internal import NIOCore
public import ServiceLifecycle
internal import Synchronization

/// Serves a hub's API on one or more addresses until it is told to stop.
public struct HubAPIServer: Service {
  /// An address that must not be served.
  public struct AddressRefused: Error, Sendable, CustomStringConvertible {
    public let address: HubAddress
    public var description: String {
      "cannot listen on \(address): without TLS only addresses of this machine are served "
        + "(127.0.0.1, ::1, localhost or a Unix socket)"
    }
  }

  private let hub: any HubOperations
  private let addresses: [HubAddress]
  private let socketGroup: String?
  private let logger: Logger
  private let onReady: @Sendable ([HubAddress]) async -> Void

  /// - Parameters:
  ///   - addresses: at least one; port 0 takes a free one.
  ///   - socketGroup: whose members may connect to a Unix socket, beside this process's user.
  ///   - onReady: called once, when all addresses are being served, with the real ports.
  public init(
    hub: any HubOperations, addresses: [HubAddress], socketGroup: String? = nil, logger: Logger,
    onReady: @escaping @Sendable ([HubAddress]) async -> Void = { _ in }
  ) {
    self.hub = hub
    self.addresses = addresses
    self.socketGroup = socketGroup
    self.logger = logger
    self.onReady = onReady
  }

  /// Throws where an address cannot be served, before anything else is started.
  public static func check(_ addresses: [HubAddress], socketGroup: String? = nil) throws {
    for address in addresses {
      guard address.isLocal else { throw AddressRefused(address: address) }
      if case .unix(let path) = address { try SocketFile.prepare(path, group: socketGroup) }
    }
  }

  /// Throws ``AddressRefused``, or an error whose description says why an address cannot be served.
  public func run() async throws {
    try HubAPIServer.check(addresses, socketGroup: socketGroup)
    let served = ServedAddresses(addresses)
    let responder = APIResponder(hub: hub, served: served)
    let ready = Readiness(served, socketGroup: socketGroup, onReady: onReady)
    var sockets: [String] = []
    defer { for path in sockets { SocketFile.remove(path) } }
    var servers: [any Service] = []
    for (index, address) in addresses.enumerated() {
      let bind: BindAddress
      switch address {
      case .unix(let path):
        sockets.append(path)
        bind = .unixDomainSocket(path: path)
      case .http(let host, let port): bind = .hostname(host, port: port)
      }
      servers.append(
        Application(
          responder: responder,
          configuration: ApplicationConfiguration(address: bind, serverName: "flotilla"),
          onServerRunning: { channel in await ready.running(index, channel, logger) },
          logger: HubAPIServer.quiet(logger)))
    }
    try await ServiceGroup(services: servers, logger: HubAPIServer.quiet(logger)).run()
  }

  /// The frameworks' own messages are of no use to an operator below warnings.
  static func quiet(_ logger: Logger) -> Logger {
    var logger = logger
    logger.logLevel = max(logger.logLevel, .warning)
    return logger
  }
}

/// The addresses of a server; with real ports once it runs.
final class ServedAddresses: Sendable {
  private let addresses: Mutex<[HubAddress]>

  init(_ addresses: [HubAddress]) { self.addresses = Mutex(addresses) }

  var all: [HubAddress] { addresses.withLock { $0 } }

  fileprivate func setPort(_ port: Int, at index: Int) {
    addresses.withLock { addresses in
      if case .http(let host, _) = addresses[index] {
        addresses[index] = .http(host: host, port: port)
      }
    }
  }
}

/// Waits until every address is served.
private actor Readiness {
  private let served: ServedAddresses
  private let socketGroup: String?
  private var waiting: Set<Int>
  private let onReady: @Sendable ([HubAddress]) async -> Void

  init(
    _ served: ServedAddresses, socketGroup: String?,
    onReady: @escaping @Sendable ([HubAddress]) async -> Void
  ) {
    self.served = served
    self.socketGroup = socketGroup
    waiting = Set(served.all.indices)
    self.onReady = onReady
  }

  func running(_ index: Int, _ channel: any Channel, _ logger: Logger) async {
    switch served.all[index] {
    case .unix(let path):
      do { try SocketFile.protect(path, group: socketGroup) } catch { logger.error("\(error)") }
    case .http: served.setPort(channel.localAddress?.port ?? 0, at: index)
    }
    waiting.remove(index)
    if waiting.isEmpty { await onReady(served.all) }
  }
}
