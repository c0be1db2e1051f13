import Foundation
import GRDB
import Testing

@testable import HubStore

/// A database in a folder of its own, removed afterwards.
private func withDatabase(
  _ body: (String) async throws -> Void
) async throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("hubstore-\(UUID().uuidString)").path
  defer { try? FileManager.default.removeItem(atPath: folder) }  // left behind is no failure
  try await body(folder + "/hub.sqlite")
}

private func event(_ sequence: Int, type: String = "test") -> StoredEvent {
  StoredEvent(
    sequence: sequence, at: Int64(1000 + sequence), actor: "ann", reason: nil, type: type,
    body: "{\"n\":\(sequence)}")
}

@Test func whatWasCommittedIsThereAfterReopening() async throws {
  try await withDatabase { path in
    do {
      let store = try HubStore(path: path)
      var batch = StoreBatch()
      batch.events = [event(1), event(2)]
      batch.projections = [
        ProjectionChange(kind: "rollout", key: "shop-dev-1", body: "{\"phase\":\"running\"}")
      ]
      batch.effects = [OutboxEntry(key: "shop-dev-1/dev-1/1/deliver", body: "{}")]
      try await store.commit(batch)
      try store.close()
    }
    let store = try HubStore(path: path)
    #expect(try await store.events(after: 0, limit: 10) == [event(1), event(2)])
    #expect(try await store.projections().map(\.body) == ["{\"phase\":\"running\"}"])
    #expect(try await store.outbox().map(\.key) == ["shop-dev-1/dev-1/1/deliver"])
  }
}

@Test func aGapInTheLogIsRefusedAndNothingOfTheBatchIsWritten() async throws {
  try await withDatabase { path in
    let store = try HubStore(path: path)
    var batch = StoreBatch()
    batch.events = [event(1), event(3)]
    batch.projections = [ProjectionChange(kind: "pin", key: "a", body: "{}")]
    await #expect(throws: StoreError.sequence(expected: 2, found: 3)) {
      try await store.commit(batch)
    }
    #expect(try await store.lastSequence() == 0)
    #expect(try await store.projections().isEmpty)
  }
}

@Test func anEffectIsKeptOnceAndGoesWhenItIsDone() async throws {
  try await withDatabase { path in
    let store = try HubStore(path: path)
    var batch = StoreBatch()
    batch.events = [event(1)]
    batch.effects = [OutboxEntry(key: "k", body: "first")]
    try await store.commit(batch)
    var again = StoreBatch()
    again.effects = [OutboxEntry(key: "k", body: "second")]
    try await store.commit(again)
    #expect(try await store.outbox().map(\.body) == ["first"])
    var done = StoreBatch()
    done.completedEffects = ["k"]
    try await store.commit(done)
    #expect(try await store.outbox().isEmpty)
  }
}

@Test func aProjectionIsReplacedAndRemoved() async throws {
  try await withDatabase { path in
    let store = try HubStore(path: path)
    for body in ["1", "2", nil] {
      var batch = StoreBatch()
      batch.projections = [ProjectionChange(kind: "pin", key: "a", body: body)]
      try await store.commit(batch)
      #expect(try await store.projections().map(\.body) == [body].compactMap(\.self))
    }
  }
}

@Test func aSecondHubIsRefusedAndToldWhoHoldsTheDatabase() async throws {
  try await withDatabase { path in
    let first = try HubStore(path: path)
    let holder = "process \(ProcessInfo.processInfo.processIdentifier)"
    #expect(throws: StoreError.inUse(path: path, holder: holder)) { _ = try HubStore(path: path) }
    try first.close()
  }
}

@Test func aFullDiskIsSaidAndLosesNothing() async throws {
  try await withDatabase { path in
    let store = try HubStore(path: path)
    var batch = StoreBatch()
    batch.events = [event(1)]
    try await store.commit(batch)
    try store.limitSize(pages: 1)
    var large = StoreBatch()
    large.events = [event(2)]
    large.projections = [
      ProjectionChange(kind: "k", key: "k", body: String(repeating: "x", count: 1_000_000))
    ]
    await #expect(throws: StoreError.diskFull(path: path)) { try await store.commit(large) }
    #expect(try await store.lastSequence() == 1)
    try store.limitSize(pages: 1_000_000)
    try await store.commit(large)
    #expect(try await store.lastSequence() == 2)
  }
}

@Test func commitsAreSyncedToTheDisk() async throws {
  try await withDatabase { path in
    let store = try HubStore(path: path)
    #expect(try store.synchronousMode() == 2)
  }
}

@Test func theEpochGrowsWithEveryStart() async throws {
  try await withDatabase { path in
    let first = try HubStore(path: path)
    #expect(try await first.nextEpoch() == 1)
    #expect(try await first.nextEpoch() == 2)
    try first.close()
  }
}

@Test func aFileThatIsNoDatabaseIsRefusedInWords() async throws {
  try await withDatabase { path in
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data("this is no database, only text that is long enough".utf8)
      .write(to: URL(fileURLWithPath: path))
    #expect(throws: StoreError.self) { _ = try HubStore(path: path) }
  }
}

@Test func aDatabaseOfANewerVersionIsRefused() async throws {
  try await withDatabase { path in
    let store = try HubStore(path: path)
    try store.close()
    let queue = try DatabaseQueue(path: path)
    try await queue.write {
      try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9999 from the future')")
    }
    try queue.close()
    #expect(
      throws: StoreError.newerSchema(path: path, migrations: ["9999 from the future"])
    ) { _ = try HubStore(path: path) }
  }
}
