extension SubstitutionTemplate {
  /// Longest result of one expression, in bytes: far more than a Kubernetes object may hold.
  static let maximumLength = 1 << 20

  /// The text with the values of variables. A variable that is not defined is an error unless its
  /// expression gives a default.
  func evaluated(_ variables: [String: String]) throws(SubstitutionFault) -> [UInt8] {
    try Self.evaluate(pieces, variables)
  }

  /// The names of all variables that the text mentions.
  var names: Set<String> {
    var names = Set<String>()
    func collect(_ pieces: [Piece]) {
      for case .expression(let expression) in pieces {
        names.insert(expression.name)
        switch expression.operation {
        case .value, .length, .letters: break
        case .fallback(let text): collect(text)
        case .substring(let offset, let length): collect(offset + (length ?? []))
        case .strip(_, _, let pattern): collect(pattern)
        case .replace(_, let pattern, let text): collect(pattern + (text ?? []))
        }
      }
    }
    collect(pieces)
    return names
  }

  private static func evaluate(
    _ pieces: [Piece], _ variables: [String: String]
  ) throws(SubstitutionFault) -> [UInt8] {
    var result: [UInt8] = []
    for piece in pieces {
      switch piece {
      case .text(let text): result += text
      case .expression(let expression): result += try evaluate(expression, variables)
      }
    }
    return result
  }

  private static func evaluate(
    _ expression: Expression, _ variables: [String: String]
  ) throws(SubstitutionFault) -> [UInt8] {
    let known = variables[expression.name]
    if case .fallback(let text) = expression.operation {
      if let known, !known.isEmpty { return Array(known.utf8) }
      return try evaluate(text, variables)
    }
    guard let known else {
      throw .undefined(name: expression.name, source: expression.source)
    }
    let value = Array(known.utf8)
    switch expression.operation {
    case .value, .fallback: return value
    case .length: return Array(String(value.count).utf8)
    case .letters(let upper, let all): return Array(changed(known, upper: upper, all: all).utf8)
    case .substring(let offset, let length):
      return substring(
        of: value, from: try number(offset, variables, expression),
        length: try length.map { pieces throws(SubstitutionFault) in
          try number(pieces, variables, expression)
        })
    case .strip(let atStart, let longest, let pattern):
      return strip(
        value, Wildcards(try evaluate(pattern, variables)), atStart: atStart, longest: longest)
    case .replace(let kind, let pattern, let text):
      return try replace(
        in: value, kind, try evaluate(pattern, variables),
        with: try text.map { pieces throws(SubstitutionFault) in
          try evaluate(pieces, variables)
        }, expression)
    }
  }

  /// Letter by letter as Go has it, so that no text becomes longer (`ß` stays).
  private static func changed(_ text: String, upper: Bool, all: Bool) -> String {
    func changed(_ letter: Unicode.Scalar) -> String {
      let properties = letter.properties
      let mapped = upper ? properties.uppercaseMapping : properties.lowercaseMapping
      return mapped.unicodeScalars.count == 1 ? mapped : String(letter)
    }
    let letters = text.unicodeScalars
    if all { return letters.map(changed).joined() }
    guard let first = letters.first else { return text }
    return changed(first) + String(letters.dropFirst())
  }

  private static func number(
    _ pieces: [Piece], _ variables: [String: String], _ expression: Expression
  ) throws(SubstitutionFault) -> Int {
    let text = String(decoding: try evaluate(pieces, variables), as: UTF8.self)
    // Far within the range in which lengths can be added.
    guard let number = Int32(text) else {
      throw .notNumeric(source: expression.source, value: String(text.prefix(60)))
    }
    return Int(number)
  }

  /// As in bash, in bytes: what is negative counts from the end.
  private static func substring(of value: [UInt8], from offset: Int, length: Int?) -> [UInt8] {
    let start = offset < 0 ? max(0, value.count + offset) : offset
    guard start < value.count else { return [] }
    guard let length else { return Array(value[start...]) }
    let end = length < 0 ? value.count + length : min(value.count, start + length)
    return end > start ? Array(value[start..<end]) : []
  }

  private static func strip(
    _ value: [UInt8], _ pattern: Wildcards, atStart: Bool, longest: Bool
  ) -> [UInt8] {
    let lengths =
      atStart ? pattern.matchingPrefixes(of: value) : pattern.matchingSuffixes(of: value)
    guard let count = longest ? lengths.last : lengths.first else { return value }
    return Array(atStart ? value.dropFirst(count) : value.dropLast(count))
  }

