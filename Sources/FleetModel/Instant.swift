/// A point in time: whole milliseconds since 1970-01-01T00:00:00Z. Time reaches decisions only as
/// values of this type.
public struct Instant: Sendable, Hashable, Comparable, Codable {
  public let milliseconds: Int64

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  public init(from decoder: any Decoder) throws {
    milliseconds = try decoder.singleValueContainer().decode(Int64.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(milliseconds)
  }

  public static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }

  public static func + (instant: Instant, span: TimeSpan) -> Instant {
    Instant(milliseconds: instant.milliseconds + span.milliseconds)
  }

  /// The time from `b` to `a`.
  public static func - (a: Instant, b: Instant) -> TimeSpan {
    TimeSpan(milliseconds: a.milliseconds - b.milliseconds)
  }
}

/// A length of time in whole milliseconds, written in fleet files as Go and Kubernetes write
/// durations: `90s`, `10m`, `1h30m`, `2d`.
public struct TimeSpan: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  public let milliseconds: Int64

  public static let zero = TimeSpan(milliseconds: 0)

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }
  public static func seconds(_ count: Int) -> TimeSpan {
    TimeSpan(milliseconds: Int64(count) * 1000)
  }
  public static func minutes(_ count: Int) -> TimeSpan { seconds(count * 60) }

  private static let units: [(suffix: String, milliseconds: Int64)] = [
    ("ms", 1), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
  ]

  /// Reads one or more numbers with a unit each (`d`, `h`, `m`, `s`, `ms`); `0` needs no unit.
  /// `nil` for anything else and for more than about 290 million years.
  public init?(parsing text: String) {
    if text == "0" {
      self = .zero
      return
    }
    var rest = text[...]
    var total: Int64 = 0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard let count = Int64(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      guard let unit = TimeSpan.units.first(where: { rest.hasPrefix($0.suffix) }) else {
        return nil
      }
      rest = rest.dropFirst(unit.suffix.count)
      let (part, tooLarge) = count.multipliedReportingOverflow(by: unit.milliseconds)
      let (sum, overflow) = total.addingReportingOverflow(part)
      if tooLarge || overflow { return nil }
      total = sum
    }
    milliseconds = total
  }

  public init(from decoder: any Decoder) throws {
    milliseconds = try decoder.singleValueContainer().decode(Int64.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(milliseconds)
  }

  /// The form that ``init(parsing:)`` reads: `1h30m`, `45s`, `250ms`, `0s`.
  public var description: String {
    if milliseconds == 0 { return "0s" }
    if milliseconds < 0 { return "-" + TimeSpan(milliseconds: -milliseconds).description }
    var rest = milliseconds
    var text = ""
    for unit in TimeSpan.units.dropFirst() + TimeSpan.units.prefix(1) {
      let count = rest / unit.milliseconds
      if count > 0 { text += "\(count)\(unit.suffix)" }
      rest -= count * unit.milliseconds
    }
    return text
  }

  public static func < (a: TimeSpan, b: TimeSpan) -> Bool { a.milliseconds < b.milliseconds }
}
