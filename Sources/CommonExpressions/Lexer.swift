/// The words of an expression, by the lexis of langdef.md.
struct Lexeme: Sendable {
  enum Token: Sendable, Equatable {
    case name(String)
    /// Without its sign.
    case int(UInt64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    /// An operator or a bracket.
    case symbol(String)
    case end
  }

  let token: Token
  /// In bytes of UTF-8.
  let offset: Int

  /// Completes 'found …'.
  var noun: String {
    switch token {
    case .name(let name): "'\(name)'"
    case .int, .uint, .double: "a number"
    case .string: "a string"
    case .symbol(let text): "'\(text)'"
    case .end: "the end"
    }
  }
}

struct Lexer {
  private let bytes: [UInt8]
  private var index = 0

  static func lexemes(of text: String) throws(ExpressionFault) -> [Lexeme] {
    var lexer = Lexer(bytes: Array(text.utf8))
    var lexemes: [Lexeme] = []
    while true {
      lexer.skipBlanks()
      let offset = lexer.index
      let token = try lexer.next()
      lexemes.append(Lexeme(token: token, offset: offset))
      if token == .end { return lexemes }
    }
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func at(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

  private mutating func skipBlanks() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x09, 0x0A, 0x0C, 0x0D, 0x20: index += 1
      case UInt8(ascii: "/") where at(index + 1) == UInt8(ascii: "/"):
        while index < bytes.count, bytes[index] != 0x0A, bytes[index] != 0x0D { index += 1 }
      default: return
      }
    }
  }

  private mutating func next() throws(ExpressionFault) -> Lexeme.Token {
    guard index < bytes.count else { return .end }
    let byte = bytes[index]
    if Self.isDigit(byte) || byte == UInt8(ascii: ".") && Self.isDigit(at(index + 1)) {
      return try number()
    }
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { return try string(isRaw: false) }
    if Self.isLetter(byte) {
      let start = index
      while Self.isLetter(at(index)) || Self.isDigit(at(index)) { index += 1 }
      let name = String(decoding: bytes[start..<index], as: UTF8.self)
      if at(index) == UInt8(ascii: "\"") || at(index) == UInt8(ascii: "'") {
        switch name {
        case "r", "R": return try string(isRaw: true)
        case "b", "B", "br", "bR", "Br", "BR", "rb", "rB", "Rb", "RB":
          throw fault(start, "bytes are not part of this language", "write a string")
        default: break
        }
      }
      return .name(name)
    }
    for symbol in ["||", "&&", "==", "!=", "<=", ">="] where matches(symbol) {
      index += 2
      return .symbol(symbol)
    }
    if "<>+-*/%!?:.,()[]{}".utf8.contains(byte) {
      index += 1
      return .symbol(String(decoding: [byte], as: UTF8.self))
    }
    let rest = String(decoding: bytes[index...], as: UTF8.self)
    let remedy: String? =
      switch byte {
      case UInt8(ascii: "="): "write == to compare"
      case UInt8(ascii: "&"): "write && for 'and'"
      case UInt8(ascii: "|"): "write || for 'or'"
      default: nil
      }
    throw fault(index, "unexpected character '\(rest.prefix(1))'", remedy)
  }

  private func matches(_ symbol: String) -> Bool { bytes[index...].starts(with: symbol.utf8) }

