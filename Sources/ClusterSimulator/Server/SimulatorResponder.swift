internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOSSL

/// What a request needs to know of its connection.
struct ConnectionContext: InitializableFromSource {
  let channel: any Channel

  init(source: ApplicationRequestContextSource) { channel = source.channel }

  /// The client certificate of the connection, DER.
  func clientCertificate() async -> [UInt8]? {
    // An HTTP/2 stream is a channel of its own inside the connection's.
    let connection = channel.parent?.parent == nil ? channel : channel.parent ?? channel
    do {
      return try await connection.nioSSL_peerCertificate().get()?.toDERBytes()
    } catch {
      return nil  // Without a TLS handler there is no certificate.
    }
  }
}

/// Breaks an answer off in its middle, on purpose.
struct DeliberateBreak: Error {}

/// Turns HTTP into cluster requests and back.
struct SimulatorResponder: HTTPResponder {
  typealias Context = ConnectionContext

  let clusters: [String: SimulatedCluster]
  let names: [String]
  let issuer: CertificateAuthority
  let controlToken: String

  /// The largest body that is read, as with real API servers.
  static let bodyLimit = 3 * 1024 * 1024

  func respond(to request: Request, context: ConnectionContext) async throws -> Response {
    let target = request.head.path ?? "/"
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = (parts.first ?? "").split(separator: "/").map { PercentEncoding.decode($0) }
    guard path.count >= 2, path[0] == "clusters", let cluster = clusters[path[1]] else {
      if path.first == "control" {
        return try await control(request, path: Array(path.dropFirst()))
      }
      return response(.unknownPath)
    }
    let body: [UInt8]
    do {
      body = Array(buffer: try await request.body.collect(upTo: Self.bodyLimit))
    } catch {
      return response(
        .error(
          APIError(
            code: 413, reason: "RequestEntityTooLarge",
            message: "Request entity too large: limit is \(Self.bodyLimit)")))
    }
    var inner = ClusterRequest(
      method: request.method.rawValue, path: Array(path.dropFirst(2)),
      query: parts.count > 1 ? PercentEncoding.query(parts[1]) : [:])
    inner.contentType = request.headers[.contentType] ?? ""
    inner.accept = request.headers[values: .accept].joined(separator: ",")
    inner.userAgent = request.headers[.userAgent] ?? ""
    inner.authorization = request.headers[.authorization]
    if let name = HTTPField.Name("Impersonate-User") {
      inner.impersonatedUser = request.headers[name]
    }
    if let name = HTTPField.Name("Impersonate-Group") {
      inner.impersonatedGroups = request.headers[values: name]
    }
    inner.body = body
    if inner.authorization == nil, let der = await context.clientCertificate() {
      inner.certificate = issuer.identify(der: der)
    }
    switch await cluster.respond(to: inner) {
    case .refuse:
      context.channel.close(promise: nil)
      throw DeliberateBreak()
    case .answer(.lines(let lines, let end), let isCut):
      // A watch ends as soon as its client is gone.
      context.channel.closeFuture.whenComplete { _ in end() }
      return watch(lines, cluster, isCut: isCut)
    case .answer(let answer, false): return response(answer)
    case .answer(let answer, true): return cut(response(answer), answer)
    }
  }

  func response(_ answer: ClusterAnswer) -> Response {
    guard case .complete(let status, let type, let body, let retryAfter) = answer else {
      return Response(status: .ok)
    }
    var headers = HTTPFields()
    headers[.contentType] = type
    if let retryAfter { headers[.retryAfter] = String(retryAfter) }
    return Response(
      status: HTTPResponse.Status(code: status), headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
  }

  /// Announces the whole body and sends half of it.
  private func cut(_ whole: Response, _ answer: ClusterAnswer) -> Response {
    guard case .complete(_, _, let body, _) = answer else { return whole }
    return Response(
      status: whole.status, headers: whole.headers,
      body: ResponseBody(contentLength: body.count) { writer in
        try await writer.write(ByteBuffer(bytes: body.prefix(body.count / 2)))
        throw DeliberateBreak()
      })
  }

  private func watch(
    _ lines: AsyncStream<[UInt8]>, _ cluster: SimulatedCluster, isCut: Bool
  ) -> Response {
    var headers = HTTPFields()
    headers[.contentType] = "application/json"
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        for await chunk in lines {
          guard await cluster.becomesReachable() else { throw DeliberateBreak() }
          if isCut {
            try await writer.write(ByteBuffer(bytes: chunk.prefix(chunk.count / 2)))
            throw DeliberateBreak()
          }
          try await writer.write(ByteBuffer(bytes: chunk))
        }
        guard await cluster.becomesReachable() else { throw DeliberateBreak() }
        try await writer.finish(nil)
      })
  }
}
