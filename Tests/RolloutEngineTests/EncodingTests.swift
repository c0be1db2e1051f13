import FleetModel
import FleetSimulation
import FoundationEssentials
import Manifests
import RolloutEngine
import Testing

/// What the log and the rows look like: they are read by later versions and by people.
@Suite struct EncodingTests {
  @Test func anEventIsOneObjectWithItsType() throws {
    var play = try Play(["dev": ["a"]])
    try play.commit(1)
    let record = try #require(play.log.last)
    #expect(
      String(decoding: record.json, as: UTF8.self)
        == #"{"actor":"hub","at":1700000000000,"event":{"attempt":1,"cluster":"a","#
        + #""deadline":1700000600000,"digest":"\#(Play.digest(1, "a"))","#
        + #""rollout":"web-dev-1","type":"targetDispatched"},"#
        + #""reason":"commit \#(Play.commit(1).prefix(12))","sequence":7}"#)
  }

  /// As the first version wrote them: without gates, approvals, breaches and ways back.
  @Test(arguments: [
    #"{"actor":"hub","at":1,"event":{"kind":"release","plan":{"app":"web","environment":"dev","#
      + #""release":"web@1","unchanged":0,"waves":[{"maxFailures":0,"maxUnreachable":0,"#
      + #""name":"all","progressDeadline":600000,"soak":0,"targets":[{"cluster":"a","#
      + #""digest":"\#(Play.digest(1, "a"))"}]}]},"rollout":"web-dev-1","#
      + #""type":"rolloutPlanned"},"sequence":4}"#,
    #"{"actor":"hub","at":1,"event":{"app":"web","commit":{"author":"anna","commit":"1","#
      + #""committedAt":1,"subject":"one"},"reason":"no overlay","type":"commitInvalid"},"#
      + #""sequence":5}"#,
  ])
  func eventsOfEarlierVersionsAreReadAndWrittenAsTheyWere(_ text: String) throws {
    let record = try RecordedEvent(json: Array(text.utf8))
    #expect(String(decoding: record.json, as: UTF8.self) == text)
  }

  @Test func eventsAndRowsAreReadBackAsTheyWere() throws {
    var play = try Play(["dev": ["a", "b"], "prod": ["p"]])
    try play.commit(1)
    try play.say(.progressing("a \"quoted\"\nline \u{1} / ü"), "a")
    try play.healthy("a", "b")
    try play.press(.promote(change: Play.commit(1), environment: "prod"), reason: "go")
    var folded = State()
    for record in play.log {
      let read = try RecordedEvent(json: record.json)
      #expect(read == record)
      folded.apply(read)
    }
    #expect(folded.rows == play.state.rows)
    #expect(
      try State(rows: folded.rows, sequence: folded.sequence).rows == play.state.rows)
  }

  @Test func aConfigurationOfBeforeThereWereRolesGivesThemToNobody() throws {
    var play = try Play(["dev": ["a"]])
    let first = try #require(play.log.first)
    #expect(!String(decoding: first.json, as: UTF8.self).contains("access"))
    var state = State()
    state.apply(try RecordedEvent(json: first.json))
    #expect(state.configuration?.access == nil)
    let bindings = [RoleBinding(role: "approver", users: ["ben"])]
    try play.reconfigure { $0.access = bindings }
    let last = try RecordedEvent(json: try #require(play.log.last).json)
    state.apply(last)
    #expect(try State(rows: state.rows, sequence: 2).configuration?.access == bindings)
    try play.reconfigure { $0.access = [] }
    #expect(play.state.configuration?.access == nil)
  }

  @Test func theEncoderWritesWhatFoundationWrites() throws {
    var fleet = SimulatedFleet(seed: 3)
    try fleet.begin()
    var random = SeededRandom(seed: 4)
    for _ in 0..<80 { try fleet.step(random.next()) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    for record in fleet.log { #expect(try record.json == Array(encoder.encode(record))) }
  }

  @Test func aRolloutThatIsNotWholeInTheDatabaseIsReportedByName() throws {
    var play = try Play(["dev": ["a", "b"]])
    try play.commit(1)
    let rows = play.state.rows.filter { $0.key.id != "web-dev-1/b" }
    #expect {
      _ = try State(rows: rows, sequence: play.state.sequence)
    } throws: {
      "\($0)".hasPrefix("rollout web-dev-1 is stored with 1 waves and 1 targets")
    }
  }
}
