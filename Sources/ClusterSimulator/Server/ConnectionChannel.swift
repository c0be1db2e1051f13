internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP2
internal import NIOHTTPTypesHTTP2
internal import NIOSSL

/// A TLS connection that speaks HTTP/2 or HTTP/1.1, as the client chooses.
///
/// Hummingbird has such a channel, with limits against hostile clients that cannot be changed: two
/// uploads that end in an empty frame one after the other, as libcurl sends them, close the whole
/// connection with ENHANCE_YOUR_CALM. API servers do not do that, so this one raises the limits.
struct ConnectionChannel: ServerChildChannel {
  typealias Streams = NIOHTTP2Handler.AsyncStreamMultiplexer<HTTP1Channel.Value>

  struct Value: ServerChildChannelValue {
    let negotiated: EventLoopFuture<NIONegotiatedHTTPVersion<HTTP1Channel.Value, Streams>>
    let channel: any Channel
  }

  private let context: NIOSSLContext
  private let http: HTTP1Channel

  init(tls: TLSConfiguration, responder: @escaping HTTPChannelHandler.Responder) throws {
    var tls = tls
    tls.applicationProtocols = NIOHTTP2SupportedALPNProtocols
    context = try NIOSSLContext(configuration: tls)
    http = HTTP1Channel(responder: responder)
  }

  private static var limits: NIOHTTP2Handler.Configuration {
    var connection = NIOHTTP2Handler.ConnectionConfiguration()
    // As many streams as Go's server allows.
    connection.initialSettings = [
      HTTP2Setting(parameter: .maxConcurrentStreams, value: 250),
      HTTP2Setting(parameter: .maxHeaderListSize, value: 80 * 1024),
    ]
    connection.maximumSequentialEmptyDataFrames = 1_000_000
    connection.controlFrameRateLimit.maximumCount = 1_000_000
    connection.maximumConnectionGlitches = 1_000_000
    var stream = NIOHTTP2Handler.StreamConfiguration()
    // A client that gives up on a hanging cluster resets all its streams at once.
    stream.streamResetFrameRateLimit.maximumCount = 1_000_000
    stream.streamErrorRateLimit.maximumCount = 1_000_000
    return NIOHTTP2Handler.Configuration(connection: connection, stream: stream)
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    do {
      // Every client certificate passes the handshake; one of another authority is answered 401
      // later, as a real API server does.
      try channel.pipeline.syncOperations.addHandler(
        NIOSSLServerHandler(
          context: context,
          customVerificationCallback: { _, promise in promise.succeed(.certificateVerified) }))
    } catch {
      return channel.eventLoop.makeFailedFuture(error)
    }
    return channel.configureHTTP2AsyncSecureUpgrade { channel in
      http.setup(channel: channel, logger: logger)
    } http2ConnectionInitializer: { channel in
      channel.configureAsyncHTTP2Pipeline(mode: .server, configuration: Self.limits) { stream in
        stream.eventLoop.makeCompletedFuture {
          try stream.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTPServerCodec())
          return try HTTP1Channel.Value(wrappingChannelSynchronously: stream)
        }
      }
    }.map { Value(negotiated: $0, channel: channel) }
  }

  func handle(value: Value, logger: Logger) async {
    do {
      switch try await value.negotiated.get() {
      case .http1_1(let connection): await http.handle(value: connection, logger: logger)
      case .http2(let streams):
        try await withThrowingDiscardingTaskGroup { group in
          for try await stream in streams.inbound {
            group.addTask { await http.handle(value: stream, logger: logger) }
          }
        }
      }
    } catch {
      logger.debug("connection ended: \(error)")
    }
  }
}
