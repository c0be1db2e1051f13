/// A regular expression in the syntax of Go (RE2), matched in linear time: selectors come from
/// repositories, so no expression may take the hub hostage.
///
/// Supported: literals, `.`, classes with ranges and `\d \w \s` and their negations, groups
/// (also `(?:…)`, `(?i)`), alternation, `* + ? {m,n}` and their lazy forms, `^ $ \A \z \b \B`.
struct Pattern: Sendable {
  private enum Instruction: Sendable {
    case match
    case scalar(Set)
    case split(Int, Int)
    case jump(Int)
    case start
    case end
    case wordBoundary(Bool)
  }

  /// A set of characters: ranges, possibly negated.
  struct Set: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var isNegated = false

    func contains(_ code: UInt32) -> Bool { ranges.contains { $0.contains(code) } != isNegated }
  }

  /// Why a text is no expression.
  struct SyntaxError: Error, CustomStringConvertible {
    let expression: String
    let reason: String
    var description: String { "invalid regular expression '\(expression)': \(reason)" }
  }

  private var program: [Instruction] = []
  /// The expression when it matches nothing but itself.
  private let literal: String?
  private let isAnchored: Bool

  /// Compiles `expression`. An anchored pattern must match the whole text, any other a part.
  init(_ expression: String, anchored: Bool) throws(SyntaxError) {
    isAnchored = anchored
    if !expression.unicodeScalars.contains(where: { "\\.+*?()|[]{}^$".unicodeScalars.contains($0) })
    {
      literal = expression
      return
    }
    literal = nil
    var parser = PatternParser(expression)
    let tree = try parser.parse()
    try emit(tree, expression)
    program.append(.match)
  }

  func matches(_ text: String) -> Bool {
    if let literal {
      return isAnchored ? text == literal : literal.isEmpty || text.contains(literal)
    }
    let scalars = text.unicodeScalars.map(\.value)
    var current = Threads(program.count)
    var next = Threads(program.count)
    for index in 0...scalars.count {
      if index == 0 || !isAnchored { add(0, index, scalars, &current) }
      let isLast = index == scalars.count
      for thread in current.list {
        switch program[thread] {
        case .match: if !isAnchored || isLast { return true }
        case .scalar(let set):
          if !isLast, set.contains(scalars[index]) { add(thread + 1, index + 1, scalars, &next) }
        default: break
        }
      }
      if isLast { break }
      swap(&current, &next)
      next.removeAll()
    }
    return false
  }

  private struct Threads {
    var list: [Int] = []
    var known: [Bool]

    init(_ count: Int) { known = [Bool](repeating: false, count: count) }

    mutating func removeAll() {
      for thread in known.indices { known[thread] = false }
      list.removeAll(keepingCapacity: true)
    }
  }

  /// Adds a place of the program and all that it leads to without reading.
  private func add(_ place: Int, _ index: Int, _ text: [UInt32], _ threads: inout Threads) {
    var pending = [place]
    while let place = pending.popLast() {
      guard !threads.known[place] else { continue }
      threads.known[place] = true
      switch program[place] {
      case .jump(let target): pending.append(target)
      case .split(let first, let second):
        pending.append(second)
        pending.append(first)
      case .start: if index == 0 { pending.append(place + 1) }
      case .end: if index == text.count { pending.append(place + 1) }
      case .wordBoundary(let wanted):
        let before = index > 0 && Self.isWord(text[index - 1])
        let after = index < text.count && Self.isWord(text[index])
        if (before != after) == wanted { pending.append(place + 1) }
      case .scalar, .match: threads.list.append(place)
      }
    }
  }

  private static func isWord(_ code: UInt32) -> Bool {
    code &- 48 < 10 || (code | 0x20) &- 97 < 26 || code == 0x5F
  }

  private mutating func emit(_ tree: PatternTree, _ expression: String) throws(SyntaxError) {
    guard program.count < 20_000 else {
      throw SyntaxError(expression: expression, reason: "expression is too large")
    }
    switch tree {
    case .empty: break
    case .set(let set): program.append(.scalar(set))
    case .start: program.append(.start)
    case .end: program.append(.end)
    case .wordBoundary(let wanted): program.append(.wordBoundary(wanted))
    case .sequence(let parts): for part in parts { try emit(part, expression) }
    case .alternatives(let parts):
      var jumps: [Int] = []
      for (index, part) in parts.enumerated() {
        guard index < parts.count - 1 else {
          try emit(part, expression)
          break
        }
        let split = program.count
        program.append(.jump(0))
        try emit(part, expression)
        jumps.append(program.count)
        program.append(.jump(0))
        program[split] = .split(split + 1, program.count)
      }
      for jump in jumps { program[jump] = .jump(program.count) }
    case .repetition(let part, let least, let most):
      for _ in 0..<least { try emit(part, expression) }
      guard let most else {
        let split = program.count
        program.append(.jump(0))
        try emit(part, expression)
        program.append(.jump(split))
        program[split] = .split(split + 1, program.count)
        return
      }
      var splits: [Int] = []
      for _ in least..<max(least, most) {
        splits.append(program.count)
        program.append(.jump(0))
        try emit(part, expression)
      }
      for split in splits { program[split] = .split(split + 1, program.count) }
    }
  }
}

/// The structure of a regular expression.
indirect enum PatternTree: Sendable {
  case empty
  case set(Pattern.Set)
  case start, end
  case wordBoundary(Bool)
  case sequence([PatternTree])
  case alternatives([PatternTree])
  case repetition(PatternTree, Int, Int?)
}
