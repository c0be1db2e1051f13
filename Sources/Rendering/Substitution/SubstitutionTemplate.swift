/// A text with variables, taken apart: the syntax of Flux's `postBuild` (its fork of
/// drone/envsubst), which is that of bash as far as it goes.
///
/// `$$` stands for `$` everywhere, so `$${name}` is the text `${name}`. What a person writes by
/// mistake is an error here, also where Flux's reader makes something of it: `${x:?…}` and
/// `${x:+…}`, which Flux takes for defaults, and offsets that are no numbers.
struct SubstitutionTemplate: Sendable {
  enum Piece: Sendable {
    case text([UInt8])
    case expression(Expression)
  }

  struct Expression: Sendable {
    let name: String
    let operation: Operation
    /// As it is written, for messages.
    let source: String
  }

  indirect enum Operation: Sendable {
    /// `${name}`
    case value
    /// `${#name}`: how many bytes long.
    case length
    /// `${name^}`, `${name^^}`, `${name,}`, `${name,,}`
    case letters(upper: Bool, all: Bool)
    /// `${name:=text}`, `${name:-text}`, `${name=text}`: where it is not defined or empty.
    case fallback([Piece])
    /// `${name:offset}`, `${name:offset:length}`
    case substring(offset: [Piece], length: [Piece]?)
    /// `${name#pattern}`, `##`, `%`, `%%`
    case strip(atStart: Bool, longest: Bool, pattern: [Piece])
    /// `${name/pattern/text}` and its kinds; without a text where nothing follows the second `/`.
    case replace(Replacement, pattern: [Piece], text: [Piece]?)
  }

  enum Replacement: Sendable { case first, all, start, end }

  let pieces: [Piece]

  /// Whether anything would change in a text: all others need no template.
  static func isNeeded(in text: some Sequence<UInt8>) -> Bool {
    var afterDollar = false
    for byte in text {
      if afterDollar, byte == .dollar || byte == UInt8(ascii: "{") { return true }
      afterDollar = byte == .dollar
    }
    return false
  }

  init(_ text: [UInt8]) throws(SubstitutionFault) {
    var reader = SubstitutionReader(text)
    pieces = try reader.template()
  }
}

/// Why a text cannot be substituted.
enum SubstitutionFault: Error, Equatable {
  /// No expression of the syntax; `source` is as much of it as was read.
  case malformed(source: String, problem: String)
  case undefined(name: String, source: String)
  case notNumeric(source: String, value: String)
  case tooLong(source: String)
}

extension UInt8 {
  fileprivate static let dollar = UInt8(ascii: "$")
  fileprivate static let close = UInt8(ascii: "}")
  fileprivate static let slash = UInt8(ascii: "/")
  fileprivate static let colon = UInt8(ascii: ":")
  fileprivate static let backslash = UInt8(ascii: "\\")
}

/// Reads templates: one pass, without going back.
private struct SubstitutionReader {
  typealias Piece = SubstitutionTemplate.Piece
  typealias Expression = SubstitutionTemplate.Expression
  typealias Operation = SubstitutionTemplate.Operation

  /// Deepest nesting of expressions.
  static let maximumDepth = 16

  private let text: [UInt8]
  private var place = 0
  private var depth = 0

  init(_ text: [UInt8]) { self.text = text }

  private func byte(_ ahead: Int = 0) -> UInt8? {
    place + ahead < text.count ? text[place + ahead] : nil
  }

  private var opens: Bool { byte() == .dollar && byte(1) == UInt8(ascii: "{") }

  mutating func template() throws(SubstitutionFault) -> [Piece] {
    var pieces: [Piece] = []
    var plain: [UInt8] = []
    while let next = byte() {
      if opens {
        if !plain.isEmpty { pieces.append(.text(plain)) }
        plain = []
        pieces.append(.expression(try expression()))
        continue
      }
      plain.append(next)
      place += next == .dollar && byte(1) == .dollar ? 2 : 1
    }
    if !plain.isEmpty { pieces.append(.text(plain)) }
    return pieces
  }

  /// An expression from its `$` to its `}`.
  private mutating func expression() throws(SubstitutionFault) -> Expression {
    let start = place
    place += 2
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else { throw malformed(start, "is nested too deeply") }
    let measures = byte() == UInt8(ascii: "#")
    if measures { place += 1 }
    let name = identifier()
    guard !name.isEmpty else {
      throw malformed(start, "needs the name of a variable: letters, digits and '_'")
    }
    let operation = measures ? .length : try operation(start)
    guard byte() == .close else {
      throw malformed(start, byte() == nil ? "has no '}'" : "has something before its '}'")
    }
    place += 1
    return Expression(name: name, operation: operation, source: source(start))
  }

