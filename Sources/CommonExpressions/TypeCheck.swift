/// What is known of a value before there is an object.
indirect enum KnownType: Sendable, Equatable {
  /// Anything: parts of the object have no type yet.
  case any
  case plain(ValueType)
  case list(KnownType)
  case optional(KnownType)

  /// `nil` for anything.
  var type: ValueType? {
    switch self {
    case .any: nil
    case .plain(let type): type
    case .list: .list
    case .optional: .optional
    }
  }

  var isNumber: Bool { type == .int || type == .uint || type == .double }

  func may(be types: ValueType...) -> Bool { type.map(types.contains) ?? true }
}

/// Finds what cannot come out well on any object.
struct TypeCheck {
  private let fields: [String]
  private(set) var faults: [ExpressionFault] = []
  private var bound: [(name: String, type: KnownType)] = []

  init(fields: [String]) { self.fields = fields }

  private mutating func report(_ term: Term, _ message: String, remedy: String? = nil) {
    faults.append(ExpressionFault(offset: term.offset, message: message, remedy: remedy))
  }

  private func noun(_ type: KnownType) -> String { type.type?.noun ?? "anything" }

  mutating func demandCondition(_ term: Term) {
    let type = known(term)
    if !type.may(be: .bool) {
      report(
        term, "expected true or false, but \(Printer.clipped(term)) is \(noun(type))",
        remedy: "compare it with something")
    }
  }

  // MARK: - Terms

  private mutating func known(_ term: Term) -> KnownType {
    switch term.form {
    case .literal(let literal): return .plain(Value(literal).type)
    case .variable(let name): return bound.last { $0.name == name }?.type ?? .any
    case .field(let name, let hasDot): return field(name, hasDot, term)
    case .list(let terms):
      let types = terms.map { known($0) }
      let first = types.first ?? .any
      return .list(types.allSatisfy { $0 == first } ? first : .any)
    case .map(let entries):
      check(entries)
      return .plain(.map)
    case .select(let target, let field, let isOptional):
      return selection(of: field, from: target, isOptional, term)
    case .index(let target, let place, let isOptional):
      return element(of: target, at: place, isOptional, term)
    case .has(let target, let field):
      _ = selection(of: field, from: target, true, term)
      return .plain(.bool)
    case .not(let operand):
      demandCondition(operand)
      return .plain(.bool)
    case .negate(let operand): return negation(of: operand, term)
    case .binary(let function, let a, let b): return binary(function, a, b, term)
    case .conditional(let condition, let first, let second):
      demandCondition(condition)
      let types = (known(first), known(second))
      return types.0 == types.1 ? types.0 : .any
    case .call(let function, let arguments): return call(function, arguments, term)
    case .comprehension(let macro, let range, let variable, let steps):
      return comprehension(macro, range, variable, steps, term)
    }
  }

  private mutating func field(_ name: String, _ hasDot: Bool, _ term: Term) -> KnownType {
    switch name {
    case "apiVersion", "kind": return .plain(.string)
    case "metadata": return .plain(.map)
    default:
      if !hasDot, !fields.contains(name) {
        faults.append(
          ExpressionFault(
            offset: term.offset, message: "unknown variable '\(name)'",
            remedy: "write .\(name) if the object has a field of that name beside spec and status",
            unknown: .init(name: name, known: fields + bound.map(\.name))))
      }
      return .any
    }
  }

  private mutating func check(_ entries: [MapEntry]) {
    var seen: Set<MapKey> = []
    for entry in entries {
      let key = known(entry.key)
      if !key.may(be: .string, .int, .uint, .bool) {
        report(entry.key, "\(noun(key)) is no key of a map")
      }
      if case .literal(let literal) = entry.key.form, let key = MapKey(Value(literal)),
        !seen.insert(key).inserted
      {
        report(entry.key, "the key \(Printer.clipped(entry.key)) stands in this map twice")
      }
      _ = known(entry.value)
    }
  }

  private mutating func selection(
    of field: String, from target: Term, _ isOptional: Bool, _ term: Term
  ) -> KnownType {
    let type = known(target)
    if case .optional(let inner) = type {
      if !inner.may(be: .map) { report(term, "\(noun(inner)) has no fields") }
      return .optional(.any)
    }
    if !type.may(be: .map, .optional) {
      let remedy =
        type.type == .list
        ? "ask its elements, as in \(Printer.clipped(target)).exists(e, e.\(field) == …)" : nil
      report(term, "\(noun(type)) has no field '\(field)'", remedy: remedy)
    }
    return isOptional ? .optional(.any) : .any
  }

  private mutating func element(
    of target: Term, at place: Term, _ isOptional: Bool, _ term: Term
  ) -> KnownType {
    var type = known(target)
    let key = known(place)
    var isOptional = isOptional
    if case .optional(let inner) = type {
      type = inner
      isOptional = true
    }
    if !type.may(be: .map, .list, .optional) {
      report(term, "\(noun(type)) has no elements")
    } else if type.type == .list, !key.may(be: .int, .uint, .double) {
      report(place, "expected the number of an element, found \(noun(key))")
    } else if !key.may(be: .int, .uint, .double, .string, .bool) {
      report(place, "\(noun(key)) is no key of a map and no number of an element")
    }
    let element: KnownType = if case .list(let element) = type { element } else { .any }
    return isOptional ? .optional(element) : element
  }

