import FleetModel
import Foundation
import HubAPI
import RolloutEngine
import Testing

@Suite("flotilla wait")
struct WaitTests {
  @Test func itEndsWithTheRollout() async throws {
    let model = try await ModelHub.promoting()
    try await ServedHub.with(model) { served in
      async let waiting = Program.run(["wait", "web-prod-1"], hub: "unix:\(served.socket)")
      try await model.waitForListener()
      try await model.settle()
      try await model.pass(.minutes(6))
      try await model.settle()
      let result = try await waiting
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == "rollout/web-prod-1 succeeded: 7 of 7 targets done\n")
    }
  }

  @Test func itEndsWhereAPersonIsNeededAndSaysWhatForAndHow() async throws {
    let model = try await ModelHub.promoting()
    try await ServedHub.with(model) { served in
      let hub = "unix:\(served.socket)"
      let pause = try await Program.run(
        ["rollout", "pause", "web-prod-1", "--reason", "lunch"], hub: hub)
      #expect(pause.status == 0, "\(pause.errors)")
      async let waiting = Program.run(["wait", "rollout/web-prod-1"], hub: hub)
      try await model.waitForListener()
      try await model.settle()
      let result = try await waiting
      #expect(result.status == 2, "\(result.errors)")
      #expect(result.output.hasPrefix("rollout/web-prod-1 paused: 1 of 7 targets done\n"))
      #expect(result.output.contains("paused by \(NSUserName()): lunch"))
      #expect(result.output.contains("flotilla rollout resume web-prod-1 --reason 'WHY'"))
    }
  }

  @Test func aHaltExitsWith3() async throws {
    let model = try await ModelHub.promoting()
    try await model.settle(only: ["prod-eu-0"], .failed("image not found", permanent: true))
    try await ServedHub.with(model) { served in
      let hub = "unix:\(served.socket)"
      #expect(try await Program.run(["wait", "web-prod-1"], hub: hub).status == 3)
      let change = try await Program.run(
        ["wait", ModelHub.commit(1), "--in", "prod"], hub: hub)
      #expect(change.status == 3, "\(change.errors)")
      #expect(change.output.contains("waits in prod: web-prod-1 is halted"))
      #expect(change.output.contains("flotilla rollout retry web-prod-1 --reason 'WHY'"))
    }
  }

  @Test func aCommitThatTheHubHasNotFetchedIsWaitedFor() async throws {
    let model = try await ModelHub.promoting()
    try await ServedHub.with(model) { served in
      async let waiting = Program.run(
        ["wait", ModelHub.commit(2), "--in", "dev"], hub: "unix:\(served.socket)")
      try await model.waitForListener()
      try await model.release(2, subject: "Another image")
      try await model.settle(only: ["dev-1"])
      let result = try await waiting
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == "web@\(ModelHub.commit(2).prefix(12)) is stable in dev\n")
    }
  }

  @Test func afterTheTimeoutItSaysWhatItWaitsForAndExitsWith2() async throws {
    try await ServedHub.with(try await .promoting()) { served in
      let hub = "unix:\(served.socket)"
      let late = try await Program.run(["wait", "web-prod-1", "--timeout", "0s"], hub: hub)
      #expect(late.status == 2)
      #expect(late.output.contains("1 target of wave 'canary' is in flight"))
      #expect(late.errors == "it goes on, but has not ended in time\n")
      let unknown = try await Program.run(["wait", "web-prod-7", "--timeout", "0s"], hub: hub)
      #expect(unknown.status == 2)
      #expect(unknown.output == "there is no rollout 'web-prod-7' yet\n")
    }
  }
}