  private func fault(
    _ offset: Int, _ message: String, _ remedy: String? = nil
  ) -> ExpressionFault {
    ExpressionFault(offset: offset, message: message, remedy: remedy)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
  private static func isLetter(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 97 < 26 || byte == UInt8(ascii: "_")
  }

  // MARK: - Numbers

  private mutating func number() throws(ExpressionFault) -> Lexeme.Token {
    let start = index
    let isHexadecimal = at(index) == 48 && at(index + 1) | 0x20 == UInt8(ascii: "x")
    var isDouble = false
    if isHexadecimal {
      index += 2
      while Self.hexadecimal(at(index)) != nil { index += 1 }
    } else {
      skipDigits()
      if at(index) == UInt8(ascii: "."), Self.isDigit(at(index + 1)) {
        isDouble = true
        index += 1
        skipDigits()
      }
      if at(index) | 0x20 == UInt8(ascii: "e") {
        let hasSign = at(index + 1) == UInt8(ascii: "+") || at(index + 1) == UInt8(ascii: "-")
        if Self.isDigit(at(index + (hasSign ? 2 : 1))) {
          isDouble = true
          index += hasSign ? 2 : 1
          skipDigits()
        }
      }
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if isDouble {
      guard let value = Double(text.first == "." ? "0" + text : text), value.isFinite else {
        throw fault(start, "the number \(text) is too large")
      }
      return .double(value)
    }
    let isUnsigned = at(index) | 0x20 == UInt8(ascii: "u")
    if isUnsigned { index += 1 }
    let digits = isHexadecimal ? text.dropFirst(2) : text[...]
    guard let value = UInt64(digits, radix: isHexadecimal ? 16 : 10) else {
      throw fault(
        start,
        digits.isEmpty ? "expected hexadecimal digits" : "the number \(text) exceeds 64 bits")
    }
    return isUnsigned ? .uint(value) : .int(value)
  }

  private mutating func skipDigits() { while Self.isDigit(at(index)) { index += 1 } }

  // MARK: - Strings

  private mutating func string(isRaw: Bool) throws(ExpressionFault) -> Lexeme.Token {
    let start = index
    let quote = bytes[index]
    let isTriple = at(index + 1) == quote && at(index + 2) == quote
    index += isTriple ? 3 : 1
    var text: [UInt8] = []
    while index < bytes.count {
      let byte = bytes[index]
      if byte == quote, !isTriple || at(index + 1) == quote && at(index + 2) == quote {
        index += isTriple ? 3 : 1
        return .string(String(decoding: text, as: UTF8.self))
      }
      if !isTriple, byte == 0x0A || byte == 0x0D { break }
      if byte == UInt8(ascii: "\\"), !isRaw {
        text.append(contentsOf: String(try escape()).utf8)
      } else {
        text.append(byte)
        index += 1
      }
    }
    let mark = String(repeating: String(UnicodeScalar(quote)), count: isTriple ? 3 : 1)
    throw fault(start, "a string that begins here does not end", "close it with \(mark)")
  }

  private mutating func escape() throws(ExpressionFault) -> Character {
    let start = index
    let letter = at(index + 1)
    index += 2
    switch letter {
    case UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "\""), UInt8(ascii: "'"),
      UInt8(ascii: "`"):
      return Character(UnicodeScalar(letter))
    case UInt8(ascii: "a"): return "\u{07}"
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "v"): return "\u{0B}"
    case UInt8(ascii: "x"), UInt8(ascii: "X"): return try scalar(start, digits: 2, radix: 16)
    case UInt8(ascii: "u"): return try scalar(start, digits: 4, radix: 16)
    case UInt8(ascii: "U"): return try scalar(start, digits: 8, radix: 16)
    case UInt8(ascii: "0")...UInt8(ascii: "3"):
      index -= 1
      return try scalar(start, digits: 3, radix: 8)
    default:
      throw fault(
        start, "a backslash begins an escape, and this is none",
        "write \\\\ for a backslash, or put r before the string")
    }
  }

  private mutating func scalar(
    _ start: Int, digits: Int, radix: UInt32
  ) throws(ExpressionFault) -> Character {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let digit = Self.hexadecimal(at(index)), digit < radix else {
        throw fault(start, "this escape takes \(digits) digits of base \(radix)")
      }
      // Eight hexadecimal digits fill 32 bits exactly.
      value = value &* radix &+ digit
      index += 1
    }
    guard let scalar = UnicodeScalar(value) else {
      throw fault(start, "this escape stands for no character of Unicode")
    }
    return Character(scalar)
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 48...57: UInt32(byte - 48)
    case 65...70: UInt32(byte - 55)
    case 97...102: UInt32(byte - 87)
    default: nil
    }
  }
}
