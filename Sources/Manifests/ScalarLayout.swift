/// How a string can be written: go-yaml's analysis of a scalar and its choice of a style.
struct ScalarLayout {
  enum Style { case plain, singleQuoted, doubleQuoted, literal }

  var style: Style
  var isASCII = true
  var hasBreaks = false
  var hasSpace = false
  /// Holds U+0085, which does not survive kustomize's JSON.
  var hasNextLine = false
  /// Holds characters that kustomize's JSON cannot be read back with.
  var isRefused = false

  /// Bytes of plain ASCII text that never need a closer look.
  private static let isHarmless: [Bool] = {
    var table = [Bool](repeating: false, count: 256)
    for byte in 0x21...0x7E { table[byte] = true }
    for byte in ":#".utf8 { table[Int(byte)] = false }
    return table
  }()

  init(_ text: UnsafeBufferPointer<UInt8>) {
    style = .plain
    guard let first = text.first else {
      style = .doubleQuoted
      return
    }
    let letter = first | 0x20
    if letter &- 97 < 26 || first == 0x2F || first == 0x5F {
      let isHarmless = Self.isHarmless
      if text.allSatisfy({ isHarmless[Int($0)] }) {
        if !Self.resolvesToOther(text) { return }
        style = .doubleQuoted
        return
      }
    }
    analyse(text)
  }

  /// Whether YAML 1.1 would read the plain text as something else than a string.
  private static func resolvesToOther(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    // Nothing as long as this but a number has another meaning.
    if text.count > 40, text[0] &- 48 >= 10, text[0] &- 0x2B > 3 { return false }
    return YAMLResolver.tag(of: text, dialect: .yaml11) != .string || YAMLTimestamp(text) != nil
      || isBase60(text)
  }

  /// `^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$`
  private static func isBase60(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var rest = text[...]
    if let first = rest.first, first == 0x2B || first == 0x2D { rest = rest.dropFirst() }
    guard let first = rest.first, first &- 48 < 10, rest.contains(0x3A) else { return false }
    rest = rest.drop { $0 &- 48 < 10 || $0 == 0x5F }
    var groups = 0
    while rest.first == 0x3A {
      rest = rest.dropFirst()
      let digits = rest.prefix { $0 &- 48 < 10 }
      guard let lead = digits.first, digits.count == 1 || digits.count == 2 && lead < 54 else {
        return false
      }
      rest = rest.dropFirst(digits.count)
      groups += 1
    }
    if rest.first == 0x2E { rest = rest.dropFirst().drop { $0 &- 48 < 10 || $0 == 0x5F } }
    return groups > 0 && rest.isEmpty
  }

  private mutating func analyse(_ text: UnsafeBufferPointer<UInt8>) {
    var indicators = false
    var special = false
    var spaceBeforeBreak = false
    var breakBeforeSpace = false
    var hasLineFeed = false
    var previousSpace = false
    var previousBreak = false
    var precededByBlank = true
    let count = text.count
    if count >= 3, text[0] == 0x2D || text[0] == 0x2E, text[1] == text[0], text[2] == text[0] {
      indicators = true
    }
    var index = 0
    var endsInBreak = false
    while index < count {
      let byte = text[index]
      let width = UTF8Width.of(byte)
      let next = index + width
      let followedByBlank = next >= count || text[next] == 0x20 || text[next] == 0x09
      if index == 0 {
        switch byte {
        case 0x23, 0x2C, 0x5B, 0x5D, 0x7B, 0x7D, 0x26, 0x2A, 0x21, 0x7C, 0x3E, 0x27, 0x22, 0x25,
          0x40, 0x60:
          indicators = true
        case 0x3F, 0x3A, 0x2D: if followedByBlank { indicators = true }
        default: break
        }
      } else if byte == 0x3A {
        if followedByBlank { indicators = true }
      } else if byte == 0x23, precededByBlank {
        indicators = true
      }
      if byte >= 0x80 || byte == 0x7F {
        isASCII = false
        switch Printable.fate(text, index) {
        case .kept: break
        case .folded: hasNextLine = true
        case .refused: isRefused = true
        }
      }
      let isBreak = Printable.isBreak(text, index)
      if !Printable.isPrintable(text, index) { special = true }
      if byte == 0x20 {
        hasSpace = true
        if previousBreak { breakBeforeSpace = true }
        previousSpace = true
        previousBreak = false
      } else if isBreak {
        hasBreaks = true
        if byte == 0x0A { hasLineFeed = true }
        if previousSpace { spaceBeforeBreak = true }
        previousSpace = false
        previousBreak = true
        endsInBreak = next >= count
      } else {
        previousSpace = false
        previousBreak = false
      }
      precededByBlank = byte == 0x20 || byte == 0x09 || isBreak
      index = next
    }
    let leads = text[0] == 0x20 || Printable.isBreak(text, 0)
    let trailingSpace = text[count - 1] == 0x20
    let blockAllowed = !trailingSpace && !spaceBeforeBreak && !special
    let singleAllowed = !breakBeforeSpace && !spaceBeforeBreak && !special
    let plainAllowed =
      singleAllowed && !leads && !trailingSpace && !endsInBreak && !hasBreaks && !indicators
    if hasLineFeed {
      style = blockAllowed ? .literal : .doubleQuoted
    } else if Self.resolvesToOther(text) {
      style = .doubleQuoted
    } else if plainAllowed {
      style = .plain
    } else {
      style = singleAllowed ? .singleQuoted : .doubleQuoted
    }
  }
}

