internal import HTTPTransport
internal import Manifests

extension KubernetesClient {
  /// Sends a call, again where that is right, and reads the object of the answer.
  func send(_ call: Call) async throws -> Node {
    try await exchange(call).object
  }

  /// Sends a call and reads status and object of the answer.
  func exchange(_ call: Call) async throws -> (status: Int, object: Node) {
    try await exchange(call) { head, body in (head.status, try read(head, body, of: call)) }
  }

  /// Sends a call, again where that is right, and reads the answer.
  func exchange<Answer>(
    _ call: Call, _ read: (HTTPResponseHead, [UInt8]) throws -> Answer
  ) async throws -> Answer {
    let body = call.body.map { JSON.serialize($0) }
    var failures = 0
    while true {
      do {
        return try await attempt(call, body: body, read)
      } catch let error as KubernetesError {
        failures += 1
        guard error.isTransient, mayRepeat(call, after: error),
          let pause = retry.pause(
            afterFailure: failures, answered: !error.isUnreachable,
            retryAfter: error.api?.retryAfter)
        else { throw error }
        try await retry.sleep(pause)
      }
    }
  }

  private func mayRepeat(_ call: Call, after error: KubernetesError) -> Bool {
    // A server that rests does so for longer than anybody waits here.
    if case .unreachable(let transport) = error.reason, case .resting = transport.reason {
      return false
    }
    return switch call.repetition {
    case .safe: true
    case .onlyIfNotExecuted:
      switch error.reason {
      case .unreachable(let transport): transport.neverArrived
      case .refused(let api): api.code == 429
      default: false
      }
    }
  }

  private func attempt<Answer>(
    _ call: Call, body: [UInt8]?, _ read: (HTTPResponseHead, [UInt8]) throws -> Answer
  ) async throws -> Answer {
    var response = try await send(call, body)
    if response.answer.status == 401, await access.refused(response.settings) {
      // What the exec plugin gave was withdrawn before its time.
      response = try await send(call, body)
    }
    return try read(response.answer.head, response.answer.body)
  }

  private func send(
    _ call: Call, _ body: [UInt8]?
  ) async throws -> (answer: HTTPResponse, settings: ConnectionSettings) {
    var request = try await makeRequest(call, body: body)
    request.timeout = timeout
    let answer = try await guarded(call, request.generation) { try await http.send(request) }
    return (answer, request.connection)
  }

  /// Asks the server, unless it did not answer for some time and rests.
  func guarded<Answer>(
    _ call: Call, _ generation: Int, _ ask: () async throws -> Answer
  ) async throws -> Answer {
    do {
      try breaker.admit(to: access.server)
    } catch {
      throw failure(call.action, .unreachable(error))
    }
    do {
      let answer = try await ask()
      breaker.succeeded()
      return answer
    } catch let error as TransportError {
      generations.failed(error, generation)
      if error.mayPass { breaker.failed(error) } else { breaker.abandoned() }
      throw failure(call.action, .unreachable(error))
    } catch {
      breaker.abandoned()
      throw error
    }
  }

  /// The object of a whole answer; throws for statuses that are no success.
  func read(_ head: HTTPResponseHead, _ body: [UInt8], of call: Call) throws -> Node {
    try requireSuccess(head, body, of: call)
    return try object(body, of: call)
  }

  /// Throws what the server says unless its status is a success.
  func requireSuccess(_ head: HTTPResponseHead, _ body: [UInt8], of call: Call) throws {
    guard (200..<300).contains(head.status) else {
      // What is no JSON is shown as text.
      let status = try? JSON.parse(body)
      let error = APIError(
        code: head.status, status: status, fallback: body, retryAfterHeader: head["Retry-After"])
      throw failure(call.action, .refused(call.isConfidential ? error.redacted : error))
    }
  }

  func object(_ body: [UInt8], of call: Call) throws -> Node {
    do {
      return try JSON.parse(body)
    } catch {
      throw failure(call.action, .malformed("\(error)"))
    }
  }

  func makeRequest(_ call: Call, body: [UInt8]?) async throws -> HTTPRequest {
    let connection: ConnectionSettings
    do {
      connection = try await access.connection()
    } catch {
      breaker.wasNotAsked("\(error)")
      throw failure(call.action, .credentials(error))
    }
    var headers = [
      HTTPHeader("Accept", call.accept), HTTPHeader("User-Agent", KubernetesClient.fieldManager),
    ]
    headers += impersonation?.headers ?? []
    if body != nil { headers.append(HTTPHeader("Content-Type", call.contentType)) }
    return HTTPRequest(
      call.method, access.server + call.target, headers: headers, body: body,
      connection: connection, acceptsCompression: call.acceptsCompression,
      generation: generations.current)
  }

  func failure(_ action: String, _ reason: KubernetesError.Reason) -> KubernetesError {
    KubernetesError(cluster: cluster, action: action, reason: reason)
  }
}
