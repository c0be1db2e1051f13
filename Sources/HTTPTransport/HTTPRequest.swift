/// One header line. Names compare without regard to case.
public struct HTTPHeader: Sendable, Hashable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// One HTTP request: what is asked, of whom, and how long it may take.
public struct HTTPRequest: Sendable {
  public enum Method: String, Sendable, Hashable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
  }

  public var method: Method
  /// Absolute `http` or `https` URL, percent-encoded.
  public var url: String
  /// Sent as they are. Credentials belong into ``ConnectionSettings``.
  public var headers: [HTTPHeader]
  public var body: [UInt8]?
  public var connection: ConnectionSettings
  /// For a whole answer: from the call to its last byte. For a streamed one: to its head.
  /// `nil` waits for ever.
  public var timeout: Duration?
  /// A stream that brings no byte for this long is over; `nil` waits for ever. Whole seconds. Costs
  /// a look at the stream every second.
  public var idleTimeout: Duration?
  /// The whole of a stream may take this long; `nil` sets no limit.
  public var streamTimeout: Duration?
  /// Largest body of a whole answer in bytes, after decompression.
  public var maximumBody: Int
  /// Offer gzip. Saves the network and costs processor time.
  public var acceptsCompression: Bool
  /// Requests of different generations share no TLS connection: what waited in vain on one is asked
  /// again in the next, because a connection may be dead that looks open. Counts modulo 8.
  public var generation: Int

  public init(
    _ method: Method, _ url: String, headers: [HTTPHeader] = [], body: [UInt8]? = nil,
    connection: ConnectionSettings = ConnectionSettings(), timeout: Duration? = .seconds(30),
    idleTimeout: Duration? = nil, streamTimeout: Duration? = nil,
    maximumBody: Int = 64 << 20, acceptsCompression: Bool = false,
    generation: Int = 0
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.connection = connection
    self.timeout = timeout
    self.idleTimeout = idleTimeout
    self.streamTimeout = streamTimeout
    self.maximumBody = maximumBody
    self.acceptsCompression = acceptsCompression
    self.generation = generation
  }
}
