import FleetModel
import FleetSimulation
import RolloutEngine
import Testing

/// A rollout's own log is enough to replay it.
@Suite struct RolloutLogTests {
  /// Rows of the rollout, its waves and targets.
  private static func rows(_ state: State, _ id: RolloutID) -> [ProjectionRow] {
    state.rows.filter { row in
      row.key.id == id.rawValue && row.key.kind == .rollout
        || row.key.id.hasPrefix(id.rawValue + "/") && [.wave, .target].contains(row.key.kind)
    }
  }

  private static func export(_ log: [RecordedEvent], _ rollout: Rollout) throws -> RolloutLog {
    let scope = RolloutLog.Scope(rollout: rollout.id, release: rollout.release)
    let lines = log.map { String(decoding: $0.json, as: UTF8.self) }.filter(scope.admits)
    let file = ([RolloutLog.header(rollout.id, version: "1")] + lines).joined(separator: "\n")
    return try RolloutLog(parsing: Array(file.utf8))
  }

  @Test(arguments: 1...6) func replayedFromItsOwnLogItStandsWhereItStoodAtEveryEvent(
    seed: UInt64
  ) throws {
    var fleet = SimulatedFleet(seed: seed)
    try fleet.begin()
    var random = SeededRandom(seed: seed &* 7)
    for _ in 0..<150 { try fleet.step(random.next()) }
    var end = State()
    for record in fleet.log { end.apply(record) }
    let rollouts = end.rollouts.values
    #expect(!rollouts.isEmpty)
    var logs: [RolloutID: RolloutLog] = [:]
    for rollout in rollouts { logs[rollout.id] = try Self.export(fleet.log, rollout) }
    var whole = State()
    for (number, record) in fleet.log.enumerated() {
      whole.apply(record)
      // Every event of a long history is many; a third of them, another one in each schedule.
      guard number % 3 == Int(seed % 3) || number == fleet.log.count - 1 else { continue }
      for id in whole.rollouts.keys {
        let replayed = try #require(logs[id]).state(at: record.sequence)
        #expect(
          Self.rows(replayed, id) == Self.rows(whole, id), "\(id) at event \(record.sequence)")
      }
    }
  }

  @Test func whatIsNoLogIsRefusedWithItsLine() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    let header = RolloutLog.header(RolloutID("web-dev-1"), version: "7.1")
    let lines = play.log.map { String(decoding: $0.json, as: UTF8.self) }
    func refusal(_ lines: [String]) -> String? {
      do {
        _ = try RolloutLog(parsing: Array(lines.joined(separator: "\n").utf8))
        return nil
      } catch { return "\(error)" }
    }
    #expect(refusal([header] + lines) == nil)
    #expect(refusal(["{}"])?.hasPrefix("1: this is no log of a rollout") == true)
    #expect(refusal([""])?.contains("empty") == true)
    let future = #"{"actor":"hub","at":1,"event":{"type":"fromTheFuture"},"sequence":99}"#
    #expect(
      refusal([header] + lines + [future])
        == "\(lines.count + 2): no event that this version can read; the file is of version 7.1")
    #expect(refusal([header, lines[1], lines[0]])?.hasPrefix("3: ") == true)
    #expect(refusal([header, lines[0]])?.contains("no event that plans") == true)
  }
}
