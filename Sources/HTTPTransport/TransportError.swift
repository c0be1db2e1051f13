/// Why no complete answer came. The description is one line that names the server and never holds a
/// credential.
///
/// A request that the caller cancels throws `CancellationError` instead.
public struct TransportError: Error, Sendable, Hashable, CustomStringConvertible {
  /// How far a request had come.
  public enum Phase: String, Sendable, Hashable {
    case resolving = "resolving its name"
    case connecting = "connecting"
    case handshake = "agreeing on TLS"
    case waiting = "waiting for the answer"
    case receiving = "receiving the answer"
  }

  public enum Reason: Sendable, Hashable {
    case invalidRequest(String)
    case unknownHost(String)
    /// Nobody listens there, or no route leads there.
    case refused(String)
    /// The handshake failed or the certificate is not the expected one.
    case tls(String)
    case proxy(String)
    case timedOut(Phase)
    /// The connection ended before the head of the answer.
    case closed(String)
    /// The connection ended after the head, `received` bytes into the body.
    case cut(received: Int)
    case bodyTooLarge(limit: Int)
    /// It did not answer for some time and is not asked at the moment.
    case resting(String)
    /// The client was shut down.
    case shutDown
    case other(String)
  }

  /// Scheme, host and port, or the path of a socket.
  public let server: String
  public let reason: Reason

  public init(server: String, reason: Reason) {
    self.server = server
    self.reason = reason
  }

  public var description: String { "\(server): \(reason.line)" }

  /// Whether the server cannot have acted on the request, whatever its method.
  public var neverArrived: Bool {
    switch reason {
    case .invalidRequest, .unknownHost, .refused, .tls, .proxy, .resting: true
    case .timedOut(.resolving), .timedOut(.connecting), .timedOut(.handshake): true
    default: false
    }
  }

  /// Whether the same request may succeed later without anybody's doing.
  public var mayPass: Bool {
    switch reason {
    case .invalidRequest, .bodyTooLarge, .shutDown: false
    default: true
    }
  }
}

extension TransportError.Reason {
  /// The reason in words, without the server.
  public var line: String {
    switch self {
    case .invalidRequest(let why): "the request cannot be sent: \(why)"
    case .unknownHost(let why): "the name cannot be resolved: \(why)"
    case .refused(let why): why
    case .tls(let why): "TLS: \(why)"
    case .proxy(let why): "proxy: \(why)"
    case .timedOut(let phase): "timed out while \(phase.rawValue)"
    case .closed(let why): "the connection ended before an answer: \(why)"
    case .cut(let received): "the connection was cut \(received) bytes into the answer"
    case .bodyTooLarge(let limit): "the answer is larger than \(limit) bytes"
    case .resting(let why): why
    case .shutDown: "the HTTP client was shut down"
    case .other(let why): why
    }
  }
}
