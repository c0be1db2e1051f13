public import FleetModel

/// An instant on the wire: RFC 3339 in UTC with milliseconds, `2026-05-01T09:30:00.250Z`.
public struct Timestamp: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  public let instant: Instant

  public init(_ instant: Instant) { self.instant = instant }

  /// Reads the form that ``description`` writes; fractions may be missing or longer.
  public init?(parsing text: String) {
    let bytes = Array(text.utf8)
    func number(_ start: Int, _ count: Int) -> Int64? {
      guard start + count <= bytes.count else { return nil }
      var value: Int64 = 0
      for byte in bytes[start..<start + count] {
        guard (48...57).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - 48)
      }
      return value
    }
    func isSign(_ character: Character, at index: Int) -> Bool {
      index < bytes.count && bytes[index] == character.asciiValue
    }
    guard let year = number(0, 4), isSign("-", at: 4), let month = number(5, 2),
      isSign("-", at: 7), let day = number(8, 2), isSign("T", at: 10), let hour = number(11, 2),
      isSign(":", at: 13), let minute = number(14, 2), isSign(":", at: 16),
      let second = number(17, 2), (1...12).contains(month), (1...31).contains(day), hour < 24,
      minute < 60, second < 61, bytes.last == UInt8(ascii: "Z")
    else { return nil }
    var milliseconds: Int64 = 0
    if isSign(".", at: 19) {
      var unit: Int64 = 100
      for byte in bytes[20..<bytes.count - 1] {
        guard (48...57).contains(byte) else { return nil }
        milliseconds += Int64(byte - 48) * unit
        unit /= 10
      }
    } else if bytes.count != 20 {
      return nil
    }
    let days = Timestamp.days(year: year, month: month, day: day)
    let seconds = days * 86400 + hour * 3600 + minute * 60 + second
    instant = Instant(milliseconds: seconds * 1000 + milliseconds)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let timestamp = Timestamp(parsing: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is no RFC 3339 time in UTC")
    }
    self = timestamp
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  public var description: String {
    let (seconds, milliseconds) = Timestamp.floorDivide(instant.milliseconds, by: 1000)
    let (days, inDay) = Timestamp.floorDivide(seconds, by: 86400)
    let date = Timestamp.date(days: days)
    func padded(_ value: Int64, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
      + "\(padded(inDay / 3600, 2)):\(padded(inDay / 60 % 60, 2)):\(padded(inDay % 60, 2))"
      + ".\(padded(milliseconds, 3))Z"
  }

  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.instant < b.instant }

  private static func floorDivide(_ value: Int64, by divisor: Int64) -> (Int64, Int64) {
    let rest = ((value % divisor) + divisor) % divisor
    return ((value - rest) / divisor, rest)
  }

  // Days and civil dates by Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = floorDivide(shifted, by: 400)
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivide(days + 719_468, by: 146_097)
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}
