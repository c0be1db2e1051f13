import Manifests

/// One evaluation of an expression: what macros bound, and the steps that are left.
struct Evaluation {
  private let object: Node
  private var bindings: [(name: String, value: Value)] = []
  private var steps = CommonExpression.stepLimit

  init(_ object: Node) { self.object = object }

  // MARK: - Steps

  mutating func spend(_ count: Int, at offset: Int) throws(EvaluationFailure) {
    guard count <= steps else {
      steps = 0
      throw EvaluationFailure(
        offset: offset,
        message: "the evaluation took more than \(CommonExpression.stepLimit) steps",
        isOutOfSteps: true)
    }
    steps -= count
  }

  mutating func spend(text: String, at offset: Int) throws(EvaluationFailure) {
    try spend(1 + text.utf8.count / 16, at: offset)
  }

  // MARK: - Terms

  mutating func value(of term: Term) throws(EvaluationFailure) -> Value {
    try spend(1, at: term.offset)
    switch term.form {
    case .literal(let literal): return Value(literal)
    case .variable(let name): return try binding(name, at: term.offset)
    case .field(let name, _): return try field(name, at: term.offset)
    case .list(let terms): return .list(ListValue(try values(of: terms)))
    case .map(let entries): return try map(entries, at: term.offset)
    case .select(let target, let field, let isOptional):
      return try selection(of: field, from: target, isOptional, at: term.offset)
    case .index(let target, let place, let isOptional):
      return try element(of: target, at: place, isOptional, offset: term.offset)
    case .has(let target, let field):
      return .bool(try presence(of: field, in: target, at: term.offset))
    case .not(let operand): return .bool(try !condition(operand))
    case .negate(let operand): return try negation(of: operand, at: term.offset)
    case .binary(.or, let a, let b): return .bool(try logic(a, b, decisive: true))
    case .binary(.and, let a, let b): return .bool(try logic(a, b, decisive: false))
    case .binary(let function, let a, let b):
      let left = try value(of: a)
      return try apply(function, left, try value(of: b), at: term.offset)
    case .conditional(let condition, let first, let second):
      return try self.condition(condition) ? value(of: first) : value(of: second)
    case .call(let function, let arguments):
      return try call(function, try values(of: arguments), at: term.offset)
    case .comprehension(let macro, let range, let variable, let steps):
      let elements = try elements(of: range, at: term.offset)
      return try comprehend(macro, elements, variable, steps, at: term.offset)
    }
  }

  private mutating func values(of terms: [Term]) throws(EvaluationFailure) -> [Value] {
    var values: [Value] = []
    for term in terms { values.append(try value(of: term)) }
    return values
  }

  /// The value of a term that must be true or false.
  mutating func condition(_ term: Term) throws(EvaluationFailure) -> Bool {
    let value = try value(of: term)
    guard case .bool(let isTrue) = value else {
      throw EvaluationFailure(
        offset: term.offset,
        message: "expected true or false, but \(Printer.clipped(term)) is \(value.noun)")
    }
    return isTrue
  }

  // MARK: - Names

  private func binding(_ name: String, at offset: Int) throws(EvaluationFailure) -> Value {
    guard let binding = bindings.last(where: { $0.name == name }) else {
      throw EvaluationFailure(offset: offset, message: "nothing is bound to '\(name)'")
    }
    return binding.value
  }

  private func field(_ name: String, at offset: Int) throws(EvaluationFailure) -> Value {
    guard let node = object[name] else {
      throw EvaluationFailure(offset: offset, message: "the object has no '\(name)'")
    }
    return Value(node)
  }

  // MARK: - Logic

  private enum Outcome {
    case value(Bool)
    case failure(EvaluationFailure)
  }

  private mutating func outcome(of term: Term) throws(EvaluationFailure) -> Outcome {
    let depth = bindings.count
    do {
      return .value(try condition(term))
    } catch {
      if error.isOutOfSteps { throw error }
      bindings.removeLast(bindings.count - depth)
      return .failure(error)
    }
  }

  /// `||` with true as what decides, `&&` with false: what one side decides, an error of the other
  /// side does not change.
  private mutating func logic(
    _ a: Term, _ b: Term, decisive: Bool
  ) throws(EvaluationFailure) -> Bool {
    let left = try outcome(of: a)
    if case .value(decisive) = left { return decisive }
    let right = try outcome(of: b)
    if case .value(decisive) = right { return decisive }
    if case .failure(let failure) = left { throw failure }
    if case .failure(let failure) = right { throw failure }
    return !decisive
  }

  // MARK: - Macros

  /// What a macro goes through: a list's elements, a map's keys.
  private mutating func elements(
    of range: Term, at offset: Int
  ) throws(EvaluationFailure) -> [Value] {
    switch try value(of: range) {
    case .list(let list):
      try spend(list.count, at: offset)
      return list.values
    case .map(let map):
      try spend(map.count, at: offset)
      return map.keys
    case let other:
      throw EvaluationFailure(
        offset: offset,
        message: "expected a list or a map, but \(Printer.clipped(range)) is \(other.noun)")
    }
  }

  private mutating func comprehend(
    _ macro: Macro, _ elements: [Value], _ variable: String, _ steps: [Term], at offset: Int
  ) throws(EvaluationFailure) -> Value {
    guard let predicate = steps.first else { return .null }
    switch macro {
    case .exists:
      return .bool(try quantify(elements, variable, predicate, decisive: true))
    case .all: return .bool(try quantify(elements, variable, predicate, decisive: false))
    case .existsOne:
      return .bool(try selected(elements, variable, predicate, at: offset).count == 1)
    case .filter: return .list(ListValue(try selected(elements, variable, predicate, at: offset)))
    case .map:
      let isFiltered = steps.count > 1
      let sources =
        isFiltered ? try selected(elements, variable, predicate, at: offset) : elements
      guard let change = steps.last else { return .null }
      var results: [Value] = []
      for element in sources {
        bindings.append((variable, element))
        results.append(try value(of: change))
        bindings.removeLast()
      }
      return .list(ListValue(results))
    }
  }

  /// `exists` and `all` are chains of `||` and `&&`.
  private mutating func quantify(
    _ elements: [Value], _ variable: String, _ predicate: Term, decisive: Bool
  ) throws(EvaluationFailure) -> Bool {
    var failure: EvaluationFailure?
    for element in elements {
      bindings.append((variable, element))
      let outcome = try outcome(of: predicate)
      bindings.removeLast()
      switch outcome {
      case .value(decisive): return decisive
      case .value: continue
      case .failure(let error): failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return !decisive
  }

  private mutating func selected(
    _ elements: [Value], _ variable: String, _ predicate: Term, at offset: Int
  ) throws(EvaluationFailure) -> [Value] {
    var results: [Value] = []
    for element in elements {
      bindings.append((variable, element))
      if try condition(predicate) { results.append(element) }
      bindings.removeLast()
    }
    return results
  }
}

extension Value {
  init(_ literal: Literal) {
    switch literal {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .uint(let value): self = .uint(value)
    case .double(let value): self = .double(value)
    case .string(let text): self = .string(text)
    case .type(let type): self = .type(type.rawValue)
    }
  }
}
