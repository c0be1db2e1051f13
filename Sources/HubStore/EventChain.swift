public import Manifests

// The log is a hash chain: an event's hash is SHA-256 over the hash of the event before it and the
// event's own JSON, which holds its sequence number, time, actor and reason. Whoever changes, removes,
// inserts or moves an event has to rewrite every hash after it, and then the head is another one.

/// A place in the log, and the hash of everything up to it. Noted outside of the database it tells
/// later whether what was there then is still there.
public struct LogHead: Sendable, Hashable, CustomStringConvertible {
  /// Of the last event; 0 for an empty log.
  public var sequence: Int
  public var hash: Digest

  public init(sequence: Int, hash: Digest) {
    self.sequence = sequence
    self.hash = hash
  }

  /// Reads what ``description`` writes; `nil` for anything else.
  public init?(parsing text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let sequence = Int(parts[0]), sequence >= 0,
      let hash = Digest(hex: String(parts[1]))
    else { return nil }
    self.init(sequence: sequence, hash: hash)
  }

  /// Of the empty log: 32 bytes of zero.
  static let start = LogHead(sequence: 0, hash: zero)
  private static let zero = Digest(bytes: [UInt8](repeating: 0, count: 32)) ?? Digest(hashing: "")

  /// The head after one more event.
  func following(_ body: String) -> LogHead {
    var bytes = hash.bytes
    bytes.append(contentsOf: body.utf8)
    return LogHead(sequence: sequence + 1, hash: Digest(hashing: bytes))
  }

  /// `812:` and 64 hexadecimal digits.
  public var description: String { "\(sequence):\(hash.hex)" }
}

/// What is wrong with a log, at the first event at fault.
public enum LogFault: Sendable, Hashable, CustomStringConvertible {
  /// Events that once were there, given that later ones are or that their hash was noted.
  case missing(ClosedRange<Int>)
  /// What stands there is not what was recorded there.
  case altered(Int)
  /// The columns beside the JSON say otherwise than the JSON.
  case contradictory(Int)
  /// The chain holds, but is another than the one whose head was noted.
  case rewritten(Int)

  public var sequence: Int {
    switch self {
    case .missing(let range): range.lowerBound
    case .altered(let sequence), .contradictory(let sequence), .rewritten(let sequence): sequence
    }
  }

  public var description: String {
    switch self {
    case .missing(let range) where range.count == 1: "event \(range.lowerBound) is missing"
    case .missing(let range): "events \(range.lowerBound) to \(range.upperBound) are missing"
    case .altered(let sequence):
      "event \(sequence) is not what was recorded there: it was changed, inserted or moved"
    case .contradictory(let sequence):
      "event \(sequence) was changed: its columns say otherwise than its JSON"
    case .rewritten(let sequence):
      "event \(sequence) is not the one whose hash was noted: the log up to it was rewritten"
    }
  }
}

/// What a walk along the chain found.
public struct LogVerification: Sendable, Hashable {
  /// The last event of the part that holds.
  public var head: LogHead
  /// Milliseconds since 1970 of the first and the last event of that part.
  public var times: ClosedRange<Int64>?
  /// Events up to here were chained by an upgrade, after they had been written without a chain.
  public var chainedByUpgrade: Int
  public var fault: LogFault?
}
