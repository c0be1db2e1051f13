internal import Foundation
internal import HTTPTransport
internal import HubAPI

/// The hub's events from one on, each exactly once and in order, across lost connections.
struct EventFollower: Sendable {
  let client: HubClient

  enum Signal: Sendable {
    case event(EventDocument)
    /// The hub answers, for the first time or again.
    case connected
    /// The connection is lost and is being built up again; one line for people.
    case interrupted(String)
  }

  /// Calls `receive` for each event after `sequence` until it returns false. Throws when the hub
  /// answers with a problem, and when it could not be reached from the start.
  func follow(
    after sequence: Int, _ receive: (Signal) async throws -> Bool
  ) async throws {
    var last = sequence
    var failures = 0
    while true {
      try Task.checkCancellation()
      do {
        var parser = EventStreamParser()
        let stream = try await client.events(after: last)
        if try await !receive(.connected) { return }
        for try await bytes in stream {
          failures = 0
          for message in parser.feed(bytes) {
            let event = try JSONDecoder().decode(EventDocument.self, from: Data(message.data.utf8))
            // A server that repeats itself after a reconnect changes nothing.
            guard event.sequence > last else { continue }
            last = event.sequence
            if try await !receive(.event(event)) { return }
          }
        }
        if try await !receive(.interrupted("the hub closed the event stream")) { return }
      } catch let error as TransportError {
        if try await !receive(.interrupted("\(error)")) { return }
      } catch let error as HubClient.Failure {
        guard case .unreachable = error, last > sequence || failures > 0 else { throw error }
        let why = "no hub answers at \(client.address)"
        if try await !receive(.interrupted(why)) { return }
      }
      failures += 1
      try await Task.sleep(for: .milliseconds(min(5000, 200 << min(failures, 5))))
    }
  }
}
