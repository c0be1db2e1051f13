/// How many columns of a terminal text takes.
enum TextWidth {
  static func of(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.reduce(0) { $0 + columns($1) }
  }

  /// The longest prefix that fits `columns`.
  static func prefix(of text: String, columns limit: Int) -> String {
    var width = 0
    var end = text.startIndex
    for index in text.indices {
      width += columns(text[index])
      if width > limit { break }
      end = text.index(after: index)
    }
    return String(text[..<end])
  }

  /// Breaks `text` at spaces into lines of at most `width` columns; a longer word stays whole.
  static func wrap(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if line.isEmpty {
        line = String(word)
      } else if of(line) + 1 + of(String(word)) <= width {
        line += " " + word
      } else {
        lines.append(line)
        line = String(word)
      }
    }
    return line.isEmpty ? lines : lines + [line]
  }

  /// Line ends and tabs become spaces; other control characters, bidirectional overrides and line
  /// separators become a replacement character.
  static func withoutControls(_ text: String) -> String {
    if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
    var clean = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x09, 0x0A, 0x0D: clean.append(" ")
      case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: clean.append("\u{FFFD}")
      default: clean.append(scalar)
      }
    }
    return String(clean)
  }

  private static func columns(_ character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    if first.properties.generalCategory == .nonspacingMark || first.value == 0x200B { return 0 }
    if first.properties.isEmojiPresentation { return 2 }
    switch first.value {
    // East Asian wide and fullwidth blocks of Unicode's EastAsianWidth.txt, merged.
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF,
      0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
