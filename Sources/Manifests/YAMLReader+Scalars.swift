/// Scalars in all five styles.
extension YAMLReader {
  /// A plain scalar that stands in the source from `start` to `end`.
  @inline(__always)
  func plainScalar(_ start: Int, _ end: Int) -> Scalar {
    let text = UnsafeBufferPointer(rebasing: bytes[start..<end])
    return plainScalar(text)
  }

  @inline(__always)
  private func plainScalar(_ text: UnsafeBufferPointer<UInt8>) -> Scalar {
    let tag = YAMLResolver.tag(of: text, dialect: dialect)
    if tag == .bool, dialect == .yaml11 {
      let value = YAMLResolver.boolean11(text) ?? false
      return Scalar(value ? "true" : "false", tag: .bool)
    }
    return Scalar(String(decoding: text, as: UTF8.self), tag: tag)
  }

  func checkPlainStart(inFlow: Bool) throws(YAML.ParseError) {
    let byte = at(index)
    switch byte {
    case 0x2C, 0x5B, 0x5D, 0x7B, 0x7D, 0x23, 0x26, 0x2A, 0x21, 0x7C, 0x3E, 0x27, 0x22, 0x25, 0x40,
      0x60, 0x09:
      let character = byte == 0x09 ? "a tab" : "'\(Character(Unicode.Scalar(byte)))'"
      throw fail("expected a value; \(character) cannot start one without quotes")
    case 0x2D where endsWord(at(index + 1)) || inFlow && isFlowIndicator(at(index + 1)):
      throw fail("expected a value, found '-'")
    case 0x3F, 0x3A:
      if endsWord(at(index + 1)) || inFlow {
        throw fail("expected a value, found '\(Character(Unicode.Scalar(byte)))'")
      }
    default: break
    }
  }

  private func isFlowIndicator(_ byte: UInt8) -> Bool {
    byte == 0x2C || byte == 0x5B || byte == 0x5D || byte == 0x7B || byte == 0x7D
  }

  /// The end of the plain text on this line, without trailing blanks, and where it stopped.
  @inline(__always)
  private func plainLine() -> (end: Int, stop: Int) {
    var place = index
    while place < bytes.count {
      let byte = bytes[place]
      if byte == 0x0A { break }
      if byte == 0x23, place > index, isBlank(bytes[place - 1]) { break }
      place += 1
    }
    var end = place
    while end > index, isBlank(bytes[end - 1]) { end -= 1 }
    return (end, place)
  }

