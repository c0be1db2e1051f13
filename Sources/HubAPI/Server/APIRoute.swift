internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// One operation of the API.
struct APIRoute: Sendable {
  let method: HTTPRequest.Method
  /// Segments; `{name}` stands for any one.
  let path: [String]
  /// The query parameters that it knows.
  let query: Set<String>
  let handler: @Sendable (APICall) async throws -> Response

  init(
    _ method: HTTPRequest.Method, _ path: String, query: Set<String> = [],
    _ handler: @escaping @Sendable (APICall) async throws -> Response
  ) {
    self.method = method
    self.path = path.split(separator: "/").map(String.init)
    self.query = query
    self.handler = handler
  }

  /// The open segments of a path, percent-decoded; `nil` when the path is another's.
  func match(_ segments: [Substring]) -> [String: String]? {
    guard segments.count == path.count else { return nil }
    var parameters: [String: String] = [:]
    for (wanted, segment) in zip(path, segments) {
      if wanted.hasPrefix("{") {
        guard let value = segment.removingPercentEncoding else { return nil }
        parameters[String(wanted.dropFirst().dropLast())] = value
      } else if wanted != segment {
        return nil
      }
    }
    return parameters
  }
}
