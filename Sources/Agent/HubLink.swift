internal import Delivery
internal import Foundation
internal import HTTPTransport

/// The hub's listener, as one identity speaks to it.
struct HubLink: Sendable {
  let hub: String
  let http: HTTPClient
  let identity: Identity
  /// Names this run of the agent.
  let instance: String
  let version: String

  /// The hub said no.
  struct Refusal: Error, CustomStringConvertible {
    let status: Int
    let description: String

    /// Whether asking again brings nothing before somebody has done something.
    var isFinal: Bool { status == 400 || status == 403 }
  }

  func join(_ request: JoinRequest) async throws -> JoinAnswer {
    try await post(AgentEndpoint.join, JSONEncoder().encode(request))
  }

  func renew(_ request: RenewalRequest) async throws -> JoinAnswer {
    try await post(AgentEndpoint.renewal, JSONEncoder().encode(request))
  }

  private func post(_ path: String, _ body: Data) async throws -> JoinAnswer {
    let answer = try await http.send(request(.post, path, body: [UInt8](body)))
    guard answer.status == 200 else { throw HubLink.refusal(answer.status, answer.body) }
    do { return try JSONDecoder().decode(JoinAnswer.self, from: Data(answer.body)) } catch {
      throw Refusal(status: 502, description: "what answers at \(hub) is no hub of this version")
    }
  }

  /// The name of the stream, and its bytes.
  func orders() async throws -> (session: String, bytes: HTTPBodyStream) {
    var request = request(.get, AgentEndpoint.orders)
    request.timeout = .seconds(20)
    // The hub asks for a sign of life every few seconds.
    request.idleTimeout = .seconds(60)
    let answer = try await http.stream(request)
    guard answer.status == 200 else {
      var body: [UInt8] = []
      for try await chunk in answer.body where body.count < 1 << 16 { body += chunk }
      throw HubLink.refusal(answer.status, body)
    }
    return (answer.head[AgentEndpoint.sessionHeader] ?? "", answer.body)
  }

  /// Hands a reply over. Throws where it did not arrive, or is no longer wanted.
  func reply(_ reply: [UInt8], session: String) async throws {
    var request = request(.post, AgentEndpoint.replies, body: reply)
    request.headers.append(HTTPHeader(AgentEndpoint.sessionHeader, session))
    let answer = try await http.send(request)
    guard answer.status == 204 else { throw HubLink.refusal(answer.status, answer.body) }
  }

  private func request(
    _ method: HTTPRequest.Method, _ path: String, body: [UInt8]? = nil
  ) -> HTTPRequest {
    HTTPRequest(
      method, hub + path,
      headers: [
        HTTPHeader("Content-Type", "application/json"),
        HTTPHeader(AgentEndpoint.clusterHeader, identity.cluster ?? ""),
        HTTPHeader(AgentEndpoint.instanceHeader, instance),
        HTTPHeader(AgentEndpoint.versionHeader, version),
        HTTPHeader(AgentEndpoint.protocolHeader, "\(Order.protocolVersion)"),
      ], body: body, connection: identity.connection, timeout: .seconds(30))
  }

  static func refusal(_ status: Int, _ body: [UInt8]) -> Refusal {
    // Whatever else answers there has no such document.
    let problem = try? JSONDecoder().decode(AgentProblem.self, from: Data(body))
    return Refusal(
      status: status, description: problem?.detail ?? "the hub answers with status \(status)")
  }
}