  private static func replace(
    in value: [UInt8], _ kind: Replacement, _ pattern: [UInt8], with text: [UInt8]?,
    _ expression: Expression
  ) throws(SubstitutionFault) -> [UInt8] {
    let new = text ?? []
    switch kind {
    case .start:
      // Without a text the value stays, as Flux has it.
      guard text != nil, value.starts(with: pattern) else { return value }
      return new + value[pattern.count...]
    case .end:
      guard text != nil, value.count >= pattern.count,
        value[(value.count - pattern.count)...].elementsEqual(pattern)
      else { return value }
      return value[..<(value.count - pattern.count)] + new
    case .first, .all:
      guard !pattern.isEmpty else { return value }
      var result: [UInt8] = []
      var place = 0
      while place < value.count {
        if value[place...].starts(with: pattern) {
          result += new
          place += pattern.count
          if result.count > maximumLength { throw .tooLong(source: expression.source) }
          if kind == .first { return result + value[place...] }
        } else {
          result.append(value[place])
          place += 1
        }
      }
      return result
    }
  }
}

/// A shell's pattern: `*` any text, `?` any character, `[a-z]`, `[^a-z]`, `\` before a character
/// that stands for itself.
private struct Wildcards {
  private enum Element {
    case anything
    case anyByte
    case byte(UInt8)
    case oneOf([ClosedRange<UInt8>], isNegated: Bool)
  }

  private let elements: [Element]

  init(_ pattern: [UInt8]) {
    var elements: [Element] = []
    var place = 0
    while place < pattern.count {
      switch pattern[place] {
      case UInt8(ascii: "*"): elements.append(.anything)
      case UInt8(ascii: "?"): elements.append(.anyByte)
      case UInt8(ascii: "\\") where place + 1 < pattern.count:
        place += 1
        elements.append(.byte(pattern[place]))
      case UInt8(ascii: "["):
        if let (element, end) = Self.characterClass(pattern, place) {
          elements.append(element)
          place = end
        } else {
          elements.append(.byte(pattern[place]))
        }
      case let other: elements.append(.byte(other))
      }
      place += 1
    }
    self.elements = elements
  }

  /// A class from its `[` on, and where its `]` stands.
  private static func characterClass(_ pattern: [UInt8], _ open: Int) -> (Element, Int)? {
    var place = open + 1
    var isNegated = false
    if place < pattern.count, pattern[place] == UInt8(ascii: "^") {
      isNegated = true
      place += 1
    }
    var ranges: [ClosedRange<UInt8>] = []
    while place < pattern.count {
      if pattern[place] == UInt8(ascii: "]"), !ranges.isEmpty {
        return (.oneOf(ranges, isNegated: isNegated), place)
      }
      let low = pattern[place]
      if place + 2 < pattern.count, pattern[place + 1] == UInt8(ascii: "-"),
        pattern[place + 2] != UInt8(ascii: "]")
      {
        let high = pattern[place + 2]
        ranges.append(min(low, high)...max(low, high))
        place += 3
      } else {
        ranges.append(low...low)
        place += 1
      }
    }
    return nil
  }

  /// The lengths, 1 and up and ascending, of the beginnings that the pattern matches.
  func matchingPrefixes(of text: [UInt8]) -> [Int] { Self.lengths(elements, text) }

  /// The lengths, 1 and up and ascending, of the ends that the pattern matches.
  func matchingSuffixes(of text: [UInt8]) -> [Int] {
    Self.lengths(elements.reversed(), text.reversed())
  }

  /// All positions of the pattern that the text so far can have come to, byte by byte: linear in
  /// the text whatever the pattern.
  private static func lengths(_ elements: [Element], _ text: [UInt8]) -> [Int] {
    var lengths: [Int] = []
    var active = [Bool](repeating: false, count: elements.count + 1)
    func enter(_ place: Int, _ set: inout [Bool]) {
      var place = place
      set[place] = true
      while place < elements.count, case .anything = elements[place] {
        place += 1
        set[place] = true
      }
    }
    enter(0, &active)
    for (index, byte) in text.enumerated() {
      var next = [Bool](repeating: false, count: active.count)
      for place in elements.indices where active[place] {
        switch elements[place] {
        case .anything: enter(place, &next)
        case .anyByte: enter(place + 1, &next)
        case .byte(let wanted): if byte == wanted { enter(place + 1, &next) }
        case .oneOf(let ranges, let isNegated):
          if ranges.contains(where: { $0.contains(byte) }) != isNegated { enter(place + 1, &next) }
        }
      }
      active = next
      if active[elements.count] { lengths.append(index + 1) }
    }
    return lengths
  }
}
