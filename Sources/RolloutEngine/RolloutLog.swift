/// The part of the log that replays one rollout: every event that names it, and what was said of its
/// release. Written as a file it is a bug report that anybody can replay without the hub.
///
/// The file is JSON lines: one that says what the file is, then the events as the log stores them.
public struct RolloutLog: Sendable {
  public let rollout: RolloutID
  /// In the order of the log; their sequence numbers have gaps.
  public let events: [RecordedEvent]

  /// Takes over the events of `rollout` that ``Scope`` admits. Throws ``Malformed`` where they do not
  /// begin with its plan.
  public init(rollout: RolloutID, events: [RecordedEvent]) throws(Malformed) {
    let planned = events.contains { record in
      if case .rolloutPlanned(let event) = record.event { event.rollout == rollout } else { false }
    }
    guard planned else {
      throw Malformed(line: nil, why: "there is no event that plans rollout \(rollout)")
    }
    self.rollout = rollout
    self.events = events
  }

  /// The first and the last sequence number at which the rollout has a state.
  public var range: ClosedRange<Int> {
    let first = events.first { record in
      if case .rolloutPlanned(let event) = record.event { event.rollout == rollout } else { false }
    }
    let last = events.last?.sequence ?? 1
    return (first?.sequence ?? last)...last
  }

  /// The state after the last event up to `sequence`. Of it, only the rollout with its waves and
  /// targets, and its release, are whole.
  public func state(at sequence: Int) -> State {
    var state = State()
    for event in events.prefix(while: { $0.sequence <= sequence }) { state.apply(event) }
    return state
  }

  /// Why a file is no log of a rollout.
  public struct Malformed: Error, Sendable, Hashable, CustomStringConvertible {
    /// Counted from 1.
    public let line: Int?
    public let why: String

    public var description: String { (line.map { "\($0): " } ?? " ") + why }
  }
}

// MARK: - Which events

extension RolloutLog {
  /// Tells the events of one rollout by their text, so that a store can find them without reading all.
  public struct Scope: Sendable, Hashable {
    public let rollout: RolloutID
    public let release: ReleaseID

    public init(rollout: RolloutID, release: ReleaseID) {
      self.rollout = rollout
      self.release = release
    }

    /// Admits what holds this…
    public var mention: String { "\"\(rollout)\"" }
    /// …and what holds this…
    public var context: String { "\"\(release)\"" }
    /// …and not this: the events of other rollouts of the release.
    public static let otherRollout = "\"rollout\":\""

    /// Whether an event, in canonical JSON, belongs to the rollout.
    public func admits(_ json: String) -> Bool {
      json.contains(mention) || json.contains(context) && !json.contains(Scope.otherRollout)
    }
  }
}

// MARK: - The file

extension RolloutLog {
  private struct Header: Codable {
    var apiVersion = "flotilla.dev/v1"
    var kind = "RolloutLog"
    let rollout: RolloutID
    /// Of the hub.
    let version: String
  }

  /// The first line of a file; the events follow, one a line, as ``RecordedEvent/json``.
  public static func header(_ rollout: RolloutID, version: String) -> String {
    String(
      decoding: CanonicalJSON.encode(Header(rollout: rollout, version: version)), as: UTF8.self)
  }

  /// Reads a file of this or an earlier version.
  public init(parsing bytes: [UInt8]) throws(Malformed) {
    var header: Header?
    var events: [RecordedEvent] = []
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      guard let known = header else {
        guard let read = try? CanonicalJSON.decode(Header.self, from: Array(line)),
          read.kind == "RolloutLog"
        else {
          // What the line is instead does not matter: it is not ours.
          throw Malformed(
            line: index + 1,
            why: "this is no log of a rollout; `flotilla rollout export ROLLOUT` writes one")
        }
        header = read
        continue
      }
      do { events.append(try RecordedEvent(json: Array(line))) } catch {
        throw Malformed(
          line: index + 1,
          why: "no event that this version can read; the file is of version \(known.version)")
      }
      if events.count > 1, events[events.count - 1].sequence <= events[events.count - 2].sequence {
        throw Malformed(line: index + 1, why: "the event does not come after the one before it")
      }
    }
    guard let header else { throw Malformed(line: 1, why: "the file is empty") }
    try self.init(rollout: header.rollout, events: events)
  }
}
