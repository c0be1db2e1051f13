import FleetModel
import Foundation
import HTTPTransport
import HubAPI
import RolloutEngine
import Testing

@Suite("The event stream")
struct EventStreamTests {
  /// Sequence numbers of the events that come until `last` has come.
  private func sequences(
    _ served: ServedHub, query: String = "", headers: [HTTPHeader] = [], until last: Int
  ) async throws -> [Int] {
    var request = served.request(
      .get, "/api/v1/events" + query, headers: headers + [HTTPHeader("Accept", "text/event-stream")]
    )
    request.idleTimeout = .seconds(20)
    var found: [Int] = []
    var text = ""
    for try await bytes in try await served.http.stream(request).body {
      text += String(decoding: bytes, as: UTF8.self)
      while let end = text.range(of: "\n\n") {
        let message = text[..<end.lowerBound]
        text = String(text[end.upperBound...])
        guard let id = message.split(separator: "\n").first(where: { $0.hasPrefix("id: ") }),
          let sequence = Int(id.dropFirst(4))
        else { continue }
        found.append(sequence)
        if sequence >= last { return found }
      }
    }
    return found
  }

  @Test func storedEventsComeFirstThenLiveOnesWithoutAGap() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let stored = await hub.log.count
      async let received = sequences(served, until: stored + 1)
      // Whether the reader is there already or not, the event reaches it.
      try await hub.handle(
        .command(.init(.cordon(cluster: "prod-us-1", until: nil), actor: "anna", reason: "n")))
      #expect(try await received == Array(1...stored + 1))
    }
  }

  @Test func lastEventIDWinsOverTheQuerySoThatAReconnectLosesAndRepeatsNothing() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let last = await hub.log.count
      let first = try await sequences(served, query: "?after=2", until: 5)
      let rest = try await sequences(
        served, query: "?after=2", headers: [HTTPHeader("Last-Event-ID", "5")], until: last)
      #expect(first + rest == Array(3...last))
    }
  }

  @Test func aStreamThatTheHubDropsEndsSoThatTheReaderComesBack() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let last = await hub.log.count
      async let first = sequences(served, until: Int.max)
      // Dropping once may come before the reader: it is repeated until the stream has ended.
      let dropper = Task {
        while !Task.isCancelled {
          await hub.dropStreams()
          await Task.yield()
        }
      }
      let received = try await first
      dropper.cancel()
      #expect(received == Array(Array(1...last).prefix(received.count)))
    }
  }

  @Test func aPageHoldsTheLastEventsOfARollout() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let all: ItemList<EventDocument> = try await served.get(
        "/api/v1/events?rollout=web-prod-1")
      #expect(all.items.first?.type == "rolloutPlanned")
      #expect(all.items.allSatisfy { $0.rollout == "web-prod-1" })
      let last: ItemList<EventDocument> = try await served.get(
        "/api/v1/events?rollout=web-prod-1&limit=1")
      #expect(last.items.map(\.sequence) == all.items.suffix(1).map(\.sequence))
    }
  }

  @Test func aPageAfterAnEventGoesForward() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let page: ItemList<EventDocument> = try await served.get("/api/v1/events?after=3&limit=2")
      #expect(page.items.map(\.sequence) == [4, 5])
      #expect(page.sequence == 5)
    }
  }

  @Test func anEventOfAPersonNamesThemAndTheirReason() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let page: ItemList<EventDocument> = try await served.get("/api/v1/events")
      let move = try #require(page.items.last { $0.type == "pinMoved" })
      #expect(move.actor == "anna")
      #expect(move.message.hasSuffix("by anna: release 12"))
    }
  }
}
