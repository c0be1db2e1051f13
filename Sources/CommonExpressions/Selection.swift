import Manifests

/// Fields, indices and what is made of them.
extension Evaluation {
  mutating func map(
    _ entries: [MapEntry], at offset: Int
  ) throws(EvaluationFailure) -> Value {
    var values: [(key: Value, value: Value)] = []
    for entry in entries {
      let key = try value(of: entry.key)
      if case .string(let text) = key { try spend(text: text, at: offset) }
      values.append((key, try value(of: entry.value)))
    }
    guard let map = MapValue(values) else {
      throw EvaluationFailure(
        offset: offset, message: "a map has a key twice, or one that is no key")
    }
    return .map(map)
  }

  /// `target.field`; from an optional value it is optional, too.
  mutating func selection(
    of field: String, from term: Term, _ isOptional: Bool, at offset: Int
  ) throws(EvaluationFailure) -> Value {
    let target = try value(of: term)
    if case .optional(let inner) = target {
      guard let inner else { return .optional(nil) }
      return .optional(try member(.string(field), of: inner, term, at: offset))
    }
    let found = try member(.string(field), of: target, term, at: offset)
    if isOptional { return .optional(found) }
    guard let found else {
      throw EvaluationFailure(offset: offset, message: "\(Printer.clipped(term)) has no '\(field)'")
    }
    return found
  }

  mutating func element(
    of term: Term, at place: Term, _ isOptional: Bool, offset: Int
  ) throws(EvaluationFailure) -> Value {
    let target = try value(of: term)
    let key = try value(of: place)
    if case .optional(let inner) = target {
      guard let inner else { return .optional(nil) }
      return .optional(try member(key, of: inner, term, at: offset))
    }
    let found = try member(key, of: target, term, at: offset)
    if isOptional { return .optional(found) }
    guard let found else {
      throw EvaluationFailure(
        offset: offset, message: "\(Printer.clipped(term)) has no [\(Printer.clipped(place))]")
    }
    return found
  }

  mutating func presence(
    of field: String, in term: Term, at offset: Int
  ) throws(EvaluationFailure) -> Bool {
    var target = try value(of: term)
    if case .optional(let inner) = target {
      guard let inner else { return false }
      target = inner
    }
    return try member(.string(field), of: target, term, at: offset) != nil
  }

  /// What a map has for a key or a list at an index; `nil` where it has nothing there.
  private mutating func member(
    _ key: Value, of target: Value, _ term: Term, at offset: Int
  ) throws(EvaluationFailure) -> Value? {
    switch target {
    case .map(let map):
      // Looking a key up in an object goes through its keys.
      try spend(1 + map.count / 16, at: offset)
      guard MapKey(key) != nil || key.type == .double else {
        throw EvaluationFailure(offset: offset, message: "\(key.noun) is no key of a map")
      }
      return map.value(of: key)
    case .list(let list):
      guard let number = Number(key) else {
        throw EvaluationFailure(
          offset: offset,
          message: "\(Printer.clipped(term)) is a list; its elements have numbers, found "
            + key.noun)
      }
      return number.whole.flatMap { list.value(at: $0) }
    default:
      throw EvaluationFailure(
        offset: offset,
        message: "expected a map, but \(Printer.clipped(term)) is \(target.noun)")
    }
  }
}
