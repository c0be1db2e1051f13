import Foundation
import GRDB
import Manifests
import Testing

@testable import HubStore

private func event(_ sequence: Int, reason: String? = "commit 3f2a") -> StoredEvent {
  let written = reason.map { "\"reason\":\"\($0)\"," } ?? ""
  return StoredEvent(
    sequence: sequence, at: Int64(1000 + sequence), actor: "ann", reason: reason, type: "test",
    body: "{\"actor\":\"ann\",\"at\":\(1000 + sequence),\"event\":{\"type\":\"test\"},\(written)"
      + "\"sequence\":\(sequence)}")
}

/// Ten events in a file that no hub has open, tampered with by `sql`.
private func withLog(_ sql: String? = nil, _ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("chain-\(UUID().uuidString)").path
  defer { try? FileManager.default.removeItem(atPath: folder) }  // left behind is no failure
  let path = folder + "/hub.sqlite"
  let store = try HubDatabase(path: path)
  for start in [1, 4] {
    var batch = StoreBatch()
    batch.events = (start..<(start == 1 ? 4 : 11)).map { event($0, reason: $0 == 7 ? nil : "why") }
    try store.commit(batch)
  }
  try store.close()
  let queue = try DatabaseQueue(path: path)
  try queue.write { database in if let sql { try database.execute(sql: sql) } }
  try queue.close()
  try body(path)
}

private func verify(_ path: String, _ anchor: LogHead? = nil) throws -> LogVerification {
  try RecordedLog.read(path: path) { try $0.verify(against: anchor) }
}

@Suite struct EventChainTests {
  @Test func aLogThatNobodyTouchedHolds() throws {
    try withLog { path in
      var seen: [Int] = []
      let found = try RecordedLog.read(path: path) { contents in
        try contents.verify { seen.append($0.sequence) }
      }
      #expect(found.fault == nil)
      #expect(found.head.sequence == 10)
      #expect(found.times == 1001...1010)
      #expect(found.chainedByUpgrade == 0)
      #expect(seen == Array(1...10))
    }
  }

  /// What docs/audit.md promises to everybody who checks with a program of their own.
  @Test func aHashIsSHA256OverTheOneBeforeAndTheJSON() throws {
    try withLog { path in
      var hash = [UInt8](repeating: 0, count: 32)
      let found = try RecordedLog.read(path: path) { contents in
        try contents.verify { hash = Digest(hashing: hash + Array($0.body.utf8)).bytes }
      }
      #expect(found.head.hash.bytes == hash)
    }
  }

  static let tampering: [(String, LogFault)] = [
    ("UPDATE events SET body = replace(body, 'ann', 'bob') WHERE sequence = 5", .altered(5)),
    ("UPDATE events SET actor = 'bob' WHERE sequence = 5", .contradictory(5)),
    ("UPDATE events SET at = 1 WHERE sequence = 5", .contradictory(5)),
    ("UPDATE events SET reason = 'because' WHERE sequence = 7", .contradictory(7)),
    ("UPDATE events SET type = 'other' WHERE sequence = 10", .contradictory(10)),
    ("UPDATE events SET body = 'no JSON' WHERE sequence = 5", .altered(5)),
    ("UPDATE events SET hash = x'00' WHERE sequence = 5", .altered(5)),
    ("DELETE FROM events WHERE sequence = 1", .missing(1...1)),
    ("DELETE FROM events WHERE sequence IN (4, 5)", .missing(4...5)),
    (
      "DELETE FROM events WHERE sequence = 5; UPDATE events SET sequence = sequence - 1 WHERE sequence > 5",
      .altered(5)
    ),
    (
      "INSERT INTO events SELECT 11, at, actor, reason, type, body, hash FROM events WHERE sequence = 5",
      .altered(11)
    ),
    (
      "INSERT INTO events SELECT 0, at, actor, reason, type, body, hash FROM events WHERE sequence = 5",
      .altered(0)
    ),
    (
      """
      UPDATE events SET sequence = 99 WHERE sequence = 5; UPDATE events SET sequence = 5 WHERE sequence = 6;
      UPDATE events SET sequence = 6 WHERE sequence = 99
      """, .altered(5)
    ),
  ]

