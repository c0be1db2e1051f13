internal import HTTPTransport
public import Manifests

/// One event of a watch.
public enum WatchEvent: Sendable {
  case added(Node)
  case modified(Node)
  case deleted(Node)
  /// Nothing happened up to this version.
  case bookmark(resourceVersion: String)
}

/// The events of one kind after a point in history, in order. Ends by itself when the server closes
/// the watch, as servers do every few minutes; throws ``KubernetesError`` when it breaks, with code
/// 410 when the point in history is no longer known.
public struct WatchSequence: AsyncSequence, Sendable {
  public typealias Element = WatchEvent

  let client: KubernetesClient
  let action: String
  let body: HTTPBodyStream
  let lease: ConnectionGenerations.Lease

  /// Longest event that is read, in bytes.
  static let maximumEvent = 16 << 20

  public struct AsyncIterator: AsyncIteratorProtocol {
    let client: KubernetesClient
    let action: String
    let lease: ConnectionGenerations.Lease
    var chunks: HTTPBodyStream.AsyncIterator
    var buffer: [UInt8] = []
    /// Where the next line begins, and how far it was searched for its end.
    var start = 0
    var searched = 0

    public mutating func next() async throws -> WatchEvent? {
      while true {
        if let line = takeLine() {
          if line.isEmpty { continue }
          return try event(of: line)
        }
        guard buffer.count - start <= WatchSequence.maximumEvent else {
          throw client.failure(action, .malformed("an event of more than 16 MiB"))
        }
        let chunk: [UInt8]?
        do {
          chunk = try await chunks.next()
        } catch let error as TransportError {
          lease.failed(error)
          throw client.failure(action, .unreachable(error))
        }
        guard let chunk else { return nil }
        buffer.removeFirst(start)
        searched -= start
        start = 0
        buffer += chunk
      }
    }

    private mutating func takeLine() -> [UInt8]? {
      guard let end = buffer[searched...].firstIndex(of: 0x0A) else {
        searched = buffer.count
        return nil
      }
      defer {
        start = end + 1
        searched = start
      }
      return Array(buffer[start..<end])
    }

    private func event(of line: [UInt8]) throws -> WatchEvent {
      let event: Node
      do {
        event = try JSON.parse(line)
      } catch {
        throw client.failure(action, .malformed("\(error)"))
      }
      guard let object = event["object"] else {
        throw client.failure(action, .malformed("an event without an object"))
      }
      switch event["type"]?.string {
      case "ADDED": return .added(object)
      case "MODIFIED": return .modified(object)
      case "DELETED": return .deleted(object)
      case "BOOKMARK":
        let version = object.value(at: "metadata", "resourceVersion")?.string ?? ""
        return .bookmark(resourceVersion: version)
      case "ERROR":
        throw client.failure(action, .refused(APIError(code: 500, status: object)))
      default:
        throw client.failure(action, .malformed("an event of an unknown type"))
      }
    }
  }

  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(
      client: client, action: action, lease: lease, chunks: body.makeAsyncIterator())
  }
}

extension KubernetesClient {
  /// Begins to watch objects of a kind from the version of a list on. The server ends the watch
  /// after `duration`; one that it has not ended half a minute later is taken for dead.
  public func watch(
    _ resource: ServedResource, namespace: String? = nil, selector: String? = nil,
    from resourceVersion: String, detail: ObjectDetail = .whole, duration: Duration = .seconds(290)
  ) async throws -> WatchSequence {
    var call = Call(
      .get, resource.collectionPath(namespace: namespace), action: "watch \(resource.plural)")
    call.accept = detail.accept("PartialObjectMetadata")
    call.query = [
      ("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", resourceVersion),
      ("timeoutSeconds", "\(duration.components.seconds)"),
    ]
    if let selector { call.query.append(("labelSelector", selector)) }
    var request = try await makeRequest(call, body: nil)
    request.timeout = timeout
    request.streamTimeout = duration + .seconds(30)
    let response = try await guarded(call, request.generation) {
      try await http.stream(request)
    }
    guard response.status == 200 else {
      var body: [UInt8] = []
      do {
        for try await chunk in response.body where body.count < 1 << 20 { body += chunk }
      } catch let error as TransportError {
        throw failure(call.action, .unreachable(error))
      }
      _ = try read(response.head, body, of: call)
      throw failure(call.action, .malformed("a watch answered with status \(response.status)"))
    }
    return WatchSequence(
      client: self, action: call.action, body: response.body,
      lease: generations.hold(response.body, request.generation))
  }
}
