import FleetModel
import Foundation
import HubAPI
import RolloutEngine
import Testing

@Suite struct ReplayCommandTests {
  /// A promotion to prod in which one cluster of the wave eu fails within its budget.
  private static func history() async throws -> ModelHub {
    let model = try await ModelHub.promoting()
    try await model.settle(only: ["prod-eu-0"])
    try await model.pass(.minutes(6))
    try await model.settle(only: ["prod-eu-1"], .failed("no such image", permanent: true))
    return model
  }

  @Test func anExportedRolloutReplaysWithoutAHub() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("replay-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }  // left behind is no failure
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let model = try await Self.history()
    let planned = try #require(await model.log.last { $0.event.type == "rolloutPlanned" }).sequence
    let moments: [[String]] = [
      [], ["-o", "json"], ["-o", "wide"], ["--to", "\(planned + 2)"],
      ["--diff", "\(planned)", "\(planned + 5)"],
    ]
    try await ServedHub.with(model) { served in
      let hub = "unix:\(served.socket)"
      let export = try await Program.run(["rollout", "export", "rollout/web-prod-1"], hub: hub)
      #expect(export.status == 0, "\(export.errors)")
      #expect(!export.output.contains("\"server\""))
      try Data(export.output.utf8).write(to: URL(fileURLWithPath: folder + "/log.jsonl"))
      for arguments in moments {
        let fromHub = try await Program.run(
          ["rollout", "replay", "web-prod-1"] + arguments, hub: hub)
        let fromFile = try await Program.run(
          ["rollout", "replay", "log.jsonl"] + arguments, directory: folder)
        #expect(fromFile.status == 0, "\(fromFile.errors)")
        #expect(fromFile.output == fromHub.output)
      }
    }
  }

  @Test func theStateAtAnEventIsWhatItWasThen() async throws {
    let model = try await Self.history()
    let failure = try #require(await model.log.last { $0.event.type == "targetFailed" })
    try await ServedHub.with(model) { served in
      let hub = "unix:\(served.socket)"
      func replay(_ arguments: String...) async throws -> Program.Result {
        try await Program.run(["rollout", "replay", "web-prod-1"] + arguments, hub: hub)
      }
      let at = try await replay("--to", "\(failure.sequence)")
      #expect(at.status == 0, "\(at.errors)")
      #expect(at.output.hasPrefix("event   \(failure.sequence)  2026-05-01T"))
      #expect(at.output.contains("web-prod-1: prod-eu-1 failed: no such image"))
      let json = try await replay("--to", "\(failure.sequence - 1)", "-o", "json")
      let before = try JSONDecoder().decode(ReplayDocument.self, from: Data(json.output.utf8))
      #expect(before.targets.first { $0.cluster == "prod-eu-1" }?.phase == "dispatched")
      let difference = try await replay(
        "--diff", "\(failure.sequence - 1)", "\(failure.sequence)")
      #expect(difference.output.contains("from event \(failure.sequence - 1) to"))
      #expect(
        difference.output.contains("target/prod-eu-1  phase            dispatched  failed"),
        "\(difference.output)")
      let early = try await replay("--to", "1")
      #expect(early.status == 1)
      #expect(early.errors.hasPrefix("error: rollout web-prod-1 was planned at event "))
    }
  }

  @Test func aFileThatIsNoLogIsNamedWithItsLine() async throws {
    let result = try await Program.run(["rollout", "replay", #filePath])
    #expect(result.status == 1)
    #expect(result.errors.hasPrefix("error: \(#filePath):1: this is no log of a rollout"))
  }

  @Test func doraPrintsFiguresWithTheirSampleSizes() async throws {
    let model = try await Self.history()
    try await ServedHub.with(model) { served in
      let hub = "unix:\(served.socket)"
      let table = try await Program.run(["dora"], hub: hub)
      #expect(table.status == 0, "\(table.errors)")
      let dev = table.output.split(separator: "\n").first { $0.hasPrefix("web  dev ") }
      #expect(dev?.contains("(n=1 commits)") == true, "\(table.output)")
      #expect(dev?.contains("0% (0 of n=1)") == true, "\(table.output)")
      let prod = try await Program.run(["dora", "-e", "prod", "-o", "json"], hub: hub)
      let list = try JSONDecoder().decode(
        ItemList<PerformanceDocument>.self, from: Data(prod.output.utf8))
      #expect(list.items.map(\.environment) == ["prod"])
      #expect(list.items.first?.deploymentFrequency.count == 0)
      #expect(list.items.first?.changeFailureRate.count == 1)
      let wrong = try await Program.run(["dora", "--since", "yesterday"], hub: hub)
      #expect(wrong.status == 1)
    }
  }
}
