/// An HTTP client for thousands of servers: libcurl on one thread of its own, async in front.
///
/// It keeps connections open and shares them, speaks HTTP/2 where the server does and HTTP/1.1
/// elsewhere, and follows no redirects. One client serves a whole process. It blocks no thread of
/// the cooperative pool. End it with ``shutdown()``.
public final class HTTPClient: Sendable {
  private let loop: TransferLoop

  /// - Parameter maximumIdleConnections: how many open connections are kept for later use; set it
  ///   above the number of servers.
  public init(maximumIdleConnections: Int = 16384) throws {
    loop = try TransferLoop(maximumIdleConnections: maximumIdleConnections)
  }

  deinit { loop.submit(.stop(nil)) }

  /// Sends `request` and reads the whole answer. Throws ``TransportError``, or `CancellationError`
  /// when the task is cancelled. Statuses of 400 and above are answers, not errors.
  public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
    let transfer = Transfer(request, sink: .whole)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        transfer.whole = continuation
        start(transfer)
      }
    } onCancel: {
      loop.submit(.cancel(transfer))
    }
  }

  /// Sends `request` and returns once the head of the answer is there. Throws as ``send(_:)`` does;
  /// the body throws the same when it does not arrive completely.
  ///
  /// - Parameter buffer: how many bytes are read ahead of the reader, about.
  public func stream(_ request: HTTPRequest, buffer: Int = 256 << 10) async throws
    -> HTTPStreamedResponse
  {
    let channel = BodyChannel(limit: buffer)
    let transfer = Transfer(request, sink: .streamed(channel))
    let head = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        transfer.head = continuation
        start(transfer)
      }
    } onCancel: {
      loop.submit(.cancel(transfer))
    }
    return HTTPStreamedResponse(
      head: head, body: HTTPBodyStream(transfer: transfer, channel: channel, loop: loop))
  }

  private func start(_ transfer: Transfer) {
    if !loop.submit(.start(transfer)) {
      transfer.fail(TransportError(server: transfer.server, reason: .shutDown))
    }
  }

  /// Ends all exchanges with ``TransportError/Reason/shutDown``, closes all connections and returns
  /// when the thread has ended. Later requests fail the same way.
  public func shutdown() async {
    await withCheckedContinuation { continuation in
      if !loop.submit(.stop(continuation)) { continuation.resume() }
    }
  }
}