  private mutating func identifier() -> String {
    let start = place
    while let next = byte(),
      next == UInt8(ascii: "_") || next &- 48 < 10 || (next | 0x20) &- 97 < 26
    { place += 1 }
    return String(decoding: text[start..<place], as: UTF8.self)
  }

  private mutating func operation(_ start: Int) throws(SubstitutionFault) -> Operation {
    switch byte() {
    case .colon?:
      switch byte(1) {
      case UInt8(ascii: "=")?, UInt8(ascii: "-")?:
        place += 2
        return .fallback(try pieces(start, until: [.close]))
      case UInt8(ascii: "?")?, UInt8(ascii: "+")?:
        place += 2
        throw malformed(start, "is not supported; give a default with ':='")
      default: return try substring(start)
      }
    case UInt8(ascii: "=")?:
      place += 1
      return .fallback(try pieces(start, until: [.close]))
    case UInt8(ascii: "^")?, UInt8(ascii: ",")?:
      let sign = byte()
      place += 1
      let all = byte() == sign
      if all { place += 1 }
      return .letters(upper: sign == UInt8(ascii: "^"), all: all)
    case UInt8(ascii: "#")?, UInt8(ascii: "%")?:
      let sign = byte()
      place += 1
      let longest = byte() == sign
      if longest { place += 1 }
      let pattern = try pieces(start, until: [.close])
      guard !pattern.isEmpty else { throw malformed(start, "has no pattern") }
      return .strip(atStart: sign == UInt8(ascii: "#"), longest: longest, pattern: pattern)
    case .slash?: return try replacement(start)
    case UInt8(ascii: "-")?, UInt8(ascii: "?")?, UInt8(ascii: "+")?:
      place += 1
      throw malformed(start, "is not supported; give a default with ':='")
    default: return .value
    }
  }

  private mutating func substring(_ start: Int) throws(SubstitutionFault) -> Operation {
    place += 1
    let offset = try pieces(start, until: [.colon, .close])
    guard !offset.isEmpty else { throw malformed(start, "has no offset") }
    guard byte() == .colon else { return .substring(offset: offset, length: nil) }
    place += 1
    let length = try pieces(start, until: [.close])
    guard !length.isEmpty else { throw malformed(start, "has no length") }
    return .substring(offset: offset, length: length)
  }

  private mutating func replacement(_ start: Int) throws(SubstitutionFault) -> Operation {
    place += 1
    var kind = SubstitutionTemplate.Replacement.first
    switch byte() {
    case .slash?: kind = .all
    case UInt8(ascii: "#")?: kind = .start
    case UInt8(ascii: "%")?: kind = .end
    default: break
    }
    if kind != .first { place += 1 }
    let pattern = try pieces(start, until: [.slash, .close], escapes: true)
    if pattern.isEmpty, kind == .first || kind == .all { throw malformed(start, "has no pattern") }
    guard byte() == .slash else {
      throw malformed(start, "has no '/' behind its pattern, as ${name/pattern/text} has")
    }
    // Several slashes count as one.
    while byte() == .slash { place += 1 }
    if byte() == .close { return .replace(kind, pattern: pattern, text: nil) }
    return .replace(
      kind, pattern: pattern, text: try pieces(start, until: [.close], escapes: true))
  }

  /// Text and expressions up to one of `ends`, which stays. With `escapes`, `\/`, `\\` and `$$`
  /// stand for their second character.
  private mutating func pieces(
    _ start: Int, until ends: [UInt8], escapes: Bool = false
  ) throws(SubstitutionFault) -> [Piece] {
    var pieces: [Piece] = []
    var plain: [UInt8] = []
    while let next = byte(), !ends.contains(next) {
      if opens {
        if !plain.isEmpty { pieces.append(.text(plain)) }
        plain = []
        pieces.append(.expression(try expression()))
        continue
      }
      if escapes, let second = byte(1),
        next == .dollar && second == .dollar
          || next == .backslash && (second == .slash || second == .backslash)
      {
        place += 1
        plain.append(second)
      } else {
        plain.append(next)
      }
      place += 1
    }
    guard byte() != nil else { throw malformed(start, "has no '}'") }
    if !plain.isEmpty { pieces.append(.text(plain)) }
    return pieces
  }

  private func source(_ start: Int) -> String {
    String(decoding: text[start..<place].prefix(60), as: UTF8.self)
  }

  /// The fault with the expression up to the end of its line, which is where a person looks.
  private func malformed(_ start: Int, _ problem: String) -> SubstitutionFault {
    let line = text[start...].prefix { $0 != 0x0A }
    let end = line.firstIndex(of: .close).map { $0 + 1 } ?? line.endIndex
    return .malformed(
      source: String(decoding: text[start..<end].prefix(60), as: UTF8.self), problem: problem)
  }
}
