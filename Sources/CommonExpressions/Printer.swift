/// Terms as text that parses to the same term.
enum Printer {
  static func text(of term: Term) -> String { text(of: term, above: 0) }

  /// For messages: at most 40 characters.
  static func clipped(_ term: Term) -> String {
    let text = text(of: term)
    return text.count <= 40 ? text : text.prefix(39) + "…"
  }

  private static let conditional = 0
  private static let unary = 6
  private static let member = 7

  /// In brackets where it binds no closer than `minimum`, the precedence of what is around it.
  private static func text(of term: Term, above minimum: Int) -> String {
    let text = text(of: term.form)
    return precedence(of: term.form) < minimum ? "(\(text))" : text
  }

  private static func precedence(of form: Form) -> Int {
    switch form {
    case .conditional: conditional
    case .binary(let function, _, _): function.precedence
    case .not, .negate: unary
    case .literal(.int(let value)) where value < 0: unary
    case .literal(.double(let value)) where value.sign == .minus: unary
    default: member
    }
  }

  private static func text(of form: Form) -> String {
    switch form {
    case .literal(let literal): return text(of: literal)
    case .variable(let name): return name
    case .field(let name, let hasDot): return hasDot ? ".\(name)" : name
    case .list(let terms): return "[\(list(terms))]"
    case .map(let entries):
      let texts = entries.map { "\(text(of: $0.key)): \(text(of: $0.value))" }
      return "{\(texts.joined(separator: ", "))}"
    case .select(let target, let field, let isOptional):
      return "\(text(of: target, above: member)).\(isOptional ? "?" : "")\(field)"
    case .index(let target, let place, let isOptional):
      return "\(text(of: target, above: member))[\(isOptional ? "?" : "")\(text(of: place))]"
    case .has(let target, let field): return "has(\(text(of: target, above: member)).\(field))"
    case .not(let operand):
      if case .not = operand.form { return "!\(text(of: operand))" }
      return "!\(operandText(operand))"
    case .negate(let operand):
      if case .negate = operand.form { return "-\(text(of: operand))" }
      return "-\(operandText(operand))"
    case .binary(let function, let a, let b):
      let left = text(of: a, above: function.precedence)
      return "\(left) \(function.rawValue) \(text(of: b, above: function.precedence + 1))"
    case .conditional(let condition, let first, let second):
      let branch = text(of: first, above: BinaryOperator.or.precedence)
      let test = text(of: condition, above: BinaryOperator.or.precedence)
      return "\(test) ? \(branch) : \(text(of: second))"
    case .call(let function, let arguments):
      guard function.isMethod, let target = arguments.first else {
        return "\(function.rawValue)(\(list(arguments)))"
      }
      let rest = list(Array(arguments.dropFirst()))
      return "\(text(of: target, above: member)).\(function.rawValue)(\(rest))"
    case .comprehension(let macro, let range, let variable, let steps):
      let target = text(of: range, above: member)
      return "\(target).\(macro.rawValue)(\(variable), \(list(steps)))"
    }
  }

  private static func list(_ terms: [Term]) -> String {
    terms.map { text(of: $0) }.joined(separator: ", ")
  }

  /// A sign before a number would become part of it, and `-` and `!` do not follow each other.
  private static func operandText(_ term: Term) -> String {
    let text = text(of: term, above: member)
    let isNumber = text.first.map { $0.isASCII && $0.isNumber } ?? false
    return isNumber ? "(\(text))" : text
  }

  private static func text(of literal: Literal) -> String {
    switch literal {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .int(let value): "\(value)"
    case .uint(let value): "\(value)u"
    case .double(let value): text(of: value)
    case .string(let text): quoted(text)
    case .type(let type): type.rawValue
    }
  }

  /// Swift writes the shortest text that reads as the same number, with a point or an exponent.
  private static func text(of value: Double) -> String { "\(value)" }

  private static func quoted(_ text: String) -> String {
    var result = "'"
    for scalar in text.unicodeScalars {
      switch scalar {
      case "'": result += "\\'"
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F {
          let digits = String(scalar.value, radix: 16)
          result += "\\x" + (digits.count < 2 ? "0" : "") + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "'"
  }
}
