internal import FleetModel
internal import Foundation
internal import HTTPTypes
internal import Hub
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import RolloutEngine

/// Finds the operation that a request means and turns every failure into problem details.
struct APIResponder: HTTPResponder {
  let hub: any HubOperations
  /// All addresses of this hub.
  let served: ServedAddresses
  private let routes = APIRoutes.all

  init(hub: any HubOperations, served: ServedAddresses) {
    self.hub = hub
    self.served = served
  }

  @Sendable func respond(to request: Request, context: APIContext) async throws -> Response {
    let path = request.uri.path
    do {
      try checkHost(request, context)
      return try await answer(request, path, context)
    } catch {
      return try problem(error, context.logger).at(path)
    }
  }

  private func answer(_ request: Request, _ path: String, _ context: APIContext) async throws
    -> Response
  {
    let segments = path.split(separator: "/")
    let here = routes.lazy.compactMap { route in route.match(segments).map { (route, $0) } }
    // HEAD is GET without its body.
    let method = request.method == .head ? .get : request.method
    guard let (route, parameters) = here.first(where: { $0.0.method == method }) else {
      let allowed = here.map(\.0.method.rawValue).sorted()
      if allowed.isEmpty {
        throw Problem(
          .notFound, status: 404, title: "Not found", detail: "there is no \(path) here",
          remedy: "the API is under /api/v1")
      }
      throw Problem(
        .methodNotAllowed, status: 405, title: "Method not allowed",
        detail: "\(path) takes \(allowed.joined(separator: ", ")), not \(request.method.rawValue)")
    }
    var query: [String: String] = [:]
    for (name, value) in request.uri.queryParameters {
      guard route.query.contains(String(name)) else {
        let hint = Suggestion.nearest(to: String(name), among: route.query)
        throw Problem(
          .badRequest, status: 400, title: "Unknown parameter",
          detail: "\(path) takes no parameter '\(name)'",
          remedy: hint.map { "did you mean '\($0)'?" })
      }
      query[String(name)] = String(value)
    }
    let call = APICall(
      request: request, context: context, hub: hub, listen: served.all, parameters: parameters,
      query: query)
    let response = try await route.handler(call)
    return request.method == .head ? response.createHeadResponse() : response
  }

  /// Over TCP only requests that name this machine: a page in a browser whose name was made to
  /// resolve to 127.0.0.1 (DNS rebinding) names its own.
  private func checkHost(_ request: Request, _ context: APIContext) throws {
    guard !RequestActor.isLocalSocket(context.channel) else { return }
    var host = request.head.authority ?? ""
    if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") { host = String(host[..<colon]) }
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard HubAddress.http(host: host.lowercased(), port: 0).isLocal else {
      throw Problem(
        .badRequest, status: 421, title: "Misdirected request",
        detail: "this address only answers requests to localhost, not to '\(host)'")
    }
  }

  private func problem(_ error: any Error, _ logger: Logger) -> Problem {
    switch error {
    case let problem as Problem: return problem
    case let refusal as Refusal:
      return Problem(
        .refused, status: 409, title: "Refused", detail: "cannot \(refusal.what): \(refusal.why)",
        remedy: refusal.remedy)
    case let unavailable as HubUnavailable:
      return Problem(
        .notReady, status: 503, title: "Unavailable", detail: unavailable.reason,
        remedy: "try again when the hub's log says that it has recovered")
    default:
      logger.error("request failed", metadata: ["error": "\(error)"])
      return Problem(
        .internal, status: 500, title: "Internal error",
        detail: "the hub could not answer; its log says why")
    }
  }
}

extension Problem {
  /// The answer to a request for `path`.
  fileprivate func at(_ path: String) throws -> Response {
    var problem = self
    problem.instance = path
    return try .json(
      problem, status: .init(code: status), type: "application/problem+json")
  }

  /// An object that does not exist, with the name that was probably meant.
  static func unknown(_ kind: String, _ name: String, among names: [String]) -> Problem {
    let hint = Suggestion.nearest(to: name, among: names)
    return Problem(
      .notFound, status: 404, title: "Not found", detail: "there is no \(kind) '\(name)'",
      remedy: hint.map { "did you mean '\($0)'?" } ?? "`flotilla get \(kind)s` lists them")
  }
}
