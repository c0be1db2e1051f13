/// Writes one scalar in a given style, folding long lines: a port of go-yaml's writers, because
/// where exactly a line breaks is part of kustomize's output.
struct ScalarWriter {
  let text: UnsafeBufferPointer<UInt8>
  /// Indentation of further lines.
  let indent: Int
  let folds: Bool
  var output: [UInt8]
  /// Characters on the current line.
  var column: Int

  mutating func write(_ style: ScalarLayout.Style) {
    switch style {
    case .plain: writePlain()
    case .singleQuoted: writeSingleQuoted()
    case .doubleQuoted: writeDoubleQuoted()
    case .literal: writeLiteral()
    }
  }

  private mutating func put(_ byte: UInt8) {
    output.append(byte)
    column += 1
  }

  private mutating func put(characterAt index: Int) -> Int {
    let width = min(UTF8Width.of(text[index]), text.count - index)
    for offset in 0..<width { output.append(text[index + offset]) }
    column += 1
    return width
  }

  private mutating func startLine() {
    output.append(0x0A)
    output.append(contentsOf: repeatElement(0x20, count: indent))
    column = indent
  }

  private func isSpace(_ index: Int) -> Bool { index < text.count && text[index] == 0x20 }

  private mutating func writePlain() {
    var index = 0
    var afterSpace = false
    while index < text.count {
      if text[index] == 0x20 {
        if folds, !afterSpace, column > YAMLEmitter.width, !isSpace(index + 1) {
          startLine()
        } else {
          put(0x20)
        }
        index += 1
        afterSpace = true
      } else {
        index += put(characterAt: index)
        afterSpace = false
      }
    }
  }

  private mutating func writeSingleQuoted() {
    put(0x27)
    var index = 0
    var afterSpace = false
    var afterBreak = false
    while index < text.count {
      if text[index] == 0x20 {
        if folds, !afterSpace, column > YAMLEmitter.width, index > 0, index < text.count - 1,
          !isSpace(index + 1)
        {
          startLine()
        } else {
          put(0x20)
        }
        index += 1
        afterSpace = true
      } else if Printable.isBreak(text, index) {
        // Line feeds go into literal blocks; these are the other breaks of Unicode.
        index += put(characterAt: index)
        column = 0
        afterBreak = true
      } else {
        if afterBreak {
          output.append(contentsOf: repeatElement(0x20, count: indent))
          column = indent
        }
        if text[index] == 0x27 { put(0x27) }
        index += put(characterAt: index)
        afterSpace = false
        afterBreak = false
      }
    }
    put(0x27)
  }

  private mutating func writeDoubleQuoted() {
    put(0x22)
    var index = 0
    var afterSpace = false
    while index < text.count {
      let byte = text[index]
      if byte == 0x22 || byte == 0x5C || !Printable.isPrintable(text, index)
        || Printable.isBreak(text, index)
      {
        index += writeEscape(at: index)
        afterSpace = false
      } else if byte == 0x20 {
        if folds, !afterSpace, column > YAMLEmitter.width, index > 0, index < text.count - 1 {
          startLine()
          if isSpace(index + 1) { put(0x5C) }
        } else {
          put(0x20)
        }
        index += 1
        afterSpace = true
      } else {
        index += put(characterAt: index)
        afterSpace = false
      }
    }
    put(0x22)
  }

  private mutating func writeEscape(at index: Int) -> Int {
    let width = min(UTF8Width.of(text[index]), text.count - index)
    var code: UInt32 = 0
    if width == 1 {
      code = UInt32(text[index])
    } else {
      code = UInt32(text[index]) & (width == 2 ? 0x1F : width == 3 ? 0x0F : 0x07)
      for offset in 1..<width { code = code << 6 | UInt32(text[index + offset] & 0x3F) }
    }
    put(0x5C)
    let letter: UInt8? =
      switch code {
      case 0: UInt8(ascii: "0")
      case 7: UInt8(ascii: "a")
      case 8: UInt8(ascii: "b")
      case 9: UInt8(ascii: "t")
      case 10: UInt8(ascii: "n")
      case 11: UInt8(ascii: "v")
      case 12: UInt8(ascii: "f")
      case 13: UInt8(ascii: "r")
      case 0x1B: UInt8(ascii: "e")
      case 0x22, 0x5C: UInt8(code)
      case 0x85: UInt8(ascii: "N")
      case 0xA0: UInt8(ascii: "_")
      case 0x2028: UInt8(ascii: "L")
      case 0x2029: UInt8(ascii: "P")
      default: nil
      }
    if let letter {
      put(letter)
      return width
    }
    let digits = code <= 0xFF ? 2 : code <= 0xFFFF ? 4 : 8
    put(UInt8(ascii: digits == 2 ? "x" : digits == 4 ? "u" : "U"))
    for shift in stride(from: (digits - 1) * 4, through: 0, by: -4) {
      let digit = UInt8(code >> UInt32(shift) & 15)
      put(digit < 10 ? digit + 48 : digit + 55)
    }
    return width
  }

  private mutating func writeLiteral() {
    output.append(0x7C)
    if text[0] == 0x20 || Printable.isBreak(text, 0) { output.append(0x32) }
    if let hint = chompingHint { output.append(hint) }
    output.append(0x0A)
    var index = 0
    var afterBreak = true
    while index < text.count {
      if Printable.isBreak(text, index) {
        index += put(characterAt: index)
        afterBreak = true
      } else {
        if afterBreak { output.append(contentsOf: repeatElement(0x20, count: indent)) }
        afterBreak = false
        if text[index] < 0x80 {
          // The rest of the line, in one piece.
          var end = index
          while end < text.count, text[end] != 0x0A, text[end] < 0x80 { end += 1 }
          output.append(contentsOf: UnsafeBufferPointer(rebasing: text[index..<end]))
          index = end
        } else {
          index += put(characterAt: index)
        }
      }
    }
  }

  /// `-` without a break at the end, `+` with more than one.
  private var chompingHint: UInt8? {
    var last = text.count - 1
    while last > 0, text[last] & 0xC0 == 0x80 { last -= 1 }
    guard Printable.isBreak(text, last) else { return 0x2D }
    if last == 0 { return 0x2B }
    last -= 1
    while last > 0, text[last] & 0xC0 == 0x80 { last -= 1 }
    return Printable.isBreak(text, last) ? 0x2B : nil
  }
}