  private mutating func negation(of operand: Term, _ term: Term) -> KnownType {
    let type = known(operand)
    if !type.may(be: .int, .double) { report(term, "there is no - of \(noun(type))") }
    return type
  }

  // MARK: - Operators

  private mutating func binary(
    _ function: BinaryOperator, _ a: Term, _ b: Term, _ term: Term
  ) -> KnownType {
    if function == .and || function == .or {
      demandCondition(a)
      demandCondition(b)
      return .plain(.bool)
    }
    let left = known(a)
    let right = known(b)
    switch function {
    case .equal, .unequal:
      if let x = left.type, let y = right.type, x != y, x != .null, y != .null,
        !(left.isNumber && right.isNumber)
      {
        report(
          term, "\(noun(left)) and \(noun(right)) are never equal",
          remedy: x == .string || y == .string ? "convert one of them, as by string(…)" : nil)
      }
      return .plain(.bool)
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      demand(
        term, left, right,
        left.may(be: .int, .uint, .double, .string, .bool)
          && right.may(be: .int, .uint, .double, .string, .bool)
          && (left == right || left == .any || right == .any || left.isNumber && right.isNumber))
      return .plain(.bool)
    case .in:
      demand(term, left, right, right.may(be: .list, .map))
      return .plain(.bool)
    case .add:
      demand(
        term, left, right,
        left.may(be: .int, .uint, .double, .string, .list)
          && right.may(be: .int, .uint, .double, .string, .list) && areAlike(left, right))
    case .remainder:
      demand(
        term, left, right,
        left.may(be: .int, .uint) && right.may(be: .int, .uint) && areAlike(left, right))
    default:
      demand(
        term, left, right,
        left.may(be: .int, .uint, .double) && right.may(be: .int, .uint, .double)
          && areAlike(left, right))
    }
    if left == right { return left }
    if left.type == .list || right.type == .list { return .list(.any) }
    return left == .any ? right : left
  }

  private func areAlike(_ a: KnownType, _ b: KnownType) -> Bool {
    a.type == nil || b.type == nil || a.type == b.type
  }

  private mutating func demand(
    _ term: Term, _ left: KnownType, _ right: KnownType, _ isPossible: Bool
  ) {
    guard !isPossible, case .binary(let function, _, _) = term.form else { return }
    report(
      term, "there is no \(function.rawValue) of \(noun(left)) and \(noun(right))",
      remedy: left.isNumber && right.isNumber
        ? "convert one of them, as by double(…)" : nil)
  }

  // MARK: - Functions and macros

  private mutating func call(
    _ function: Function, _ arguments: [Term], _ term: Term
  ) -> KnownType {
    let types = arguments.map { known($0) }
    func demand(_ index: Int, _ allowed: ValueType...) {
      guard types.indices.contains(index), let type = types[index].type, !allowed.contains(type)
      else { return }
      report(arguments[index], "'\(function.rawValue)' takes no \(type.noun.dropArticle)")
    }
    switch function {
    case .size:
      demand(0, .string, .list, .map)
      return .plain(.int)
    case .type: return .plain(.type)
    case .dyn: return .any
    case .int, .uint, .double:
      demand(0, .int, .uint, .double, .string)
      return .plain(function == .int ? .int : function == .uint ? .uint : .double)
    case .string:
      demand(0, .int, .uint, .double, .string, .bool)
      return .plain(.string)
    case .bool:
      demand(0, .bool, .string)
      return .plain(.bool)
    case .startsWith, .endsWith, .contains:
      demand(0, .string)
      demand(1, .string)
      return .plain(.bool)
    case .hasValue:
      demand(0, .optional)
      return .plain(.bool)
    case .orValue, .value:
      demand(0, .optional)
      guard case .optional(let inner)? = types.first else { return .any }
      return function == .value || inner == types.last ? inner : .any
    case .or:
      demand(0, .optional)
      demand(1, .optional)
      return .optional(.any)
    case .optionalOf: return .optional(types.first ?? .any)
    case .optionalNone: return .optional(.any)
    }
  }

  private mutating func comprehension(
    _ macro: Macro, _ range: Term, _ variable: String, _ steps: [Term], _ term: Term
  ) -> KnownType {
    let type = known(range)
    if !type.may(be: .list, .map) {
      report(
        term,
        "'\(macro.rawValue)' goes through lists and maps, but \(Printer.clipped(range)) is "
          + noun(type),
        remedy: type.type == .optional ? "put .orValue([]) before it" : nil)
    }
    let element: KnownType = if case .list(let element) = type { element } else { .any }
    bound.append((variable, element))
    defer { bound.removeLast() }
    guard macro == .map else {
      for step in steps { demandCondition(step) }
      return macro == .filter ? .list(element) : .plain(.bool)
    }
    if steps.count > 1, let first = steps.first { demandCondition(first) }
    return .list(steps.last.map { known($0) } ?? .any)
  }
}

extension String {
  /// Without 'a' or 'an' before it.
  fileprivate var dropArticle: String {
    for article in ["a ", "an "] where hasPrefix(article) {
      return String(dropFirst(article.count))
    }
    return self
  }
}
