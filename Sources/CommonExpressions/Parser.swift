/// Recursive descent over the grammar of langdef.md.
struct Parser {
  private let lexemes: [Lexeme]
  private var index = 0
  private var nesting = 0
  /// What macros around the present place have bound.
  private var bound: [String] = []

  /// `lexemes` end with their `.end`.
  init(_ lexemes: [Lexeme]) { self.lexemes = lexemes }

  /// Words that the language keeps from variables.
  private static let reserved: Set = [
    "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop",
    "package", "namespace", "return", "var", "void", "while",
  ]
  /// Words that are literals or operators.
  private static let keywords: Set = ["false", "in", "null", "true"]

  private var lexeme: Lexeme {
    index < lexemes.count ? lexemes[index] : Lexeme(token: .end, offset: 0)
  }

  private mutating func take(_ symbol: String) -> Bool {
    guard lexeme.token == .symbol(symbol) else { return false }
    index += 1
    return true
  }

  private mutating func demand(_ symbol: String, _ why: String) throws(ExpressionFault) {
    guard take(symbol) else { throw unexpected("'\(symbol)' \(why)") }
  }

  private func unexpected(_ expected: String) -> ExpressionFault {
    ExpressionFault(
      offset: lexeme.offset, message: "expected \(expected), found \(lexeme.noun)")
  }

  private func term(_ form: Form, at offset: Int) throws(ExpressionFault) -> Term {
    let term = Term(form, at: offset)
    guard term.depth <= CommonExpression.maximumDepth else {
      throw ExpressionFault(
        offset: offset,
        message: "the expression is nested more than \(CommonExpression.maximumDepth) deep")
    }
    return term
  }

  mutating func wholeExpression() throws(ExpressionFault) -> Term {
    let root = try expression()
    guard lexeme.token == .end else { throw unexpected("an operator or the end") }
    return root
  }

  // MARK: - Operators

  private mutating func expression() throws(ExpressionFault) -> Term {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= CommonExpression.maximumNesting else {
      throw ExpressionFault(
        offset: lexeme.offset,
        message: "more than \(CommonExpression.maximumNesting) expressions inside each other")
    }
    let condition = try binary(1)
    let offset = lexeme.offset
    guard take("?") else { return condition }
    let first = try binary(1)
    try demand(":", "and what holds otherwise")
    return try term(.conditional(condition, first, try expression()), at: offset)
  }

  /// Operators that bind at least as closely as `minimum`, from left to right.
  private mutating func binary(_ minimum: Int) throws(ExpressionFault) -> Term {
    var left = try unary()
    while let next = binaryOperator, next.precedence >= minimum {
      let offset = lexeme.offset
      index += 1
      left = try term(.binary(next, left, try binary(next.precedence + 1)), at: offset)
    }
    return left
  }

  private var binaryOperator: BinaryOperator? {
    switch lexeme.token {
    case .symbol(let text): BinaryOperator(rawValue: text)
    case .name("in"): .in
    default: nil
    }
  }

  private mutating func unary() throws(ExpressionFault) -> Term {
    let first = index
    let isNegation = lexeme.token == .symbol("!")
    while take(isNegation ? "!" : "-") {}
    var count = index - first
    // The last minus belongs to a number.
    if count > 0, !isNegation, case .int = lexeme.token {
      index -= 1
      count -= 1
    } else if count > 0, !isNegation, case .double = lexeme.token {
      index -= 1
      count -= 1
    }
    var result = try member()
    for step in (0..<count).reversed() {
      let offset = lexemes[first + step].offset
      result = try term(isNegation ? .not(result) : .negate(result), at: offset)
    }
    return result
  }

  // MARK: - Members