  /// Reads a plain scalar in block context; it goes on over lines that are indented deeper than
  /// `parent`.
  mutating func plain(parent: Int) throws(YAML.ParseError) -> Scalar {
    try checkPlainStart(inFlow: false)
    let start = index
    let (end, stop) = plainLine()
    index = stop
    guard at(stop) == 0x0A, let first = try continuation(parent) else {
      return plainScalar(start, end)
    }
    scratch.removeAll(keepingCapacity: true)
    scratch.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<end]))
    var breaks = first
    while true {
      appendFolded(breaks)
      let begin = index
      let (end, stop) = plainLine()
      for place in begin..<end where bytes[place] == 0x3A && endsWord(at(place + 1)) {
        throw fail(
          "mapping values are not allowed here; expected the rest of a text of several lines",
          at: place)
      }
      scratch.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[begin..<end]))
      index = stop
      guard at(stop) == 0x0A, let next = try continuation(parent) else { break }
      breaks = next
    }
    return scratch.withUnsafeBufferPointer { plainScalar($0) }
  }

  private mutating func appendFolded(_ breaks: Int) {
    if breaks == 1 {
      scratch.append(0x20)
    } else {
      for _ in 1..<breaks { scratch.append(0x0A) }
    }
  }

  /// Moves from the end of a line of plain text to the next line of it and answers how many line
  /// breaks lie between; `nil`, without moving, when the text is over.
  private mutating func continuation(_ parent: Int) throws(YAML.ParseError) -> Int? {
    var place = index
    var start = lineStart
    var breaks = 0
    var hasTab = false
    while place < bytes.count {
      let byte = bytes[place]
      if byte == 0x0A {
        breaks += 1
        start = place + 1
        hasTab = false
      } else if byte == 0x09 {
        hasTab = true
      } else if byte != 0x20 {
        break
      }
      place += 1
    }
    guard place < bytes.count, place - start > parent, bytes[place] != 0x23,
      !(place == start && isMarker(place))
    else { return nil }
    if hasTab, bytes[start..<place].prefix(parent + 1).contains(0x09) {
      throw fail("expected spaces as indentation, found a tab", at: place - 1)
    }
    index = place
    lineStart = start
    line += breaks
    return breaks
  }

  /// Reads a plain scalar inside a flow collection.
  mutating func plainInFlow() throws(YAML.ParseError) -> Scalar {
    try checkPlainStart(inFlow: true)
    var start = index
    var isFolded = false
    while true {
      while index < bytes.count {
        let byte = bytes[index]
        if byte == 0x0A || isFlowIndicator(byte) { break }
        if byte == 0x3A, endsWord(at(index + 1)) || isFlowIndicator(at(index + 1)) { break }
        if byte == 0x23, index > start, isBlank(bytes[index - 1]) { break }
        index += 1
      }
      var end = index
      while end > start, isBlank(bytes[end - 1]) { end -= 1 }
      let text = UnsafeBufferPointer(rebasing: bytes[start..<end])
      var next = index
      var breaks = 0
      var nextStart = lineStart
      if at(index) == 0x0A {
        while isBlank(at(next)) || at(next) == 0x0A {
          if at(next) == 0x0A {
            breaks += 1
            nextStart = next + 1
          }
          next += 1
        }
      }
      let byte = at(next)
      let goesOn =
        breaks > 0 && byte != 0 && byte != 0x23 && !isFlowIndicator(byte)
        && !(byte == 0x3A && endsWord(at(next + 1))) && !(next == nextStart && isMarker(next))
      if !isFolded, !goesOn { return plainScalar(text) }
      if !isFolded { scratch.removeAll(keepingCapacity: true) }
      isFolded = true
      scratch.append(contentsOf: text)
      if !goesOn { return scratch.withUnsafeBufferPointer { plainScalar($0) } }
      appendFolded(breaks)
      index = next
      lineStart = nextStart
      line += breaks
      start = index
    }
  }

  // MARK: Quotes

  /// Reads a scalar in single or double quotes.
  mutating func quoted() throws(YAML.ParseError) -> Scalar {
    let quote = at(index)
    let style: ScalarStyle = quote == 0x22 ? .doubleQuoted : .singleQuoted
    let begin = index
    index += 1
    let start = index
    while index < bytes.count {
      let byte = bytes[index]
      if byte == quote || byte == 0x0A || byte == 0x5C && quote == 0x22 { break }
      index += 1
    }
    let head = UnsafeBufferPointer(rebasing: bytes[start..<index])
    if at(index) == quote, !(quote == 0x27 && at(index + 1) == 0x27) {
      index += 1
      return Scalar(String(decoding: head, as: UTF8.self), tag: .string, style: style)
    }
    scratch.removeAll(keepingCapacity: true)
    scratch.append(contentsOf: head)
    if at(index) == 0x0A {
      // White space before a line break belongs to the break.
      while let last = scratch.last, isBlank(last) { scratch.removeLast() }
    }
    while true {
      let byte = at(index)
      switch byte {
      case 0: throw fail("expected the closing quote", at: begin)
      case quote:
        index += 1
        guard quote == 0x27, at(index) == 0x27 else {
          return Scalar(String(decoding: scratch, as: UTF8.self), tag: .string, style: style)
        }
        scratch.append(0x27)
        index += 1
      case 0x0A: try foldQuoted()
      case 0x5C where quote == 0x22: try escape()
      case 0x20, 0x09:
        var next = index
        while isBlank(at(next)) { next += 1 }
        if at(next) != 0x0A {
          scratch.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[index..<next]))
        }
        index = next
      default:
        scratch.append(byte)
        index += 1
      }
    }
  }

  private mutating func foldQuoted() throws(YAML.ParseError) {
    var breaks = 0
    while isBlank(at(index)) || at(index) == 0x0A {
      if at(index) == 0x0A {
        breaks += 1
        newLine()
        if isMarker(index) {
          throw fail("expected the closing quote, found a document marker")
        }
      } else {
        index += 1
      }
    }
    appendFolded(breaks)
  }

  private mutating func escape() throws(YAML.ParseError) {
    let begin = index
    let byte = at(index + 1)
    index += 2
    switch byte {
    case UInt8(ascii: "0"): scratch.append(0)
    case UInt8(ascii: "a"): scratch.append(7)
    case UInt8(ascii: "b"): scratch.append(8)
    case UInt8(ascii: "t"), 0x09: scratch.append(9)
    case UInt8(ascii: "n"): scratch.append(10)
    case UInt8(ascii: "v"): scratch.append(11)
    case UInt8(ascii: "f"): scratch.append(12)
    case UInt8(ascii: "r"): scratch.append(13)
    case UInt8(ascii: "e"): scratch.append(0x1B)
    case 0x20, 0x22, 0x27, 0x2F, 0x5C: scratch.append(byte)
    case UInt8(ascii: "N"): scratch.append(contentsOf: "\u{85}".utf8)
    case UInt8(ascii: "_"): scratch.append(contentsOf: "\u{A0}".utf8)
    case UInt8(ascii: "L"): scratch.append(contentsOf: "\u{2028}".utf8)
    case UInt8(ascii: "P"): scratch.append(contentsOf: "\u{2029}".utf8)
    case UInt8(ascii: "x"): try codePoint(digits: 2, begin)
    case UInt8(ascii: "u"): try codePoint(digits: 4, begin)
    case UInt8(ascii: "U"): try codePoint(digits: 8, begin)
    case 0x0A:
      lineStart = index
      line += 1
      skipBlanks()
    default: throw fail("expected one of YAML's escapes after '\\'", at: begin)
    }
  }

  private mutating func codePoint(digits: Int, _ begin: Int) throws(YAML.ParseError) {
    var code: UInt32 = 0
    for offset in 0..<digits {
      let byte = at(index + offset)
      guard byte != 0, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fail("expected \(digits) hexadecimal digits", at: begin)
      }
      code = code << 4 | UInt32(digit)
    }
    index += digits
    // Unlike JSON, YAML knows no pairs of escapes for characters beyond U+FFFF.
    guard let scalar = Unicode.Scalar(code) else {
      throw fail(
        "invalid Unicode character escape code; expected a character, as in \\U0001F600",
        at: begin)
    }
    scratch.append(contentsOf: Character(scalar).utf8)
  }

  // MARK: Block scalars

  /// Reads a literal (`|`) or folded (`>`) scalar below a collection at column `parent`.
  mutating func blockScalar(parent: Int) throws(YAML.ParseError) -> Scalar {
    let isFolded = at(index) == 0x3E
    index += 1
    var chomping: UInt8 = 0
    var indent = 0
    while !endsWord(at(index)) {
      let byte = at(index)
      switch byte {
      case 0x2B where chomping == 0, 0x2D where chomping == 0: chomping = byte
      case 49...57 where indent == 0: indent = max(parent, 0) + Int(byte - 48)
      default:
        throw fail("expected an indentation from 1 to 9, '+', '-' or the end of the line")
      }
      index += 1
    }
    skipBlanks()
    if at(index) == 0x23 { skipComment() }
    guard endsLine(at(index)) else { throw fail("expected the end of the line") }
    if at(index) == 0x0A { newLine() }
    scratch.removeAll(keepingCapacity: true)
    var trailing = try blankLines(&indent, parent)
    var pendingBreak = false
    var afterBlank = false
    while column == indent, index < bytes.count, !(indent == 0 && isMarker(index)) {
      let startsBlank = isBlank(at(index))
      if isFolded, pendingBreak, !afterBlank, !startsBlank {
        if trailing == 0 { scratch.append(0x20) }
      } else if pendingBreak {
        scratch.append(0x0A)
      }
      for _ in 0..<trailing { scratch.append(0x0A) }
      afterBlank = startsBlank
      let start = index
      while !endsLine(at(index)) { index += 1 }
      scratch.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
      pendingBreak = at(index) == 0x0A
      if pendingBreak { newLine() }
      trailing = try blankLines(&indent, parent)
    }
    if chomping != 0x2D, pendingBreak { scratch.append(0x0A) }
    if chomping == 0x2B { for _ in 0..<trailing { scratch.append(0x0A) } }
    return Scalar(
      String(decoding: scratch, as: UTF8.self), tag: .string, style: isFolded ? .folded : .literal)
  }

  /// Moves over blank lines and the indentation of the next line; an indentation of 0 is still to
  /// be found. Answers the number of lines.
  private mutating func blankLines(
    _ indent: inout Int, _ parent: Int
  ) throws(YAML.ParseError) -> Int {
    var breaks = 0
    var widest = 0
    let isKnown = indent > 0
    while true {
      while at(index) == 0x20, !isKnown || column < indent { index += 1 }
      widest = max(widest, column)
      if at(index) == 0x09, !isKnown || column < indent {
        let isEmpty = bytes[index...].prefix { $0 != 0x0A }.allSatisfy(isBlank)
        if !isEmpty, !isKnown || column > parent {
          throw fail("expected spaces as indentation, found a tab")
        }
      }
      guard at(index) == 0x0A else { break }
      newLine()
      breaks += 1
    }
    if !isKnown { indent = max(widest, parent + 1, 1) }
    return breaks
  }
}
