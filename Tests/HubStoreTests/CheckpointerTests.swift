import Foundation
import GRDB
import Testing

@testable import HubStore

@Suite struct CheckpointerTests {
  private static let events = 16_000

  /// Events in the database file alone, without the write-ahead log beside it.
  private func eventsInFile(_ path: String) throws -> Int {
    let copy = path + ".copy"
    try Data(contentsOf: URL(fileURLWithPath: path)).write(to: URL(fileURLWithPath: copy))
    let queue = try DatabaseQueue(path: copy)
    return try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM events") ?? 0 }
  }

  @Test func whatWasWrittenReachesTheDatabaseFileWhileTheHubRuns() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("checkpoint-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }  // left behind is no failure
    let path = folder + "/hub.sqlite"
    let store = try HubDatabase(path: path)
    var batch = StoreBatch()
    batch.events = (1...CheckpointerTests.events).map { sequence in
      StoredEvent(
        sequence: sequence, at: 1, actor: "ann", reason: nil, type: "test", body: "{\"n\":1}")
    }
    try store.commit(batch)
    let deadline = ContinuousClock.now + .seconds(60)
    var found = 0
    while found < CheckpointerTests.events, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(20))
      // In the middle of a round the file alone is not whole.
      found = (try? eventsInFile(path)) ?? 0
    }
    #expect(found == CheckpointerTests.events)
    try store.close()
    let again = try HubDatabase(path: path)
    #expect(try again.lastSequence() == CheckpointerTests.events)
    try again.close()
  }
}
