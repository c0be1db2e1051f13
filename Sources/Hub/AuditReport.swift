public import FleetModel
internal import HubStore
internal import RolloutEngine

/// Whether the log in a database file is what was recorded, and whether the stored state is what the
/// log adds up to.
public struct AuditReport: Sendable, Hashable {
  public let database: String
  /// Events of the part of the log that holds, from the first one on.
  public let events: Int
  /// When the first and the last of them happened.
  public let times: ClosedRange<Instant>?
  /// `SEQUENCE:HASH` of the last of them: to be noted outside of the database.
  public let head: String
  /// Events up to this one were chained by an upgrade; the chain says nothing of what happened to
  /// them before. 0 where there are none.
  public let chainedByUpgrade: Int
  /// The first event at fault.
  public let fault: Fault?
  /// Where the stored state is not what the log adds up to.
  public let stateFault: String?

  public struct Fault: Sendable, Hashable {
    public let sequence: Int
    public let message: String
  }

  public var isClean: Bool { fault == nil && stateFault == nil }

  /// Whether `text` has the form of a head.
  public static func isHead(_ text: String) -> Bool { LogHead(parsing: text) != nil }

  /// Checks the database file at `path`, of a running hub or of none. `anchor` is a head that was
  /// noted earlier. Throws an error in words where the file cannot be read.
  public init(databasePath path: String, anchor: String?) throws {
    var folded = State()
    var unreadable: String?
    let (found, stored) = try RecordedLog.read(path: path) { contents in
      let found = try contents.verify(against: anchor.flatMap(LogHead.init(parsing:))) { event in
        guard unreadable == nil else { return }
        do { folded.apply(try RecordedEvent(json: Array(event.body.utf8))) } catch {
          unreadable = "event \(event.sequence) cannot be read by this version: \(error)"
        }
      }
      return (found, found.fault == nil && unreadable == nil ? try contents.projections() : [])
    }
    database = path
    events = found.head.sequence
    times = found.times.map {
      Instant(milliseconds: $0.lowerBound)...Instant(milliseconds: $0.upperBound)
    }
    head = found.head.description
    chainedByUpgrade = found.chainedByUpgrade
    fault = found.fault.map { Fault(sequence: $0.sequence, message: $0.description) }
    stateFault =
      fault == nil ? unreadable ?? AuditReport.difference(of: stored, from: folded) : nil
  }

  private static func difference(of stored: [StoredProjection], from state: State) -> String? {
    let there = Dictionary(
      stored.map { ("\($0.kind) \($0.key)", $0.body) }, uniquingKeysWith: { first, _ in first })
    let rows = state.rows
    for row in rows {
      let name = "\(row.key.kind.rawValue) \(row.key.id)"
      guard let body = there[name] else { return "the stored state lacks \(name)" }
      if body != String(decoding: row.json, as: UTF8.self) {
        return "the stored state of \(name) is not what the log adds up to"
      }
    }
    guard stored.count > rows.count else { return nil }
    let known = Set(rows.map { "\($0.key.kind.rawValue) \($0.key.id)" })
    return there.keys.sorted().first { !known.contains($0) }
      .map { "the stored state has \($0), of which the log knows nothing" }
  }
}
