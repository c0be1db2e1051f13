/// Status and headers of an answer.
public struct HTTPResponseHead: Sendable {
  public let status: Int
  public let headers: [HTTPHeader]

  public init(status: Int, headers: [HTTPHeader]) {
    self.status = status
    self.headers = headers
  }

  /// The first header of that name, whatever its case.
  public subscript(header: String) -> String? {
    let wanted = header.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }
}

/// A whole answer.
public struct HTTPResponse: Sendable {
  public let head: HTTPResponseHead
  public let body: [UInt8]

  public var status: Int { head.status }

  public init(head: HTTPResponseHead, body: [UInt8]) {
    self.head = head
    self.body = body
  }
}

/// An answer whose body is still coming.
public struct HTTPStreamedResponse: Sendable {
  public let head: HTTPResponseHead
  public let body: HTTPBodyStream

  public var status: Int { head.status }
}
