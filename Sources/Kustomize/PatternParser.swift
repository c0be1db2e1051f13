/// Reads a regular expression.
struct PatternParser {
  private let expression: String
  private let text: [UInt32]
  private var index = 0
  private var depth = 0
  private var ignoresCase = false

  init(_ expression: String) {
    self.expression = expression
    text = expression.unicodeScalars.map(\.value)
  }

  private func fail(_ reason: String) -> Pattern.SyntaxError {
    Pattern.SyntaxError(expression: expression, reason: reason)
  }

  private func code(_ character: Unicode.Scalar) -> UInt32 { character.value }

  private func next(_ character: Unicode.Scalar) -> Bool {
    index < text.count && text[index] == character.value
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next(character) else { return false }
    index += 1
    return true
  }

  mutating func parse() throws(Pattern.SyntaxError) -> PatternTree {
    let tree = try alternatives()
    guard index == text.count else { throw fail("unexpected ')'") }
    return tree
  }

  private mutating func alternatives() throws(Pattern.SyntaxError) -> PatternTree {
    depth += 1
    defer { depth -= 1 }
    guard depth < 200 else { throw fail("nested too deeply") }
    var parts = [try sequence()]
    while take("|") { parts.append(try sequence()) }
    return parts.count == 1 ? parts[0] : .alternatives(parts)
  }