  private mutating func member() throws(ExpressionFault) -> Term {
    var result = try primary()
    while true {
      let offset = lexeme.offset
      if take(".") {
        result = try selection(of: result)
      } else if take("[") {
        let isOptional = take("?")
        let place = try expression()
        try demand("]", "after the index")
        result = try term(.index(result, place, isOptional: isOptional), at: offset)
      } else if lexeme.token == .symbol("{") {
        throw ExpressionFault(
          offset: offset, message: "expected an operator or the end, found '{'",
          remedy: "messages are not part of this language")
      } else {
        return result
      }
    }
  }

  private mutating func selection(of target: Term) throws(ExpressionFault) -> Term {
    let isOptional = take("?")
    let offset = lexeme.offset
    guard case .name(let name) = lexeme.token, !Self.keywords.contains(name) else {
      throw unexpected("the name of a field")
    }
    index += 1
    guard lexeme.token == .symbol("("), !isOptional else {
      return try term(.select(target, name, isOptional: isOptional), at: offset)
    }
    if target.form == .field("optional", hasDot: false),
      let function = Function(rawValue: "optional.\(name)")
    {
      return try call(function, as: .function, on: nil, at: offset)
    }
    if let macro = Macro.named(name) { return try comprehension(macro, over: target, at: offset) }
    guard let function = Function(rawValue: name), function.arguments(as: .method) != nil else {
      throw unknownFunction(
        name, at: offset,
        known: Function.names(as: .method) + Macro.allCases.map(\.rawValue),
        otherStyle: Function.names(as: .function).contains(name) ? "\(name)(…)" : nil)
    }
    return try call(function, as: .method, on: target, at: offset)
  }

  private func unknownFunction(
    _ name: String, at offset: Int, known: [String], otherStyle: String?
  ) -> ExpressionFault {
    if Function.leftOut.contains(name) {
      return ExpressionFault(
        offset: offset, message: "'\(name)' of CEL is not part of this language",
        remedy: "docs/health-expressions.md says what is")
    }
    return ExpressionFault(
      offset: offset, message: "unknown function '\(name)'",
      remedy: otherStyle.map { "write \($0)" },
      unknown: otherStyle == nil ? .init(name: name, known: known) : nil)
  }

  private mutating func call(
    _ function: Function, as style: Function.Style, on target: Term?, at offset: Int
  ) throws(ExpressionFault) -> Term {
    try demand("(", "after '\(function.rawValue)'")
    let arguments = try list(until: ")")
    let expected = function.arguments(as: style) ?? 0
    guard arguments.count == expected else {
      throw ExpressionFault(
        offset: offset,
        message: "'\(function.rawValue)' takes \(Self.counted(expected)), found "
          + "\(arguments.count)")
    }
    return try term(.call(function, (target.map { [$0] } ?? []) + arguments), at: offset)
  }

  private static func counted(_ count: Int) -> String {
    switch count {
    case 0: "no argument"
    case 1: "1 argument"
    default: "\(count) arguments"
    }
  }

  private mutating func comprehension(
    _ macro: Macro, over range: Term, at offset: Int
  ) throws(ExpressionFault) -> Term {
    try demand("(", "after '\(macro.rawValue)'")
    guard case .name(let variable) = lexeme.token, !Self.keywords.contains(variable),
      !Self.reserved.contains(variable)
    else { throw unexpected("the name of a variable for the elements, as in \(macro)(e, …)") }
    index += 1
    try demand(",", "after the variable of '\(macro.rawValue)'")
    bound.append(variable)
    defer { bound.removeLast() }
    var steps = [try expression()]
    if macro == .map, take(",") { steps.append(try expression()) }
    try demand(")", "at the end of '\(macro.rawValue)'")
    return try term(.comprehension(macro, range, variable, steps), at: offset)
  }

  /// Expressions between commas; a comma before the closing bracket does no harm in lists.
  private mutating func list(
    until closing: String, allowsComma: Bool = false
  ) throws(ExpressionFault) -> [Term] {
    var terms: [Term] = []
    if take(closing) { return terms }
    while true {
      terms.append(try expression())
      if take(closing) { return terms }
      guard take(",") else { throw unexpected("',' or '\(closing)'") }
      if allowsComma, take(closing) { return terms }
    }
  }

