/// The values of YAML's spellings of numbers.
enum YAMLNumber {
  enum Integer: Equatable {
    case signed(Int64)
    /// Beyond the range of `signed`.
    case unsigned(UInt64)

    var text: String {
      switch self {
      case .signed(let value): String(value)
      case .unsigned(let value): String(value)
      }
    }
  }

  /// Reads what Go's `ParseInt` reads with base 0 in a text without underscores: decimal, `0x`,
  /// `0b`, `0o` and octal by a leading zero.
  static func integer(_ text: some BidirectionalCollection<UInt8>) -> Integer? {
    var rest = text[...]
    var isNegative = false
    var hasSign = false
    if let first = rest.first, first == 0x2B || first == 0x2D {
      isNegative = first == 0x2D
      hasSign = true
      rest = rest.dropFirst()
    }
    var radix: UInt64 = 10
    if rest.first == 0x30, let mark = rest.dropFirst().first {
      switch mark | 0x20 {
      case UInt8(ascii: "x"): radix = 16
      case UInt8(ascii: "o"): radix = 8
      case UInt8(ascii: "b"): radix = 2
      default: radix = 8
      }
      rest = rest.dropFirst(mark | 0x20 >= 0x61 ? 2 : 1)
    }
    guard !rest.isEmpty else { return nil }
    var value: UInt64 = 0
    for byte in rest {
      let digit: UInt64
      switch byte {
      case 48...57: digit = UInt64(byte - 48)
      case 65...70: digit = UInt64(byte - 55)
      case 97...102: digit = UInt64(byte - 87)
      default: return nil
      }
      guard digit < radix else { return nil }
      let product = value.multipliedReportingOverflow(by: radix)
      let sum = product.partialValue.addingReportingOverflow(digit)
      if product.overflow || sum.overflow { return nil }
      value = sum.partialValue
    }
    if isNegative {
      guard value <= 1 << 63 else { return nil }
      return .signed(value == 1 << 63 ? .min : -Int64(value))
    }
    if value <= UInt64(Int64.max) { return .signed(Int64(value)) }
    return hasSign ? nil : .unsigned(value)
  }

  /// The value of a number scalar: integers as themselves, the rest as a double; `nil` for what is
  /// no number.
  static func value(of scalar: Scalar) -> (integer: Integer?, double: Double)? {
    let text = scalar.text.utf8.filter { $0 != 0x5F }
    if let integer = integer(text) {
      switch integer {
      case .signed(let value): return (integer, Double(value))
      case .unsigned(let value): return (integer, Double(value))
      }
    }
    let plain = String(decoding: text, as: UTF8.self)
    switch plain.lowercased() {
    case ".inf", "+.inf": return (nil, .infinity)
    case "-.inf": return (nil, -.infinity)
    case ".nan": return (nil, .nan)
    default: return Double(plain).map { (nil, $0) }
    }
  }

  /// A double as kustomize prints it: integral values that fit 64 bits as integers, else the
  /// shortest digits that read back, in exponent form outside of 1e-4 to 1e6.
  static func text(of value: Double) -> String {
    text(of: value, integersBelow: 21, positional: -4..<6)
  }

  /// A double as Go's `%g` prints it: integral values beyond a million in exponent form, too.
  static func generalText(of value: Double) -> String {
    text(of: value, integersBelow: 6, positional: -4..<6)
  }

  /// A double as Go's JSON has it: exponent form outside of 1e-6 to 1e21 only.
  static func jsonText(of value: Double) -> String {
    text(of: value, integersBelow: 21, positional: -6..<21, exponentDigits: 1)
  }

  /// `integersBelow` and `positional` are decimal exponents.
  private static func text(
    of value: Double, integersBelow: Int, positional: Range<Int>, exponentDigits: Int = 2
  ) -> String {
    if value == 0 { return "0" }
    var digits: [UInt8] = []
    var point = 0
    var exponent = 0
    var sawPoint = false
    var bytes = Array("\(value.magnitude)".utf8)[...]
    while let byte = bytes.popFirst() {
      switch byte {
      case 0x2E: sawPoint = true
      case UInt8(ascii: "e"):
        exponent = Int(String(decoding: bytes.filter { $0 != 0x2B }, as: UTF8.self)) ?? 0
        bytes = []
      default:
        digits.append(byte)
        if !sawPoint { point += 1 }
      }
    }
    while digits.count > 1, digits.last == 0x30 { digits.removeLast() }
    let leading = digits.prefix { $0 == 0x30 }.count
    digits.removeFirst(min(leading, digits.count - 1))
    point -= leading
    let scale = point + exponent - 1
    let sign = value < 0 ? "-" : ""
    let text = String(decoding: digits, as: UTF8.self)
    if digits.count <= scale + 1, scale < integersBelow {
      // An integral value: the shortest digits, filled up with zeros.
      let integer = sign + text + String(repeating: "0", count: scale + 1 - digits.count)
      if positional.contains(scale) || Int64(integer) != nil || UInt64(integer) != nil {
        return integer
      }
    }
    if !positional.contains(scale) {
      let mantissa = text.count == 1 ? text : "\(text.prefix(1)).\(text.dropFirst())"
      let size = String(scale.magnitude)
      let padding = size.count < exponentDigits ? "0" : ""
      return "\(sign)\(mantissa)e\(scale < 0 ? "-" : "+")\(padding)\(size)"
    }
    if scale < 0 {
      return sign + "0." + String(repeating: "0", count: -scale - 1) + text
    }
    return "\(sign)\(text.prefix(scale + 1)).\(text.dropFirst(scale + 1))"
  }
}
