import ClusterSimulator
import Delivery
import FleetModel
import Foundation
import HTTPTransport
import Manifests
import Testing

@testable import Hub

@Suite struct OrderTests {
  @Test(.timeLimit(.minutes(3)))
  func `through an agent a cluster is delivered to as through its API server`() async throws {
    try await Yard.with { yard in
      let agent = try await yard.joinedAgent()
      let channel = yard.channel
      let state = try target(["a": "1", "b": "1"])
      let first = try await channel.apply(
        state, app: "web", mark: mark(1), prune: .keep, policy: ApplyPolicy())
      #expect(first.applied.map(\.name) == ["web", "a", "b"])
      let again = try await channel.apply(
        state, app: "web", mark: mark(1), prune: .keep, policy: ApplyPolicy())
      #expect(again.applied.isEmpty && again.unchanged.count == 3)
      let held = try #require(try await channel.readInventory("web"))
      #expect(held.digest == state.digest && held.phase == .applied && held.mark == mark(1))
      #expect(try await channel.readInventory("other") == nil)
      #expect(try await channel.readInventories().inventories.map(\.app) == ["web"])

      for await health in channel.reports(state, app: "web", mark: mark(1), checks: []) {
        #expect(health.overall == .healthy && health.digest == state.digest)
        break
      }

      let smaller = try target(["a": "1"])
      let left = try await channel.apply(
        smaller, app: "web", mark: mark(2), prune: .keep, policy: ApplyPolicy())
      #expect(left.kept.map(\.name) == ["b"])
      let pruned = try await channel.prune(
        Set(left.kept), beside: smaller, app: "web", mark: mark(3))
      #expect(pruned.pruned.map(\.name) == ["b"])
      await stop(agent)
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `drift is told through an agent, which asks for the target state only then`() async throws {
    try await Yard.with { yard in
      let agent = try await yard.joinedAgent()
      let state = try target(["a": "1"])
      _ = try await yard.channel.apply(
        state, app: "web", mark: mark(1), prune: .keep, policy: ApplyPolicy())
      await #expect(throws: DeliveryError.self) {
        try await yard.channel.driftWatch(app: "web", digest: Digest(hashing: "another"))
      }
      let watch = try await yard.channel.driftWatch(app: "web", digest: state.digest)
      let (told, tell) = AsyncStream.makeStream(of: [Drift].self)
      let run = Task {
        try await watch.run {
          state
        } report: { drifts in
          tell.yield(drifts)
        }
      }
      var reports = told.makeAsyncIterator()
      #expect(await reports.next()?.isEmpty == true)
      try yard.simulated.edit(
        "/api/v1/namespaces/web/configmaps/a", merging: try JSON.parse(#"{"data": {"key": "2"}}"#))
      let drifts = await reports.next()
      #expect(drifts?.map(\.identity.name) == ["a"])
      #expect(drifts?.first?.line.contains(#".data.key is "2", should be "1""#) == true)
      run.cancel()
      _ = await run.result
      await stop(agent)
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `without an agent a cluster is unreachable, and it is looked at as soon as one comes`()
    async throws
  {
    try await Yard.with { yard in
      let state = try target(["a": "1"])
      let error = await #expect(throws: DeliveryError.self) {
        try await yard.channel.apply(
          state, app: "web", mark: mark(1), prune: .keep, policy: ApplyPolicy())
      }
      #expect(error?.isUnreachable == true && error?.isTransient == true)
      var reports = yard.channel.reports(state, app: "web", mark: mark(1), checks: [])
        .makeAsyncIterator()
      guard case .unreachable = await reports.next()?.overall else {
        Issue.record("silence was taken for something else")
        return
      }
      let agent = try await yard.joinedAgent()
      #expect(await reports.next()?.overall == .degraded, "nothing of it is there")
      await stop(agent)
      guard case .unreachable = await reports.next()?.overall else {
        Issue.record("a lost agent was taken for something else")
        return
      }
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `an apply whose stream is cut comes again and sends nothing twice`() async throws {
    try await Yard.with { yard in
      let agent = try await yard.joinedAgent()
      var faults = ClusterFaults()
      faults.latency = .milliseconds(300)
      faults.methods = ["PATCH"]
      try yard.simulated.faults = faults
      let values = Dictionary(uniqueKeysWithValues: (1...12).map { ("map-\($0)", "1") })
      let state = try target(values)
      let channel = yard.channel
      let apply = Task {
        try await channel.apply(
          state, app: "web", mark: mark(1), prune: .keep, policy: ApplyPolicy())
      }
      try await eventually("the apply has begun") {
        try yard.simulated.audit().contains { $0.verb == "apply" }
      }
      await yard.gate.sessions.cut(Yard.cluster, why: "a test cut it")
      let error = await #expect(throws: DeliveryError.self) { try await apply.value }
      #expect(error?.isUnreachable == true)
      try await eventually("the agent is back") {
        guard let session = await yard.session else { return false }
        return await session.end == nil
      }
      let report = try await channel.apply(
        state, app: "web", mark: mark(1), prune: .keep, policy: ApplyPolicy())
      #expect(report.applied.count + report.unchanged.count == 13)
      let maps = try yard.simulated.audit().filter {
        $0.verb == "apply" && $0.path.contains("/namespaces/web/configmaps/")
      }
      #expect(maps.count == 12, "each object was applied once")
      #expect(try await channel.readInventory("web")?.phase == .applied)
      await stop(agent)
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `of two agents with one identity the newer has the cluster`() async throws {
    try await Yard.with { yard in
      let older = try await yard.joinedAgent("older")
      let first = await yard.session?.instance
      try FileManager.default.copyItem(atPath: yard.state("older"), toPath: yard.state("newer"))
      let newer = try yard.agent("newer")
      try await eventually("the newer takes over") {
        let present = await yard.session?.instance
        return present != nil && present != first
      }
      let second = await yard.session?.instance
      // The older tries to come back, and is refused as long as the newer is there.
      try await Task.sleep(for: .seconds(2))
      #expect(await yard.session?.instance == second)
      #expect(try await yard.channel.readInventories().faults.isEmpty)
      await stop(newer)
      try await eventually("the older has its place back") {
        await yard.session?.instance == first
      }
      await stop(older)
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `an agent that says nothing any more is gone`() async throws {
    try await Yard.with(signsOfLife: .milliseconds(200)) { yard in
      let agent = try await yard.joinedAgent()
      await stop(agent)
      try await eventually("it is gone") { await yard.session == nil }
      // Holds the stream open and never answers.
      let http = try HTTPClient()
      let silent = try await http.stream(
        HTTPRequest(
          .get, yard.hub + "/v1/orders",
          headers: [
            HTTPHeader("Flotilla-Cluster", Yard.cluster), HTTPHeader("Flotilla-Instance", "x"),
            HTTPHeader("Flotilla-Version", HubVersion.current),
            HTTPHeader("Flotilla-Protocol", "\(Order.protocolVersion)"),
          ], connection: try yard.connection()))
      #expect(silent.status == 200)
      try await eventually("it is given up") { await yard.session == nil }
      await http.shutdown()
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `an agent of another language is told which version to run`() async throws {
    try await Yard.with { yard in
      let agent = try await yard.joinedAgent()
      await stop(agent)
      let http = try HTTPClient()
      let answer = try await http.send(
        HTTPRequest(
          .get, yard.hub + "/v1/orders",
          headers: [
            HTTPHeader("Flotilla-Cluster", Yard.cluster), HTTPHeader("Flotilla-Version", "9.9.9"),
            HTTPHeader("Flotilla-Protocol", "99"),
          ], connection: try yard.connection()))
      #expect(answer.status == 426)
      let line = String(decoding: answer.body, as: UTF8.self)
      #expect(line.contains("9.9.9") && line.contains(HubVersion.current))
      await http.shutdown()
    }
  }
}
