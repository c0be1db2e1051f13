import FleetModel
import Foundation
import HubStore
import RolloutEngine
import Testing

/// The database of a hub that brought one release to dev and began to bring it to prod.
private func withDatabase(_ body: (String, HubDatabase) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("audit-\(UUID().uuidString)").path
  defer { try? FileManager.default.removeItem(atPath: folder) }  // left behind is no failure
  let database = try HubDatabase(path: folder + "/hub.sqlite")
  let model = try await ModelHub.promoting()
  var batch = StoreBatch()
  batch.events = await model.log.map { event in
    StoredEvent(
      sequence: event.sequence, at: event.at.milliseconds, actor: event.actor,
      reason: event.reason, type: event.event.type,
      body: String(decoding: event.json, as: UTF8.self))
  }
  batch.projections = await model.read(\.rows).map { row in
    StoredProjectionChange(
      kind: row.key.kind.rawValue, key: row.key.id, body: String(decoding: row.json, as: UTF8.self))
  }
  try database.commit(batch)
  try await body(folder + "/hub.sqlite", database)
}

@Suite struct AuditCommandTests {
  @Test func aSoundDatabasePrintsItsHeadWhetherOrNotAHubHasItOpen() async throws {
    try await withDatabase { path, database in
      let head = try database.head()
      let arguments = ["audit", "verify", "--database", path]
      let running = try await Program.run(arguments)
      #expect(running.status == 0, "\(running.errors)")
      #expect(running.output.hasSuffix("\nhead \(head)\n"))
      #expect(running.output.contains("\(head.sequence) events from 2026-05-01T09:00:00.000Z to "))
      try database.close()
      let closed = try await Program.run(
        ["audit", "verify", "--head", "\(head)", "-o", "json"],
        variables: ["FLOTILLA_DATABASE": path])
      #expect(closed.status == 0, "\(closed.errors)")
      #expect(closed.output.contains("\"head\": \"\(head)\""))
    }
  }

  @Test func aHeadThatTheLogDoesNotReachIsAnErrorThatNamesTheFirstMissingEvent() async throws {
    try await withDatabase { path, database in
      var head = try database.head()
      try database.close()
      head.sequence += 3
      let result = try await Program.run(
        ["audit", "verify", "--database", path, "--head", "\(head)"])
      #expect(result.status == 1)
      let first = head.sequence - 2
      #expect(
        result.errors == "error: \(path): events \(first) to \(head.sequence) are missing\n")
    }
  }

  @Test func storedStateThatTheLogDoesNotAddUpToIsAnError() async throws {
    try await withDatabase { path, database in
      var batch = StoreBatch()
      batch.projections = [StoredProjectionChange(kind: "pin", key: "web/prod", body: "{}")]
      try database.commit(batch)
      try database.close()
      let result = try await Program.run(["audit", "verify", "--database", path])
      #expect(result.status == 1)
      #expect(
        result.errors
          == "error: \(path): the stored state of pin web/prod is not what the log adds up to\n")
    }
  }

  @Test func whatIsNoHeadIsAUsageError() async throws {
    let result = try await Program.run(["audit", "verify", "--head", "abc"])
    #expect(result.status == 1)
    #expect(result.errors.contains("64 hexadecimal digits"))
  }
}
