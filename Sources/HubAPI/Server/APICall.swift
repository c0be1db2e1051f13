internal import Foundation
internal import HTTPTypes
internal import Hub
internal import Hummingbird
internal import NIOCore
internal import RolloutEngine

enum HTTPHeaderName {
  static let actor = HTTPField.Name(RequestActor.header)
  static let lastEventID = HTTPField.Name("Last-Event-ID")
}

/// One request on its way to a handler.
struct APICall: Sendable {
  let request: Request
  let context: APIContext
  let hub: any HubOperations
  let listen: [HubAddress]
  /// Segments of the path that the route leaves open, decoded.
  let parameters: [String: String]
  let query: [String: String]

  /// Bodies of commands are small.
  static let largestBody = 64 << 10

  func parameter(_ name: String) -> String { parameters[name] ?? "" }

  func read<Value: Sendable>(_ body: @Sendable (StateView) throws -> Value) async rethrows -> Value
  {
    let now = hub.now()
    return try await hub.read { try body(StateView(state: $0, now: now)) }
  }

  /// The same with what the hub knows of the lines to `clusters`; `nil` is all of them.
  func read<Value: Sendable>(
    withLinesTo clusters: Set<String>?, _ body: @Sendable (StateView) throws -> Value
  ) async rethrows -> Value {
    let connections = await hub.connections(to: clusters)
    let now = hub.now()
    return try await hub.read {
      try body(StateView(state: $0, now: now, connections: connections))
    }
  }

  func json(_ document: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
    try .json(document, status: status)
  }

  /// The body of a command.
  func body<Document: Decodable>(_: Document.Type) async throws -> Document {
    let type = request.headers[.contentType]?.split(separator: ";").first ?? ""
    guard type.trimmingCharacters(in: .whitespaces).lowercased() == "application/json" else {
      throw Problem(
        .unsupportedMediaType, status: 415, title: "Unsupported media type",
        detail: "a command needs a body of the type application/json",
        remedy: "send the header Content-Type: application/json")
    }
    let buffer = try await boundedBody()
    do {
      return try JSONDecoder().decode(Document.self, from: Data(buffer.readableBytesView))
    } catch {
      throw Problem(
        .badRequest, status: 400, title: "Malformed body",
        detail: "the body is not what this command takes: \(APICall.describe(error))")
    }
  }

  private func boundedBody() async throws -> ByteBuffer {
    let tooLarge = Problem(
      .bodyTooLarge, status: 413, title: "Body too large",
      detail: "a command has a body of at most \(APICall.largestBody) bytes")
    if let length = request.headers[.contentLength].flatMap({ Int($0) }),
      length > APICall.largestBody
    {
      throw tooLarge
    }
    do {
      return try await request.body.collect(upTo: APICall.largestBody)
    } catch is NIOTooManyBytesError {
      throw tooLarge
    }
  }

  private static func describe(_ error: any Error) -> String {
    func path(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return path.isEmpty ? "" : "'\(path)': "
    }
    switch error {
    case DecodingError.keyNotFound(let key, _): return "'\(key.stringValue)' is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      return path(context) + context.debugDescription
    case DecodingError.dataCorrupted(let context): return path(context) + context.debugDescription
    default: return "it is no JSON"
    }
  }

  /// Carries `verb` out in the name of whoever sent the request.
  func execute(_ verb: Command.Verb, reason: String) async throws -> Response {
    let events = try await carryOut(verb, reason: reason)
    return try json(CommandResult(events: events.map { EventDocument($0) }))
  }

  /// The same, and answers the events.
  func carryOut(_ verb: Command.Verb, reason: String) async throws -> [RecordedEvent] {
    let reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !reason.isEmpty, reason.utf8.count <= 1024 else {
      throw Problem(
        .badRequest, status: 400, title: "No reason",
        detail: "'reason' must say why, in at most 1024 bytes")
    }
    guard let actor = await RequestActor(of: request, context) else {
      throw Problem(
        .badRequest, status: 400, title: "No actor",
        detail: "over this address a command must say in whose name it is sent",
        remedy: "send the header \(RequestActor.header) with your login name")
    }
    return try await hub.execute(
      Command(verb, actor: actor.name, proof: actor.proof, reason: reason))
  }
}

extension Response {
  static func json(
    _ document: some Encodable, status: HTTPResponse.Status = .ok,
    type: String = "application/json"
  ) throws -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Response(
      status: status, headers: [.contentType: type, .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(document))))
  }
}