  private mutating func sequence() throws(Pattern.SyntaxError) -> PatternTree {
    var parts: [PatternTree] = []
    while index < text.count, !next("|"), !next(")") {
      var part = try atom()
      while index < text.count {
        let bounds: (Int, Int?)
        if take("*") {
          bounds = (0, nil)
        } else if take("+") {
          bounds = (1, nil)
        } else if take("?") {
          bounds = (0, 1)
        } else if next("{"), let found = try counted() {
          bounds = found
        } else {
          break
        }
        _ = take("?")
        part = .repetition(part, bounds.0, bounds.1)
      }
      parts.append(part)
    }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  /// Reads `{m}`, `{m,}` or `{m,n}`; `nil` when the brace stands for itself.
  private mutating func counted() throws(Pattern.SyntaxError) -> (Int, Int?)? {
    var place = index + 1
    func number() -> Int? {
      let start = place
      var value = 0
      while place < text.count, text[place] &- 48 < 10, place - start < 5 {
        value = value * 10 + Int(text[place] - 48)
        place += 1
      }
      return place == start ? nil : value
    }
    guard let least = number() else { return nil }
    var most: Int? = least
    if place < text.count, text[place] == code(",") {
      place += 1
      most = number()
    }
    guard place < text.count, text[place] == code("}") else { return nil }
    guard least <= 1000, most ?? 0 <= 1000, most ?? least >= least else {
      throw fail("invalid repeat count")
    }
    index = place + 1
    return (least, most)
  }

  private mutating func atom() throws(Pattern.SyntaxError) -> PatternTree {
    let current = text[index]
    index += 1
    switch current {
    case code("("):
      let outer = ignoresCase
      if take("?") {
        if try !flags() { return .empty }
      }
      let inner = try alternatives()
      guard take(")") else { throw fail("missing closing )") }
      ignoresCase = outer
      return inner
    case code("["): return .set(try characterClass())
    case code("."): return .set(Pattern.Set(ranges: [0x0A...0x0A], isNegated: true))
    case code("^"): return .start
    case code("$"): return .end
    case code("*"), code("+"), code("?"): throw fail("missing argument to repetition operator")
    case code("\\"): return try escape()
    default: return .set(single(current))
    }
  }

  /// Reads what follows `(?`; false when it only sets flags.
  private mutating func flags() throws(Pattern.SyntaxError) -> Bool {
    if take("P") || next("<") {
      guard take("<") else { throw fail("unsupported group") }
      while index < text.count, !next(">") { index += 1 }
      guard take(">") else { throw fail("missing closing >") }
      return true
    }
    while index < text.count {
      if take(":") { return true }
      if take(")") { return false }
      if take("i") {
        ignoresCase = true
      } else if !take("s"), !take("U") {
        throw fail("unsupported group or flag")
      }
    }
    throw fail("missing closing )")
  }

  private func single(_ code: UInt32) -> Pattern.Set {
    guard ignoresCase, (code | 0x20) &- 97 < 26 else {
      return Pattern.Set(ranges: [code...code])
    }
    let lower = code | 0x20
    return Pattern.Set(ranges: [lower...lower, lower - 32...lower - 32])
  }

  private static let classes: [Unicode.Scalar: [ClosedRange<UInt32>]] = [
    "d": [48...57], "w": [48...57, 65...90, 95...95, 97...122],
    "s": [9...10, 12...13, 32...32],
  ]

  private static let controls: [Unicode.Scalar: UInt32] = [
    "n": 10, "t": 9, "r": 13, "f": 12, "v": 11, "a": 7,
  ]

  private mutating func escape() throws(Pattern.SyntaxError) -> PatternTree {
    guard index < text.count, let letter = Unicode.Scalar(text[index]) else {
      throw fail("trailing backslash")
    }
    switch letter {
    case "A", "z", "b", "B":
      index += 1
      return letter == "A" ? .start : letter == "z" ? .end : .wordBoundary(letter == "b")
    default: return .set(try escapedSet())
    }
  }

  /// Reads an escape that stands for characters.
  private mutating func escapedSet() throws(Pattern.SyntaxError) -> Pattern.Set {
    guard index < text.count, let letter = Unicode.Scalar(text[index]) else {
      throw fail("trailing backslash")
    }
    index += 1
    if let ranges = Self.classes[letter] { return Pattern.Set(ranges: ranges) }
    if let lower = Unicode.Scalar(letter.value | 0x20), lower != letter,
      let ranges = Self.classes[lower]
    {
      return Pattern.Set(ranges: ranges, isNegated: true)
    }
    if let control = Self.controls[letter] { return Pattern.Set(ranges: [control...control]) }
    guard !letter.properties.isAlphabetic, letter.value &- 48 >= 10 else {
      throw fail("invalid escape sequence '\\\(letter)'")
    }
    return single(letter.value)
  }

  private static let named: [String: [ClosedRange<UInt32>]] = [
    "alnum": [48...57, 65...90, 97...122], "alpha": [65...90, 97...122], "digit": [48...57],
    "lower": [97...122], "upper": [65...90], "space": [9...13, 32...32],
    "word": [48...57, 65...90, 95...95, 97...122], "xdigit": [48...57, 65...70, 97...102],
    "punct": [33...47, 58...64, 91...96, 123...126],
  ]

  private mutating func characterClass() throws(Pattern.SyntaxError) -> Pattern.Set {
    var set = Pattern.Set()
    set.isNegated = take("^")
    var isFirst = true
    while true {
      guard index < text.count else { throw fail("missing closing ]") }
      if !isFirst, take("]") { return set }
      isFirst = false
      if next("["), index + 1 < text.count, text[index + 1] == code(":") {
        set.ranges += try namedClass()
        continue
      }
      let low = try member()
      guard let start = low.ranges.first, low.ranges.count == 1, start.count == 1, next("-"),
        index + 1 < text.count, text[index + 1] != code("]")
      else {
        set.ranges += low.isNegated ? complement(low.ranges) : low.ranges
        continue
      }
      index += 1
      let high = try member()
      guard let end = high.ranges.first, end.count == 1, end.lowerBound >= start.lowerBound else {
        throw fail("invalid character class range")
      }
      set.ranges.append(start.lowerBound...end.lowerBound)
      if ignoresCase {
        for other in start.lowerBound...end.lowerBound where (other | 0x20) &- 97 < 26 {
          set.ranges.append((other ^ 0x20)...(other ^ 0x20))
        }
      }
    }
  }

  private mutating func member() throws(Pattern.SyntaxError) -> Pattern.Set {
    let current = text[index]
    index += 1
    return current == code("\\") ? try escapedSet() : single(current)
  }

  private mutating func namedClass() throws(Pattern.SyntaxError) -> [ClosedRange<UInt32>] {
    var name = ""
    var place = index + 2
    while place < text.count, text[place] != code(":"), let scalar = Unicode.Scalar(text[place]) {
      name.unicodeScalars.append(scalar)
      place += 1
    }
    guard place + 1 < text.count, text[place + 1] == code("]"), let ranges = Self.named[name]
    else { throw fail("invalid character class") }
    index = place + 2
    return ranges
  }

  private func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    var result: [ClosedRange<UInt32>] = []
    var start: UInt32 = 0
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound > start { result.append(start...range.lowerBound - 1) }
      start = range.upperBound + 1
    }
    return result + [start...0x10FFFF]
  }
}