  // MARK: - Primaries

  private mutating func primary() throws(ExpressionFault) -> Term {
    let offset = lexeme.offset
    switch lexeme.token {
    case .symbol("("):
      index += 1
      let inner = try expression()
      try demand(")", "to close '('")
      return inner
    case .symbol("["):
      index += 1
      return try term(.list(try list(until: "]", allowsComma: true)), at: offset)
    case .symbol("{"):
      index += 1
      return try term(.map(try entries()), at: offset)
    case .symbol("."):
      index += 1
      guard case .name(let name) = lexeme.token, !Self.keywords.contains(name) else {
        throw unexpected("the name of a field of the object")
      }
      index += 1
      return try term(.field(name, hasDot: true), at: offset)
    case .name(let name): return try named(name, at: offset)
    default: return try term(.literal(try literal()), at: offset)
    }
  }

  private mutating func entries() throws(ExpressionFault) -> [MapEntry] {
    var entries: [MapEntry] = []
    while !take("}") {
      let key = try expression()
      try demand(":", "after the key")
      entries.append(MapEntry(key: key, value: try expression()))
      if take("}") { break }
      guard take(",") else { throw unexpected("',' or '}'") }
    }
    return entries
  }

  private mutating func named(_ name: String, at offset: Int) throws(ExpressionFault) -> Term {
    switch name {
    case "true", "false":
      index += 1
      return try term(.literal(.bool(name == "true")), at: offset)
    case "null":
      index += 1
      return try term(.literal(.null), at: offset)
    case "in": throw unexpected("an expression")
    default: break
    }
    index += 1
    if lexeme.token == .symbol("(") {
      if name == "has" { return try presence(at: offset) }
      guard let function = Function(rawValue: name), function.arguments(as: .function) != nil else {
        let isMethod = Function.names(as: .method).contains(name) || Macro.named(name) != nil
        throw unknownFunction(
          name, at: offset, known: Function.names(as: .function) + ["has"],
          otherStyle: isMethod ? "VALUE.\(name)(…)" : nil)
      }
      return try call(function, as: .function, on: nil, at: offset)
    }
    if bound.contains(name) { return try term(.variable(name), at: offset) }
    if Self.reserved.contains(name) {
      throw ExpressionFault(
        offset: offset, message: "'\(name)' is a reserved word of the language",
        remedy: "write .\(name) for a field of the object's top")
    }
    if let type = ValueType(rawValue: name) { return try term(.literal(.type(type)), at: offset) }
    return try term(.field(name, hasDot: false), at: offset)
  }

  private mutating func presence(at offset: Int) throws(ExpressionFault) -> Term {
    try demand("(", "after 'has'")
    let place = lexeme.offset
    let argument = try expression()
    try demand(")", "after the field of 'has'")
    guard case .select(let target, let field, false) = argument.form else {
      throw ExpressionFault(
        offset: place, message: "'has' takes the field of a value, such as has(status.phase)")
    }
    return try term(.has(target, field), at: offset)
  }

  private mutating func literal() throws(ExpressionFault) -> Literal {
    let offset = lexeme.offset
    let isNegative = take("-")
    defer { index += 1 }
    switch lexeme.token {
    case .int(let magnitude):
      let limit = UInt64(Int64.max) + (isNegative ? 1 : 0)
      guard magnitude <= limit else {
        throw ExpressionFault(
          offset: offset, message: "the number exceeds the range of int",
          remedy: "write \(magnitude)u for a uint")
      }
      return .int(isNegative ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(magnitude))
    case .double(let value): return .double(isNegative ? -value : value)
    case .uint(let value): return .uint(value)
    case .string(let text): return .string(text)
    default: throw unexpected("an expression")
    }
  }
}