/// The number of bytes of the character that starts with a byte.
enum UTF8Width {
  @inline(__always)
  static func of(_ byte: UInt8) -> Int { byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4 }
}

/// go-yaml's classes of characters.
enum Printable {
  @inline(__always)
  static func isBreak(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
    let byte = text[index]
    if byte < 0x80 { return byte == 0x0A || byte == 0x0D }
    if byte == 0xC2 { return index + 1 < text.count && text[index + 1] == 0x85 }
    return byte == 0xE2 && index + 2 < text.count && text[index + 1] == 0x80
      && text[index + 2] & 0xFE == 0xA8
  }

  /// What becomes of a character on kustomize's way over JSON.
  enum Fate { case kept, folded, refused }

  static func fate(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Fate {
    let second = index + 1 < text.count ? text[index + 1] : 0
    let third = index + 2 < text.count ? text[index + 2] : 0
    switch text[index] {
    case 0x7F: return .refused
    case 0xC2: return second == 0x85 ? .folded : second < 0xA0 ? .refused : .kept
    case 0xEF:
      return second == 0xBF && third & 0xFE == 0xBE ? .refused : .kept
    default: return .kept
    }
  }

  @inline(__always)
  static func isPrintable(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
    let byte = text[index]
    if byte < 0x80 { return byte >= 0x20 && byte < 0x7F || byte == 0x0A }
    let second = index + 1 < text.count ? text[index + 1] : 0
    let third = index + 2 < text.count ? text[index + 2] : 0
    switch byte {
    case 0xC2: return second >= 0xA0
    case 0xC3...0xEC, 0xEE: return true
    case 0xED: return second < 0xA0
    case 0xEF:
      return !(second == 0xBB && third == 0xBF) && !(second == 0xBF && third & 0xFE == 0xBE)
    default: return false
    }
  }
}

/// U+0085 counts as a line break when kustomize reads its own JSON, and is folded like one.
enum NextLine {
  static func folded(_ text: String) -> String {
    var result: [Unicode.Scalar] = []
    var breaks = 0
    var pending: [Unicode.Scalar] = []
    for scalar in text.unicodeScalars {
      if scalar == "\u{85}" {
        breaks += 1
        pending = []
      } else if scalar == " " || scalar == "\t" {
        if breaks == 0 { pending.append(scalar) }
      } else {
        flush(&result, &pending, &breaks)
        result.append(scalar)
      }
    }
    flush(&result, &pending, &breaks)
    return String(String.UnicodeScalarView(result))
  }

  private static func flush(
    _ result: inout [Unicode.Scalar], _ pending: inout [Unicode.Scalar], _ breaks: inout Int
  ) {
    if breaks == 1 { result.append(" ") }
    if breaks > 1 { result += Array(repeating: "\n", count: breaks - 1) }
    result += pending
    pending = []
    breaks = 0
  }
}
