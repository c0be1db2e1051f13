internal import Foundation
internal import HTTPTypes
internal import Hub
internal import Hummingbird
internal import NIOCore
internal import RolloutEngine
internal import ServiceLifecycle

/// The event log: as a stream that never ends, or the last pages of it.
enum EventRoutes {
  static let all = [
    APIRoute(.get, "/api/v1/events", query: ["after", "limit", "rollout", "app", "environment"]) {
      call in
      let accept = call.request.headers[.accept] ?? ""
      let wantsStream = accept.contains("text/event-stream")
      return try await wantsStream ? stream(call) : page(call)
    }
  ]

  /// Between events the stream carries a comment this often, so that a dead connection shows.
  static let heartbeat = Duration.seconds(15)
  private static let largestPage = 10_000

  // MARK: Stream

  private static func stream(_ call: APICall) async throws -> Response {
    // A client that reconnects says what it saw last; that is newer than its query.
    let seen = HTTPHeaderName.lastEventID.flatMap { call.request.headers[$0] }
    let after = try number(seen ?? call.query["after"], name: "after") ?? 0
    let hub = call.hub
    let filter = try EventFilter(call)
    return Response(
      status: .ok,
      headers: [
        .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store",
      ],
      body: ResponseBody { writer in
        try await writer.write(ByteBuffer(string: ": events after \(after)\n\n"))
        let pieces = merged(await hub.events(after: after), filter)
        // A stop of the hub ends the stream; the client comes back to whoever answers next.
        for await piece in pieces.cancelOnGracefulShutdown() { try await writer.write(piece) }
        try await writer.finish(nil)
      })
  }

  /// The events in their wire form, with heartbeats between them.
  private static func merged(
    _ events: AsyncThrowingStream<RecordedEvent, any Error>, _ filter: EventFilter
  ) -> AsyncStream<ByteBuffer> {
    AsyncStream(bufferingPolicy: .unbounded) { continuation in
      let task = Task {
        await withTaskGroup(of: Void.self) { group in
          group.addTask {
            do {
              for try await record in events {
                if let text = message(record, filter) {
                  continuation.yield(ByteBuffer(string: text))
                }
              }
            } catch {
              // The stream ends here; the client asks again from its last event.
            }
          }
          group.addTask {
            while !Task.isCancelled {
              do { try await Task.sleep(for: heartbeat) } catch { return }
              continuation.yield(ByteBuffer(string: ": alive\n\n"))
            }
          }
          await group.next()
          group.cancelAll()
        }
        continuation.finish()
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  private static func message(_ record: RecordedEvent, _ filter: EventFilter) -> String? {
    let event = EventDocument(record)
    guard filter.admits(event) else { return nil }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings, numbers and optionals: there is nothing that could fail to encode.
    guard let json = try? encoder.encode(event) else { return nil }
    return
      "id: \(event.sequence)\nevent: \(event.type)\ndata: \(String(decoding: json, as: UTF8.self))\n\n"
  }

  // MARK: Page

  /// Events after a sequence number, or the last ones.
  private static func page(_ call: APICall) async throws -> Response {
    let limit = min(try number(call.query["limit"], name: "limit") ?? 200, largestPage)
    let filter = try EventFilter(call)
    let last = await call.hub.status().sequence
    let after = try number(call.query["after"], name: "after")
    var items: [EventDocument] = []
    if last > 0, limit > 0, (after ?? 0) < last {
      // A filter may have to look far back for its last events.
      let start = after ?? (filter.isOpen ? max(0, last - limit) : 0)
      for try await record in await call.hub.events(after: start) {
        let event = EventDocument(record)
        if filter.admits(event) { items.append(event) }
        if after != nil, items.count == limit { break }
        if record.sequence >= last { break }
      }
    }
    let page = after == nil ? Array(items.suffix(limit)) : items
    return try call.json(ItemList(items: page, sequence: page.last?.sequence ?? last))
  }

  private static func number(_ text: String?, name: String) throws -> Int? {
    guard let text else { return nil }
    guard let number = Int(text), number >= 0 else {
      throw Problem(
        .badRequest, status: 400, title: "Malformed parameter",
        detail: "'\(name)' must be a number from 0, not '\(text)'")
    }
    return number
  }
}

/// Which events are wanted.
private struct EventFilter: Sendable {
  let rollout: String?
  let app: String?
  let environment: String?

  init(_ call: APICall) throws {
    rollout = call.query["rollout"]
    app = call.query["app"]
    environment = call.query["environment"]
  }

  var isOpen: Bool { rollout == nil && app == nil && environment == nil }

  func admits(_ event: EventDocument) -> Bool {
    (rollout == nil || event.rollout == rollout) && (app == nil || event.app == app)
      && (environment == nil || event.environment == environment)
  }
}
