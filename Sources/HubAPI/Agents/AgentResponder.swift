internal import Delivery
internal import Foundation
internal import HTTPTypes
internal import Hub
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOSSL
internal import ServiceLifecycle

/// Answers agents. What fails is said to the agent in one line, which it shows to whoever runs it.
struct AgentResponder: HTTPResponder {
  let gate: AgentGate
  let logger: Logger

  /// A certificate request and a token are small.
  private static let largestRequest = 16 << 10

  @Sendable func respond(to request: Request, context: APIContext) async throws -> Response {
    do { return try await answer(request, context) } catch let refusal as AgentRefusal {
      return problem(refusal.status, refusal.description)
    } catch is NIOTooManyBytesError {
      return problem(.contentTooLarge, "what the agent sends is too large")
    } catch is DecodingError {
      return problem(.badRequest, "what the agent sends is malformed")
    } catch {
      logger.error("request of an agent failed", metadata: ["error": "\(error)"])
      return problem(.internalServerError, "the hub could not answer; its log says why")
    }
  }

  private func answer(_ request: Request, _ context: APIContext) async throws -> Response {
    switch (request.method, request.uri.path) {
    case (.get, AgentEndpoint.authority):
      return Response(
        status: .ok, headers: [.contentType: "application/x-pem-file"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: gate.authorityCertificate)))
    case (.post, AgentEndpoint.join):
      let join = try await body(JoinRequest.self, of: request)
      let address = context.channel.remoteAddress?.ipAddress ?? "unknown address"
      let version = request.header(AgentEndpoint.versionHeader) ?? "of an unknown version"
      return try .json(
        try await gate.join(join, origin: "\(address), flotilla \(version.prefix(40))"))
    case (.post, AgentEndpoint.renewal):
      let name = try await identify(request, context)
      let renewal = try await body(RenewalRequest.self, of: request)
      return try .json(try await gate.renew(renewal, for: name))
    case (.get, AgentEndpoint.orders):
      return try await orders(request, context)
    case (.post, AgentEndpoint.replies):
      let name = try await identify(request, context)
      let bytes = try await request.body.collect(upTo: AgentEndpoint.largestReply)
      try await gate.take(
        try OrderReply(decoding: Array(buffer: bytes)),
        session: request.header(AgentEndpoint.sessionHeader) ?? "", from: name)
      return Response(status: .noContent)
    default: return problem(.notFound, "there is no \(request.uri.path) here")
    }
  }

  /// The agent that this connection's certificate names. The TLS layer has verified it.
  private func identify(_ request: Request, _ context: APIContext) async throws -> AgentName {
    guard let certificate = try await context.channel.nioSSL_peerCertificate().get() else {
      throw AgentRefusal.noCertificate
    }
    return try await gate.identify(
      certificate: try certificate.toDERBytes(),
      cluster: request.header(AgentEndpoint.clusterHeader) ?? "")
  }

  private func body<Document: Decodable>(
    _: Document.Type, of request: Request
  ) async throws -> Document {
    let bytes = try await request.body.collect(upTo: AgentResponder.largestRequest)
    return try JSONDecoder().decode(Document.self, from: Data(bytes.readableBytesView))
  }

  private func orders(_ request: Request, _ context: APIContext) async throws -> Response {
    let name = try await identify(request, context)
    let session = try await gate.begin(
      name, instance: request.header(AgentEndpoint.instanceHeader) ?? "",
      version: request.header(AgentEndpoint.versionHeader) ?? "unknown",
      language: request.header(AgentEndpoint.protocolHeader).flatMap { Int($0) } ?? 0)
    let keeper = Task { [gate] in await gate.keep(session, of: name) }
    // The stream says little: that its reader is gone shows here first.
    context.channel.closeFuture.whenComplete { [gate] _ in
      Task { await gate.end(session) }
    }
    var headers: HTTPFields = [.contentType: "application/x-ndjson", .cacheControl: "no-store"]
    if let header = HTTPField.Name(AgentEndpoint.sessionHeader) { headers[header] = session.id }
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { [gate] writer in
        do {
          // Written only as fast as the agent reads: the next order is written out after the last
          // byte of this one is on its way.
          for await (number, order) in session.orders.cancelOnGracefulShutdown() {
            for piece in try order.pieces(number: number) {
              try await writer.write(ByteBuffer(bytes: piece))
            }
          }
          try await writer.finish(nil)
        } catch {
          keeper.cancel()
          await gate.end(session)
          throw error
        }
        keeper.cancel()
        await gate.end(session)
      })
  }

  private func problem(_ status: HTTPResponse.Status, _ detail: String) -> Response {
    // A text in an object: nothing that could fail to encode.
    (try? .json(AgentProblem(detail: detail), status: status)) ?? Response(status: status)
  }
}

extension Request {
  fileprivate func header(_ name: String) -> String? {
    HTTPField.Name(name).flatMap { headers[$0] }
  }
}

extension AgentRefusal {
  fileprivate var status: HTTPResponse.Status {
    switch kind {
    case .malformed: .badRequest
    case .forbidden: .forbidden
    case .superseded: .conflict
    case .otherVersion: .upgradeRequired
    case .streamEnded: .gone
    case .unavailable: .serviceUnavailable
    }
  }
}
