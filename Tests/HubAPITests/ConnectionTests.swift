import FleetModel
import Hub
import HubAPI
import Testing

@Suite("What the API tells of the lines to clusters")
struct ConnectionTests {
  private let start = ModelHub.start

  @Test func aClusterTellsOfItsLineOnceItWasAsked() async throws {
    let hub = try await ModelHub.promoting()
    let since = start + .minutes(1)
    await hub.connect(
      "prod-us-1",
      ClusterConnection(
        answered: start, silence: .init(since: since, reason: "connection refused"),
        isVerified: false, certificateExpires: start + .minutes(600)))
    try await ServedHub.with(hub) { served in
      let list: ItemList<ClusterDocument> = try await served.get("/api/v1/clusters")
      let told = list.items.filter { $0.connection != nil }
      #expect(told.map(\.name) == ["prod-us-1"])
      let one: ClusterDocument = try await served.get("/api/v1/clusters/prod-us-1")
      #expect(
        one.connection
          == ConnectionDocument(
            answered: Timestamp(start),
            silence: .init(since: Timestamp(since), reason: "connection refused"),
            isVerified: false, certificateExpires: Timestamp(start + .minutes(600))))
      #expect(told == [one])
    }
  }

  @Test(arguments: ["dev-1", "cluster/dev-1"])
  func explainNamesWhatIsWrongAndWhoCanMendIt(object: String) async throws {
    let hub = try await ModelHub.promoting()
    let expiry = hub.now() + .minutes(60 * 24)
    await hub.connect(
      "dev-1",
      ClusterConnection(
        answered: start, silence: .init(since: start, reason: "connection refused"),
        isVerified: false, certificateExpires: expiry))
    try await ServedHub.with(hub) { served in
      let answer: ExplanationDocument = try await served.get("/api/v1/explain?object=\(object)")
      #expect(answer.summary == "cluster/dev-1 has something wrong with its connection")
      #expect(
        answer.blockers.map(\.message) == [
          "dev-1 does not answer: connection refused",
          "the client certificate for dev-1 expires at \(Timestamp(expiry))",
          "nobody verifies that dev-1 is what it says it is (insecure-skip-tls-verify)",
        ])
      #expect(answer.blockers.map(\.since) == [Timestamp(start), nil, nil])
      #expect(answer.blockers.allSatisfy { !$0.clearedBy.isEmpty })
    }
  }

  @Test func aLineInOrderIsNothingToExplain() async throws {
    let hub = try await ModelHub.promoting()
    await hub.connect(
      "dev-1",
      ClusterConnection(answered: start, certificateExpires: hub.now() + .minutes(60 * 24 * 30)))
    try await ServedHub.with(hub) { served in
      let answer: ExplanationDocument = try await served.get("/api/v1/explain?object=dev-1")
      #expect(answer.blockers.isEmpty)
      #expect(answer.summary == "cluster/dev-1 gets work as usual")
    }
  }
}
