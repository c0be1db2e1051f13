import FleetModel
import HTTPTransport
import HubAPI
import RolloutEngine
import Testing

@Suite("How far a change is on its way")
struct ArrivalTests {
  private func path(_ change: String, in environment: String) -> String {
    "/api/v1/arrivals?change=\(change)&environment=\(environment)"
  }

  private func only(
    _ served: ServedHub, _ change: String = String(ModelHub.commit(1).prefix(7)),
    in environment: String = "prod"
  ) async throws -> ArrivalDocument {
    let list: ItemList<ArrivalDocument> = try await served.get(path(change, in: environment))
    return try #require(list.items.first)
  }

  @Test func aChangeHasArrivedWhenItsReleaseIsStableThere() async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let dev = try await only(served, in: "dev")
      #expect(dev.stable == dev.release)
      #expect(dev.blockers.isEmpty)
      let prod = try await only(served)
      #expect(prod.stable == nil)
      #expect(prod.at == "prod")
      #expect(prod.rollout == "web-prod-1")
      #expect(prod.phase == "running")
      #expect(!prod.blockers.needAPerson)
      try await hub.settle()
      try await hub.pass(.minutes(6))
      try await hub.settle()
      let later = try await only(served)
      #expect(later.stable == prod.release)
    }
  }

  @Test func whatANewerReleaseBroughtHasArrivedWithIt() async throws {
    let hub = try await ModelHub.promoting()
    try await hub.release(2, subject: "Another image")
    try await hub.settle(only: ["dev-1"])
    try await ServedHub.with(hub) { served in
      let dev = try await only(served, in: "dev")
      #expect(dev.stable == "web@" + ModelHub.commit(2).prefix(12))
    }
  }

  @Test func aChangeThatIsStuckOnTheWayIsToldFromThere() async throws {
    let hub = try await ModelHub.promoting()
    try await hub.release(2, subject: "Another image")
    try await hub.settle(only: ["dev-1"], .failed("no such image", permanent: true))
    try await ServedHub.with(hub) { served in
      let arrival = try await only(served, ModelHub.commit(2))
      #expect(arrival.at == "dev")
      #expect(arrival.rollout == "web-dev-2")
      #expect(arrival.phase == "halted")
      #expect(arrival.blockers.needAPerson)
    }
  }

  @Test func aReleaseThatNobodyPromotesNeedsAPerson() async throws {
    let hub = try await ModelHub.promoting()
    try await hub.settle()
    try await hub.pass(.minutes(6))
    try await hub.settle()
    try await hub.release(2, subject: "Another image")
    try await ServedHub.with(hub) { served in
      let early = try await only(served, ModelHub.commit(2))
      #expect(!early.blockers.needAPerson)
      try await hub.settle()
      let arrival = try await only(served, ModelHub.commit(2))
      #expect(arrival.rollout == nil)
      #expect(arrival.blockers.needAPerson)
    }
  }

  @Test func aCommitThatNobodyHasHeardOfIsNoError() async throws {
    try await ServedHub.with(ModelHub()) { served in
      let list: ItemList<ArrivalDocument> = try await served.get(path("1234567", in: "dev"))
      #expect(list.items.isEmpty)
    }
  }

  @Test func whatCannotArriveIsAnError() async throws {
    try await ServedHub.with(try await .promoting()) { served in
      func problem(_ change: String, _ environment: String) async throws -> Problem {
        try await served.problem(served.request(.get, path(change, in: environment))).problem
      }
      let elsewhere = try await problem(ModelHub.commit(1), "prd")
      #expect(elsewhere.code == .notFound)
      let nothing = try await problem("web", "prod")
      #expect(nothing.code == .refused)
    }
  }

  @Test func onlyWhatIsUpToAPersonNeedsOne() {
    func blocker(_ command: String?, until: Timestamp? = nil) -> BlockerDocument {
      BlockerDocument(
        object: "rollout/web-prod-1", message: "it waits", until: until, clearedBy: "somebody",
        command: command)
    }
    let resume = blocker("flotilla rollout resume web-prod-1 --reason 'WHY'")
    let later = Timestamp(ModelHub.start)
    #expect([resume].needAPerson)
    #expect([resume, blocker("flotilla lint")].needAPerson)
    #expect(![blocker("flotilla rollout resume web-prod-1", until: later)].needAPerson)
    #expect(![blocker(nil)].needAPerson)
    #expect(![blocker("flotilla explain web-prod-2")].needAPerson)
    #expect(![resume, blocker(nil)].needAPerson)
    #expect(![blocker("flotilla lint")].needAPerson)
    #expect(![BlockerDocument]().needAPerson)
  }
}
