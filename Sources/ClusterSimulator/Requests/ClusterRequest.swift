internal import Manifests

/// One HTTP request to one cluster.
struct ClusterRequest: Sendable {
  var method: String
  /// The path inside the cluster, decoded and split.
  var path: [String]
  var query: [String: String]
  var contentType = ""
  var accept = ""
  var userAgent = ""
  var authorization: String?
  var impersonatedUser: String?
  var impersonatedGroups: [String] = []
  /// Who the client certificate names; `nil` without a certificate.
  var certificate: CertificateIdentity?
  var body: [UInt8] = []

  var pathText: String { "/" + path.joined(separator: "/") }

  func flag(_ name: String) -> Bool {
    guard let value = query[name] else { return false }
    return value != "false" && value != "0"
  }

  /// The body as JSON; YAML is not accepted (real servers read it with YAML 1.1 surprises).
  func json() throws -> Node {
    do {
      return try JSON.parse(body)
    } catch {
      throw APIError.badRequest("error decoding the body, which must be JSON: \(error)")
    }
  }
}

/// Who a client certificate names.
enum CertificateIdentity: Sendable, Equatable {
  case known(user: String, groups: [String])
  /// Issued by another authority.
  case foreign
}

/// What a cluster answers.
enum ClusterAnswer: Sendable {
  case complete(status: Int, contentType: String, body: [UInt8], retryAfter: Int?)
  /// A watch: lines as they come, and how to end it from the client's side.
  case lines(AsyncStream<[UInt8]>, end: @Sendable () -> Void)

  static func json(_ node: Node, status: Int = 200) -> ClusterAnswer {
    .complete(
      status: status, contentType: "application/json", body: JSON.serialize(node), retryAfter: nil)
  }

  static func text(_ text: String, status: Int = 200) -> ClusterAnswer {
    .complete(
      status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8),
      retryAfter: nil)
  }

  static func error(_ error: APIError) -> ClusterAnswer {
    .complete(
      status: error.code, contentType: "application/json", body: JSON.serialize(error.node),
      retryAfter: error.retryAfterSeconds)
  }

  /// As the real server answers paths that no handler is registered for.
  static let unknownPath = text("404 page not found\n", status: 404)
}

/// Percent decoding of paths and queries.
enum PercentEncoding {
  static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func query(_ text: some StringProtocol) -> [String: String] {
    var found: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      found[decode(parts[0], plusIsSpace: true)] =
        parts.count > 1 ? decode(parts[1], plusIsSpace: true) : ""
    }
    return found
  }
}
