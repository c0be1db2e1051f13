extension YAML {
  /// Where a byte of a scalar's text stands in the source that the scalar was read from, whatever its
  /// style: for faults inside of a text that has a syntax of its own. The scalar's own place where
  /// the source does not lead there.
  ///
  /// - Parameter offset: into the UTF-8 of the scalar's text; its length stands for the end, blanks
  ///   not counted.
  public static func position(
    of offset: Int, in scalar: LocatedNode, source: [UInt8]
  ) -> Position {
    guard let content = scalar.scalar else { return scalar.position }
    var walk = ScalarWalk(source: source, start: scalar.position, style: content.style)
    var passed = content.text.utf8.prefix(offset)
    let isEnd = offset >= content.text.utf8.count
    while isEnd, let last = passed.last, ScalarWalk.isBlank(last) { passed.removeLast() }
    for byte in passed {
      guard walk.pass(byte) else { return scalar.position }
    }
    return (isEnd ? walk.here : walk.next) ?? scalar.position
  }
}

/// Goes through the source of a scalar as its text is gone through.
private struct ScalarWalk {
  private let source: [UInt8]
  private let style: ScalarStyle
  private var index: Int
  private var line: Int
  private var column: Int
  /// Bytes of the character that an escape stands for and that are still to come in the text.
  private var escaped = 0

  init(source: [UInt8], start: YAML.Position, style: ScalarStyle) {
    self.source = source
    self.style = style
    index = 0
    line = 1
    column = 1
    while index < source.count, line < start.line || column < start.column {
      let line = line
      step()
      // The place lies beyond the end of its line: it is of another source.
      if self.line > start.line, line <= start.line { break }
    }
    switch style {
    case .plain: break
    case .singleQuoted, .doubleQuoted: step()
    case .literal, .folded:
      while index < source.count, source[index] != 0x0A { step() }
    }
  }

  private var current: UInt8? { index < source.count ? source[index] : nil }

  private mutating func step() {
    guard let byte = current else { return }
    index += 1
    if byte == 0x0A {
      line += 1
      column = 1
    } else if current.map({ $0 & 0xC0 != 0x80 }) ?? true {
      column += 1
    }
  }

  static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }

  /// Where the character that was passed last ends; `nil` in the middle of one.
  var here: YAML.Position? { escaped == 0 ? YAML.Position(line: line, column: column) : nil }

  /// Where the next character of the text stands; `nil` in the middle of one.
  var next: YAML.Position? {
    var walk = self
    // Blanks of the text were passed one by one, those of the source not always.
    if walk.index > 0, Self.isBlank(walk.source[walk.index - 1]) || walk.isAtLineEnd {
      walk.skipBlanks()
    }
    return walk.here
  }

  private var isAtLineEnd: Bool { current == 0x0A || current == 0x0D }

  private mutating func skipBlanks() {
    while let byte = current, Self.isBlank(byte) { step() }
  }

  /// Passes one byte of the text; answers whether it is there.
  mutating func pass(_ byte: UInt8) -> Bool {
    if escaped > 0 {
      escaped -= 1
      return true
    }
    // Lines are folded and indented: runs of blanks stand for each other.
    if Self.isBlank(byte) {
      if style == .doubleQuoted, current == UInt8(ascii: "\\") { return passEscape(byte) }
      if let blank = current, Self.isBlank(blank) { step() }
      return true
    }
    skipBlanks()
    while style == .doubleQuoted, current == UInt8(ascii: "\\"), isContinuation {
      step()
      skipBlanks()
    }
    guard let found = current else { return false }
    if style == .doubleQuoted, found == UInt8(ascii: "\\") { return passEscape(byte) }
    guard found == byte else { return false }
    step()
    if style == .singleQuoted, byte == UInt8(ascii: "'") { step() }
    return true
  }

  /// Whether the backslash here joins two lines.
  private var isContinuation: Bool {
    index + 1 < source.count && (source[index + 1] == 0x0A || source[index + 1] == 0x0D)
  }

  /// Passes an escape that stands for a character with this first byte.
  private mutating func passEscape(_ first: UInt8) -> Bool {
    step()
    guard let letter = current else { return false }
    step()
    let digits =
      switch letter {
      case UInt8(ascii: "x"): 2
      case UInt8(ascii: "u"): 4
      case UInt8(ascii: "U"): 8
      default: 0
      }
    for _ in 0..<digits { step() }
    escaped = UTF8Width.of(first) - 1
    return true
  }
}