  @Test(arguments: tampering) func tamperingIsFoundAtTheFirstEventAtFault(
    sql: String, fault: LogFault
  ) throws {
    try withLog(sql) { path in
      let found = try verify(path)
      #expect(found.fault == fault)
      #expect(found.head.sequence < fault.sequence || fault.sequence == 0)
    }
  }

  @Test func eventsGoneFromTheEndAreFoundByAHeadThatWasNoted() throws {
    try withLog { path in
      let head = try verify(path).head
      #expect(LogHead(parsing: head.description) == head)
      let queue = try DatabaseQueue(path: path)
      try queue.write { try $0.execute(sql: "DELETE FROM events WHERE sequence > 8") }
      try queue.close()
      #expect(try verify(path).fault == nil)
      #expect(try verify(path, head).fault == .missing(9...10))
    }
  }

  @Test func aLogWrittenAnewIsFoundByAHeadThatWasNoted() throws {
    try withLog { path in
      let head = try verify(path).head
      try withLog { other in
        #expect(try verify(other, head).fault == nil)
        let queue = try DatabaseQueue(path: other)
        // As somebody would who knows how the chain is made.
        try queue.write { database in
          try database.execute(sql: "DELETE FROM events WHERE sequence > 4")
          var batch = StoreBatch()
          batch.events = (5...12).map { event($0, reason: "changed") }
          var head = try HubDatabase.head(database)
          for event in batch.events {
            head = head.following(event.body)
            try database.execute(
              sql: "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)",
              arguments: [
                event.sequence, event.at, event.actor, event.reason, event.type, event.body,
                Data(head.hash.bytes),
              ])
          }
        }
        try queue.close()
        #expect(try verify(other).fault == nil)
        #expect(try verify(other, head).fault == .rewritten(10))
      }
    }
  }

  @Test func aLogThatGrewStillHoldsTheHeadThatWasNoted() throws {
    try withLog { path in
      let head = try verify(path).head
      let store = try HubDatabase(path: path)
      var batch = StoreBatch()
      batch.events = [event(11)]
      try store.commit(batch)
      // While the hub runs, too.
      #expect(try verify(path, head).fault == nil)
      #expect(try verify(path).head == store.head())
      try store.close()
      #expect(try verify(path, head).head.sequence == 11)
    }
  }

  @Test func checkingLeavesNothingBesideACopy() throws {
    try withLog { path in
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      try FileManager.default.createDirectory(
        atPath: folder + "/copy of a backup", withIntermediateDirectories: true)
      let copy = folder + "/copy of a backup/hub.sqlite"
      try FileManager.default.copyItem(atPath: path, toPath: copy)
      let bytes = FileManager.default.contents(atPath: copy)
      #expect(try verify(copy).head.sequence == 10)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/copy of a backup")
      #expect(names == ["hub.sqlite"])
      #expect(FileManager.default.contents(atPath: copy) == bytes)
    }
  }

  @Test func aDatabaseFromBeforeTheChainIsChainedWhenAHubOpensIt() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("chain-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }  // left behind is no failure
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let path = folder + "/hub.sqlite"
    let queue = try DatabaseQueue(path: path)
    try Migrations.all.migrate(queue, upTo: "0002 what was rendered")
    try queue.write { database in
      for number in 1...2500 {
        let event = event(number)
        try database.execute(
          sql: "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)",
          arguments: [
            event.sequence, event.at, event.actor, event.reason, event.type, event.body,
          ])
      }
    }
    try queue.close()
    #expect(throws: StoreError.notChained(path: path)) { try verify(path) }
    let store = try HubDatabase(path: path)
    var batch = StoreBatch()
    batch.events = [event(2501)]
    try store.commit(batch)
    try store.close()
    let found = try verify(path)
    #expect(found.fault == nil)
    #expect(found.head.sequence == 2501)
    #expect(found.chainedByUpgrade == 2500)
  }

  @Test func aFileThatIsNotThereIsSaidSo() throws {
    #expect(throws: StoreError.self) { try verify("/nonexistent/hub.sqlite") }
  }
}
