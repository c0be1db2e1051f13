internal import Foundation
internal import HTTPTransport
internal import HubAPI

/// Speaks to one hub over its HTTP API.
struct HubClient: Sendable {
  let address: HubAddress
  private let http: HTTPClient
  private let actor: String

  /// A failed exchange, as one line for the user.
  enum Failure: Error, CustomStringConvertible {
    case unreachable(HubAddress, TransportError)
    case problem(Problem)
    case unreadable(HubAddress, String)

    var description: String {
      switch self {
      case .unreachable(let address, let error):
        switch error.reason {
        case .refused, .unknownHost:
          "no hub answers at \(address): start one with `flotilla hub --repo REPOSITORY`, or name "
            + "another with --hub or FLOTILLA_HUB"
        default: "the hub at \(address) does not answer: \(error)"
        }
      case .problem(let problem):
        problem.remedy.map { "\(problem.detail); \($0)" } ?? problem.detail
      case .unreadable(let address, let why):
        "what answers at \(address) is no hub of this version: \(why)"
      }
    }

    var status: ExitStatus {
      if case .problem(let problem) = self, problem.code == .refused { return .refused }
      return .error
    }
  }

  init(_ address: HubAddress) throws {
    self.address = address
    http = try HTTPClient(maximumIdleConnections: 4)
    actor = NSUserName()
  }

  func get<Answer: Decodable>(
    _ path: String, query: [(String, String?)] = [], timeout: Duration = .seconds(60)
  ) async throws -> Answer {
    var request = request(.get, path, query: query)
    request.timeout = timeout
    return try await send(request)
  }

  func post<Answer: Decodable>(_ path: String, _ body: some Encodable) async throws -> Answer {
    var request = request(.post, path)
    request.headers.append(HTTPHeader("Content-Type", "application/json"))
    request.body = try [UInt8](JSONEncoder().encode(body))
    return try await send(request)
  }

  /// What the hub answers, as it is.
  func bytes(_ path: String) async throws -> [UInt8] {
    var request = request(.get, path)
    request.maximumBody = 1 << 30
    return try await body(request)
  }

  /// Events after `sequence` as the hub sends them. Ends only when the connection does.
  func events(after sequence: Int) async throws -> HTTPBodyStream {
    var request = request(.get, "events", query: [("after", String(sequence))])
    request.headers.append(HTTPHeader("Accept", "text/event-stream"))
    request.timeout = .seconds(15)
    // The hub sends a comment line every few seconds; silence means that the connection is dead.
    request.idleTimeout = .seconds(60)
    do {
      let response = try await http.stream(request)
      guard response.status == 200 else {
        var body: [UInt8] = []
        for try await chunk in response.body where body.count < 1 << 20 { body += chunk }
        throw failure(status: response.status, body: body)
      }
      return response.body
    } catch let error as TransportError {
      throw Failure.unreachable(address, error)
    }
  }

  private func request(
    _ method: HTTPRequest.Method, _ path: String, query: [(String, String?)] = []
  )
    -> HTTPRequest
  {
    var connection = ConnectionSettings(proxy: .none)
    let base: String
    switch address {
    case .unix(let socket):
      connection.unixSocket = socket
      base = "http://hub"
    case .http: base = address.description
    }
    let parameters = query.compactMap { name, value in value.map { "\(name)=\(Self.escaped($0))" } }
    let suffix = parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&")
    return HTTPRequest(
      method, "\(base)/api/v1/\(path)\(suffix)",
      headers: [HTTPHeader("Accept", "application/json"), HTTPHeader("X-Flotilla-Actor", actor)],
      connection: connection, timeout: .seconds(60))
  }

  /// One segment of a path or one value of a query.
  static func escaped(_ text: String) -> String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)
    let digits = Array("0123456789ABCDEF")
    return text.utf8.reduce(into: "") { escaped, byte in
      if plain.contains(byte) {
        escaped.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        escaped += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
  }

  private func send<Answer: Decodable>(_ request: HTTPRequest) async throws -> Answer {
    let body = try await body(request)
    do { return try JSONDecoder().decode(Answer.self, from: Data(body)) } catch {
      throw Failure.unreadable(address, "\(error)")
    }
  }

  private func body(_ request: HTTPRequest) async throws -> [UInt8] {
    let response: HTTPResponse
    do { response = try await http.send(request) } catch let error as TransportError {
      throw Failure.unreachable(address, error)
    }
    guard (200..<300).contains(response.status) else {
      throw failure(status: response.status, body: response.body)
    }
    return response.body
  }

  private func failure(status: Int, body: [UInt8]) -> Failure {
    do { return .problem(try JSONDecoder().decode(Problem.self, from: Data(body))) } catch {
      return .unreadable(address, "status \(status) without problem details")
    }
  }
}
