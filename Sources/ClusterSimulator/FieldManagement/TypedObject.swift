internal import Manifests

/// A node does not fit its type. The API server answers these with a 500 without a reason.
struct TypedObjectError: Error, CustomStringConvertible {
  let problems: [String]
  var description: String {
    problems.count == 1
      ? problems[0] : "errors:\n" + problems.map { "  \($0)" }.joined(separator: "\n")
  }
}

/// What structured-merge-diff calls a typed value: reading the fields that a node sets, and telling
/// list items apart.
enum TypedObject {
  /// The fields that `node` sets. Named fields of structures belong to the set only as leaves; keys
  /// of open maps and items of sets and keyed lists belong to it always.
  static func fieldSet(of node: Node, type: FieldType) throws -> FieldSet {
    var walk = FieldSetWalk()
    var set = FieldSet()
    walk.below(node, type, into: &set)
    guard walk.problems.isEmpty else { throw TypedObjectError(problems: walk.problems) }
    return set
  }

  /// How an item of a keyed list or of a set is told apart; `nil` if it lacks a key.
  static func element(of item: Node, in list: ListType) -> String? {
    switch list.relationship {
    case .atomic: return nil
    case .set: return item.scalar == nil ? nil : PathElement.value(item)
    case .keyed(let keys):
      guard item.mapping != nil else { return nil }
      var found: [(String, Node)] = []
      for key in keys {
        if let value = item[key.name], !value.isNull {
          found.append((key.name, value))
        } else if let standard = key.standard {
          found.append((key.name, .string(standard)))
        }
      }
      // A list may leave out some of its keys, as ports leave out the protocol, but not all.
      return found.isEmpty || (keys.count == 1 && found.count != 1) ? nil : PathElement.key(found)
    }
  }

  /// The type of `node` below a deduced type.
  static let deducedMap = MapType(element: .deduced)
}

private struct FieldSetWalk {
  var problems: [String] = []
  private var path: [String] = []

  private mutating func problem(_ text: String) {
    problems.append("\(PathElement.text(path)): \(text)")
  }

  /// Adds the fields below the current path to `set`.
  mutating func below(_ node: Node, _ type: FieldType, into set: inout FieldSet) {
    switch (type, node) {
    case (.map(let map), .mapping(let mapping)):
      if !map.isAtomic { fields(of: mapping, map, into: &set) } else { check(mapping, map) }
    case (.list(let list), .sequence(let items)): self.items(items, list, into: &set)
    case (.deduced, .mapping(let mapping)):
      fields(of: mapping, TypedObject.deducedMap, into: &set)
    case (.deduced, _): break
    case (_, .scalar(let scalar)) where scalar.tag == .null: break
    case (.scalar(let kind), .scalar(let scalar)):
      if !kind.accepts(scalar.tag) {
        problem("expected \(kind.expectation), got \(Self.word(for: node))")
      }
    case (.scalar(let kind), _):
      problem("expected \(kind.expectation), got \(Self.word(for: node))")
    case (.map, _): problem("expected map, got \(Self.word(for: node))")
    case (.list, _): problem("expected list, got \(Self.word(for: node))")
    }
  }

  private mutating func fields(of mapping: Mapping, _ map: MapType, into set: inout FieldSet) {
    for pair in mapping.pairs {
      path.append(PathElement.field(pair.key))
      defer { path.removeLast() }
      guard let type = map.type(of: pair.key) else {
        problem("field not declared in schema")
        continue
      }
      let element = PathElement.field(pair.key)
      set.withBelow(element) { below(pair.value, type, into: &$0) }
      if !map.isNamed(pair.key) || Self.isLeaf(pair.value, type) { set.insert(element) }
    }
  }

  private mutating func check(_ mapping: Mapping, _ map: MapType) {
    var ignored = FieldSet()
    fields(of: mapping, map, into: &ignored)
  }

  private mutating func items(_ items: [Node], _ list: ListType, into set: inout FieldSet) {
    if case .atomic = list.relationship {
      var ignored = FieldSet()
      for (index, item) in items.enumerated() {
        path.append("i:\(index)")
        below(item, list.element, into: &ignored)
        path.removeLast()
      }
      return
    }
    var seen = Set<String>()
    for item in items {
      // An item without its key is left to the validation, as real servers do.
      guard let element = TypedObject.element(of: item, in: list) else { continue }
      guard seen.insert(element).inserted else {
        problem("duplicate entries for key \(PathElement.text([element]))")
        continue
      }
      path.append(element)
      set.insert(element)
      set.withBelow(element) { below(item, list.element, into: &$0) }
      path.removeLast()
    }
  }

  /// Whether a value is owned as one: scalars, atomics, and empty containers.
  static func isLeaf(_ node: Node, _ type: FieldType) -> Bool {
    switch (type, node) {
    case (_, .scalar): true
    case (.map(let map), .mapping(let mapping)): map.isAtomic || mapping.isEmpty
    case (.deduced, .mapping(let mapping)): mapping.isEmpty
    case (.list(let list), .sequence(let items)):
      if case .atomic = list.relationship { true } else { items.isEmpty }
    default: true
    }
  }

  private static func word(for node: Node) -> String {
    switch node {
    case .mapping: "map"
    case .sequence: "list"
    case .scalar(let scalar):
      switch scalar.tag {
      case .bool: "boolean"
      case .int: "int64"
      case .float: "float64"
      default: "string"
      }
    }
  }
}
