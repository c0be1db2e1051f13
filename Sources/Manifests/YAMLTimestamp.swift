/// A YAML timestamp in one of the forms that go-yaml accepts: `Y-M-D`, `Y-M-DTh:m:s[.f](Z|±hh:mm)`
/// (also with `t`), `Y-M-D h:m:s[.f]`.
struct YAMLTimestamp {
  private var year = 0
  private var month = 0
  private var day = 0
  private var hour = 0
  private var minute = 0
  private var second = 0
  /// Without trailing zeros.
  private var fraction: [UInt8] = []
  /// Minutes east of Greenwich; 0 is written as `Z`.
  private var offset = 0

  /// `nil` when `text` is no timestamp.
  init?(_ text: UnsafeBufferPointer<UInt8>) {
    guard text.count >= 8, text[4] == 0x2D, text.prefix(4).allSatisfy({ $0 &- 48 < 10 }) else {
      return nil
    }
    var index = 5
    func number(_ most: Int) -> Int? {
      let start = index
      var value = 0
      while index < text.count, index - start < most, text[index] &- 48 < 10 {
        value = value * 10 + Int(text[index] - 48)
        index += 1
      }
      return index == start ? nil : value
    }
    func take(_ byte: UInt8) -> Bool {
      guard index < text.count, text[index] == byte else { return false }
      index += 1
      return true
    }
    year = text.prefix(4).reduce(0) { $0 * 10 + Int($1 - 48) }
    guard let month = number(2), take(0x2D), let day = number(2) else { return nil }
    (self.month, self.day) = (month, day)
    guard (1...12).contains(month), (1...Self.days(year, month)).contains(day) else { return nil }
    if index == text.count { return }
    let separator = text[index]
    let isSpace = separator == 0x20
    guard isSpace || separator | 0x20 == UInt8(ascii: "t") else { return nil }
    index += 1
    guard let hour = number(2), take(0x3A), let minute = number(2), take(0x3A),
      let second = number(2), hour < 24, minute < 60, second < 60
    else { return nil }
    (self.hour, self.minute, self.second) = (hour, minute, second)
    if take(0x2E) {
      let start = index
      while index < text.count, text[index] &- 48 < 10 { index += 1 }
      guard index > start else { return nil }
      fraction = Array(text[start..<min(index, start + 9)])
      while fraction.last == 0x30 { fraction.removeLast() }
    }
    if isSpace {
      guard index == text.count else { return nil }
      return
    }
    if take(UInt8(ascii: "Z")) {
      guard index == text.count else { return nil }
      return
    }
    guard index < text.count, text[index] == 0x2B || text[index] == 0x2D else { return nil }
    let west = text[index] == 0x2D
    index += 1
    let start = index
    guard let hours = number(2), index == start + 2, take(0x3A), let minutes = number(2),
      index == start + 5, index == text.count, hours <= 24, minutes < 60
    else { return nil }
    offset = (hours * 60 + minutes) * (west ? -1 : 1)
  }

  private static func days(_ year: Int, _ month: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// RFC 3339 form of the timestamp `text`; `nil` when it is none.
  static func text(of text: String) -> String? {
    var text = text
    return text.withUTF8 { YAMLTimestamp($0)?.text }
  }

  private var text: String {
    func padded(_ value: Int, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    var result = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
    result += "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))"
    if !fraction.isEmpty { result += "." + String(decoding: fraction, as: UTF8.self) }
    if offset == 0 { return result + "Z" }
    let size = offset.magnitude
    return result + (offset < 0 ? "-" : "+") + padded(Int(size / 60), 2) + ":"
      + padded(Int(size % 60), 2)
  }
}
