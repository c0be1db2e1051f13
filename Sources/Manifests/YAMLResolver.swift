/// Tells what an unquoted scalar means, as go-yaml does.
enum YAMLResolver {
  /// The tag of a plain scalar. `text` must be ASCII-compatible UTF-8.
  @inline(__always)
  static func tag(of text: UnsafeBufferPointer<UInt8>, dialect: YAML.Dialect) -> ScalarTag {
    guard let first = text.first else { return .null }
    switch hints[Int(first)] {
    case .none: return .string
    case .word: return word(text, dialect)
    case .dot: return dot(text)
    case .number: return number(text, dialect)
    }
  }

  static func tag(of text: String, dialect: YAML.Dialect) -> ScalarTag {
    var text = text
    return text.withUTF8 { tag(of: $0, dialect: dialect) }
  }

  private enum Hint: UInt8 { case none, word, dot, number }

  private static let hints: [Hint] = {
    var table = [Hint](repeating: .none, count: 256)
    for byte in "yYnNtTfFoO~".utf8 { table[Int(byte)] = .word }
    for byte in "+-0123456789".utf8 { table[Int(byte)] = .number }
    table[Int(UInt8(ascii: "."))] = .dot
    return table
  }()

  private static func equals(_ text: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
    guard text.count == word.utf8CodeUnitCount else { return false }
    for index in text.indices where text[index] != word.utf8Start[index] { return false }
    return true
  }

  /// Lower-case, upper-case or capitalised spelling of `word`.
  private static func spells(_ text: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard text.count == count else { return false }
    for index in 0..<count where text[index] | 0x20 != word.utf8Start[index] { return false }
    let upper = text.lazy.filter { $0 & 0x20 == 0 }.count
    return upper == 0 || upper == count || upper == 1 && text[0] & 0x20 == 0
  }

  private static func word(
    _ text: UnsafeBufferPointer<UInt8>, _ dialect: YAML.Dialect
  ) -> ScalarTag {
    if text.count > 5 { return .string }
    if equals(text, "~") || spells(text, "null") { return .null }
    if spells(text, "true") || spells(text, "false") { return .bool }
    if dialect == .yaml11, boolean11(text) != nil { return .bool }
    return .string
  }

  /// The value of a YAML 1.1 boolean.
  static func boolean11(_ text: UnsafeBufferPointer<UInt8>) -> Bool? {
    if spells(text, "y") || spells(text, "yes") || spells(text, "on") || spells(text, "true") {
      return true
    }
    if spells(text, "n") || spells(text, "no") || spells(text, "off") || spells(text, "false") {
      return false
    }
    return nil
  }

  /// `.nan` and `.inf` with their spellings.
  private static func isSpecial(_ text: UnsafeBufferPointer<UInt8>, nan: Bool) -> Bool {
    equals(text, ".inf") || equals(text, ".Inf") || equals(text, ".INF")
      || nan && (equals(text, ".nan") || equals(text, ".NaN") || equals(text, ".NAN"))
  }

  private static func dot(_ text: UnsafeBufferPointer<UInt8>) -> ScalarTag {
    if isSpecial(text, nan: true) { return .float }
    return isFloat(text) && isFinite(text) ? .float : .string
  }

  private static func number(
    _ text: UnsafeBufferPointer<UInt8>, _ dialect: YAML.Dialect
  ) -> ScalarTag {
    // The usual case first: a few decimal digits.
    if text.count < 19, text[0] != 0x30 || text.count == 1,
      text.allSatisfy({ $0 &- 48 < 10 })
    {
      return .int
    }
    let sign = text[0] == 0x2B || text[0] == 0x2D
    if sign, isSpecial(UnsafeBufferPointer(rebasing: text.dropFirst()), nan: false) {
      return .float
    }
    if YAMLTimestamp(text) != nil { return dialect == .resource ? .timestamp : .string }
    let plain = text.filter { $0 != 0x5F }
    if YAMLNumber.integer(plain) != nil { return .int }
    let isNumber = plain.withUnsafeBufferPointer { isFloat($0) && isFinite($0) }
    return isNumber ? .float : .string
  }

  /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
  private static func isFloat(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var index = 0
    func digits() -> Int {
      let start = index
      while index < text.count, text[index] &- 48 < 10 { index += 1 }
      return index - start
    }
    if index < text.count, text[index] == 0x2B || text[index] == 0x2D { index += 1 }
    let whole = digits()
    if index < text.count, text[index] == 0x2E {
      index += 1
      let fraction = digits()
      if whole == 0 && fraction == 0 { return false }
    } else if whole == 0 {
      return false
    }
    if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      if index < text.count, text[index] == 0x2B || text[index] == 0x2D { index += 1 }
      if digits() == 0 { return false }
    }
    return index == text.count
  }

  /// Go refuses numbers beyond the range of a double, so they stay strings.
  private static func isFinite(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    if text.count < 300, !text.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) { return true }
    return Double(String(decoding: text, as: UTF8.self))?.isFinite ?? false
  }
}
