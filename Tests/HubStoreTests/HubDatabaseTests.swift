import Foundation
import GRDB
import Testing

@testable import HubStore

/// A database in a folder of its own, removed afterwards.
private func withDatabase(
  _ body: (String) throws -> Void
) throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("hubstore-\(UUID().uuidString)").path
  defer { try? FileManager.default.removeItem(atPath: folder) }  // left behind is no failure
  try body(folder + "/hub.sqlite")
}

private func event(_ sequence: Int, type: String = "test") -> StoredEvent {
  StoredEvent(
    sequence: sequence, at: Int64(1000 + sequence), actor: "ann", reason: nil, type: type,
    body: "{\"n\":\(sequence)}")
}

@Test func whatWasCommittedIsThereAfterReopening() throws {
  try withDatabase { path in
    do {
      let store = try HubDatabase(path: path)
      var batch = StoreBatch()
      batch.events = [event(1), event(2)]
      batch.projections = [
        StoredProjectionChange(kind: "rollout", key: "shop-dev-1", body: "{\"phase\":\"running\"}")
      ]
      try store.commit(batch)
      try store.close()
    }
    let store = try HubDatabase(path: path)
    #expect(try store.events(after: 0, limit: 10) == [event(1), event(2)])
    #expect(try store.projections().map(\.body) == ["{\"phase\":\"running\"}"])
  }
}

@Test func aGapInTheLogIsRefusedAndNothingOfTheBatchIsWritten() throws {
  try withDatabase { path in
    let store = try HubDatabase(path: path)
    var batch = StoreBatch()
    batch.events = [event(1), event(3)]
    batch.projections = [StoredProjectionChange(kind: "pin", key: "a", body: "{}")]
    #expect(throws: StoreError.sequence(expected: 2, found: 3)) {
      try store.commit(batch)
    }
    #expect(try store.lastSequence() == 0)
    #expect(try store.projections().isEmpty)
  }
}

@Test func aProjectionIsReplacedAndRemoved() throws {
  try withDatabase { path in
    let store = try HubDatabase(path: path)
    for body in ["1", "2", nil] {
      var batch = StoreBatch()
      batch.projections = [StoredProjectionChange(kind: "pin", key: "a", body: body)]
      try store.commit(batch)
      #expect(try store.projections().map(\.body) == [body].compactMap(\.self))
    }
  }
}

@Test func aSecondHubIsRefusedAndToldWhoHoldsTheDatabase() throws {
  try withDatabase { path in
    let first = try HubDatabase(path: path)
    let holder = "process \(ProcessInfo.processInfo.processIdentifier)"
    #expect(throws: StoreError.inUse(path: path, holder: holder)) {
      _ = try HubDatabase(path: path)
    }
    try first.close()
  }
}

@Test func aFullDiskIsSaidAndLosesNothing() throws {
  try withDatabase { path in
    let store = try HubDatabase(path: path)
    var batch = StoreBatch()
    batch.events = [event(1)]
    try store.commit(batch)
    try store.limitSize(pages: 1)
    var large = StoreBatch()
    large.events = [event(2)]
    large.projections = [
      StoredProjectionChange(kind: "k", key: "k", body: String(repeating: "x", count: 1_000_000))
    ]
    #expect(throws: StoreError.diskFull(path: path)) { try store.commit(large) }
    #expect(try store.lastSequence() == 1)
    try store.limitSize(pages: 1_000_000)
    try store.commit(large)
    #expect(try store.lastSequence() == 2)
  }
}

@Test func commitsAreSyncedToTheDisk() throws {
  try withDatabase { path in
    let store = try HubDatabase(path: path)
    #expect(try store.synchronousMode() == 2)
  }
}

@Test func onlyTheOwnerMayReadTheDatabaseAndItsLog() throws {
  try withDatabase { path in
    let store = try HubDatabase(path: path)
    var batch = StoreBatch()
    batch.events = [event(1)]
    try store.commit(batch)
    for name in [path, path + "-wal", path + "-shm"] {
      let mode = try FileManager.default.attributesOfItem(atPath: name)[.posixPermissions] as? Int
      #expect(mode == 0o600, "\(name)")
    }
  }
}

@Test func theEpochGrowsWithEveryStart() throws {
  try withDatabase { path in
    let first = try HubDatabase(path: path)
    #expect(try first.nextEpoch() == 1)
    #expect(try first.nextEpoch() == 2)
    try first.close()
  }
}

@Test func aFileThatIsNoDatabaseIsRefusedInWords() throws {
  try withDatabase { path in
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data("this is no database, only text that is long enough".utf8)
      .write(to: URL(fileURLWithPath: path))
    #expect(throws: StoreError.self) { _ = try HubDatabase(path: path) }
  }
}

@Test func aDatabaseOfANewerVersionIsRefused() throws {
  try withDatabase { path in
    let store = try HubDatabase(path: path)
    try store.close()
    let queue = try DatabaseQueue(path: path)
    try queue.write {
      try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9999 from the future')")
    }
    try queue.close()
    #expect(
      throws: StoreError.newerSchema(path: path, migrations: ["9999 from the future"])
    ) { _ = try HubDatabase(path: path) }
  }
}
