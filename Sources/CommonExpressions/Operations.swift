import Manifests

/// Operators and functions on values: the overloads of langdef.md that the subset has.
extension Evaluation {
  mutating func negation(of term: Term, at offset: Int) throws(EvaluationFailure) -> Value {
    switch try value(of: term) {
    case .int(let value):
      guard value != .min else { throw Self.overflow("int", offset) }
      return .int(-value)
    case .double(let value): return .double(-value)
    case let other:
      throw EvaluationFailure(offset: offset, message: "there is no - of \(other.noun)")
    }
  }

  mutating func apply(
    _ function: BinaryOperator, _ a: Value, _ b: Value, at offset: Int
  ) throws(EvaluationFailure) -> Value {
    switch function {
    case .equal: return .bool(try areEqual(a, b, at: offset))
    case .unequal: return .bool(try !areEqual(a, b, at: offset))
    case .less: return .bool(try compare(a, b, "<", at: offset) { $0 < 0 })
    case .lessOrEqual: return .bool(try compare(a, b, "<=", at: offset) { $0 <= 0 })
    case .greater: return .bool(try compare(a, b, ">", at: offset) { $0 > 0 })
    case .greaterOrEqual: return .bool(try compare(a, b, ">=", at: offset) { $0 >= 0 })
    case .in: return .bool(try isMember(a, of: b, at: offset))
    default: return try arithmetic(function, a, b, at: offset)
    }
  }

  private static func overflow(_ type: String, _ offset: Int) -> EvaluationFailure {
    EvaluationFailure(offset: offset, message: "the result exceeds the range of \(type)")
  }

  private static func noOverload(
    _ name: String, _ a: Value, _ b: Value, _ offset: Int
  ) -> EvaluationFailure {
    EvaluationFailure(
      offset: offset, message: "there is no \(name) of \(a.noun) and \(b.noun)")
  }

  private mutating func compare(
    _ a: Value, _ b: Value, _ name: String, at offset: Int, _ holds: (Int) -> Bool
  ) throws(EvaluationFailure) -> Bool {
    if case .string(let text) = a { try spend(text: text, at: offset) }
    switch order(a, b) {
    case .sign(let sign): return holds(sign)
    case .unordered: return false
    case .none: throw Self.noOverload(name, a, b, offset)
    }
  }

  private mutating func isMember(
    _ a: Value, of b: Value, at offset: Int
  ) throws(EvaluationFailure) -> Bool {
    switch b {
    case .list(let list):
      for index in 0..<list.count {
        if let element = list.value(at: index), try areEqual(a, element, at: offset) {
          return true
        }
      }
      return false
    case .map(let map):
      try spend(1 + map.count / 16, at: offset)
      return map.value(of: a) != nil
    default: throw Self.noOverload("in", a, b, offset)
    }
  }

  private mutating func arithmetic(
    _ function: BinaryOperator, _ a: Value, _ b: Value, at offset: Int
  ) throws(EvaluationFailure) -> Value {
    switch (function, a, b) {
    case (_, .int(let x), .int(let y)):
      return .int(try whole(function, x, y, "int", at: offset))
    case (_, .uint(let x), .uint(let y)):
      return .uint(try whole(function, x, y, "uint", at: offset))
    case (.add, .double(let x), .double(let y)): return .double(x + y)
    case (.subtract, .double(let x), .double(let y)): return .double(x - y)
    case (.multiply, .double(let x), .double(let y)): return .double(x * y)
    case (.divide, .double(let x), .double(let y)): return .double(x / y)
    case (.add, .string(let x), .string(let y)):
      try spend(text: x, at: offset)
      try spend(text: y, at: offset)
      return .string(x + y)
    case (.add, .list(let x), .list(let y)):
      try spend(x.count, at: offset)
      try spend(y.count, at: offset)
      return .list(ListValue(x.values + y.values))
    default: throw Self.noOverload(function.rawValue, a, b, offset)
    }
  }

  private func whole<Integer: FixedWidthInteger>(
    _ function: BinaryOperator, _ x: Integer, _ y: Integer, _ type: String, at offset: Int
  ) throws(EvaluationFailure) -> Integer {
    let result: (partialValue: Integer, overflow: Bool)
    switch function {
    case .add: result = x.addingReportingOverflow(y)
    case .subtract: result = x.subtractingReportingOverflow(y)
    case .multiply: result = x.multipliedReportingOverflow(by: y)
    case .divide, .remainder:
      guard y != 0 else {
        throw EvaluationFailure(offset: offset, message: "division by zero")
      }
      result =
        function == .divide
        ? x.dividedReportingOverflow(by: y) : x.remainderReportingOverflow(dividingBy: y)
    default:
      throw EvaluationFailure(
        offset: offset, message: "there is no \(function.rawValue) of numbers")
    }
    guard !result.overflow else { throw Self.overflow(type, offset) }
    return result.partialValue
  }

  // MARK: - Functions

  mutating func call(
    _ function: Function, _ arguments: [Value], at offset: Int
  ) throws(EvaluationFailure) -> Value {
    guard let first = arguments.first else { return .optional(nil) }
    switch function {
    case .size: return .int(Int64(try size(of: first, at: offset)))
    case .type: return .type(first.type.rawValue)
    case .dyn: return first
    case .int, .uint, .double, .string, .bool:
      return try convert(first, to: function, at: offset)
    case .startsWith, .endsWith, .contains:
      return .bool(try holds(function, arguments, at: offset))
    case .optionalOf: return .optional(first)
    case .optionalNone: return .optional(nil)
    case .orValue, .or, .hasValue, .value:
      guard case .optional(let inner) = first else {
        throw EvaluationFailure(
          offset: offset,
          message: "expected an optional value before '.\(function.rawValue)', found \(first.noun)")
      }
      return try unwrap(inner, function, arguments, at: offset)
    }
  }

  private mutating func size(of value: Value, at offset: Int) throws(EvaluationFailure) -> Int {
    switch value {
    case .string(let text):
      try spend(text: text, at: offset)
      return text.unicodeScalars.count
    case .list(let list): return list.count
    case .map(let map): return map.count
    default:
      throw EvaluationFailure(offset: offset, message: "\(value.noun) has no size")
    }
  }

  private mutating func holds(
    _ function: Function, _ arguments: [Value], at offset: Int
  ) throws(EvaluationFailure) -> Bool {
    guard arguments.count == 2, case .string(let text) = arguments[0],
      case .string(let part) = arguments[1]
    else {
      let found = arguments.map(\.noun).joined(separator: " and ")
      throw EvaluationFailure(
        offset: offset, message: "'\(function.rawValue)' takes two strings, found \(found)")
    }
    try spend(text: text, at: offset)
    try spend(text: part, at: offset)
    switch function {
    case .startsWith: return text.utf8.starts(with: part.utf8)
    case .endsWith: return text.utf8.reversed().starts(with: part.utf8.reversed())
    default: return CommonExpressions.contains(text.utf8, Array(part.utf8))
    }
  }

  private func unwrap(
    _ inner: Value?, _ function: Function, _ arguments: [Value], at offset: Int
  ) throws(EvaluationFailure) -> Value {
    switch function {
    case .hasValue: return .bool(inner != nil)
    case .orValue: return inner ?? arguments.last ?? .null
    case .or:
      guard let other = arguments.last, case .optional = other else {
        throw EvaluationFailure(offset: offset, message: "'or' takes an optional value")
      }
      return inner.map { .optional($0) } ?? other
    default:
      guard let inner else {
        throw EvaluationFailure(offset: offset, message: "there is no value")
      }
      return inner
    }
  }
}
