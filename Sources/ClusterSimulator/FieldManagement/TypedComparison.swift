internal import Manifests

/// What changed between two versions of an object, by the rules of its type.
struct TypedComparison {
  private(set) var added = FieldSet()
  private(set) var modified = FieldSet()
  private(set) var removed = FieldSet()

  var isEmpty: Bool { added.isEmpty && modified.isEmpty && removed.isEmpty }

  init(from old: Node, to new: Node, type: FieldType) {
    compare(old, new, type, [])
  }

  private enum Change { case added, modified, removed }

  private mutating func note(_ change: Change, _ path: [String]) {
    switch change {
    case .added: Self.insert(path[...], into: &added)
    case .modified: Self.insert(path[...], into: &modified)
    case .removed: Self.insert(path[...], into: &removed)
    }
  }

  private static func insert(_ path: ArraySlice<String>, into set: inout FieldSet) {
    guard let first = path.first else { return }
    if path.count == 1 { return set.insert(first) }
    set.withBelow(first) { insert(path.dropFirst(), into: &$0) }
  }

  private mutating func compare(_ old: Node, _ new: Node, _ type: FieldType, _ path: [String]) {
    switch (type, old, new) {
    case (.map(let map), .mapping(let x), .mapping(let y)) where !map.isAtomic:
      compare(x, y, map, path)
    case (.deduced, .mapping(let x), .mapping(let y)):
      compare(x, y, TypedObject.deducedMap, path)
    case (.list(let list), .sequence(let x), .sequence(let y)):
      if case .atomic = list.relationship {
        if x != y { note(.modified, path) }
      } else {
        compare(x, y, list, path)
      }
    default:
      if old != new { note(.modified, path) }
    }
  }

  private mutating func compare(_ old: Mapping, _ new: Mapping, _ map: MapType, _ path: [String]) {
    for (index, pair) in old.pairs.enumerated() {
      let here = path + [PathElement.field(pair.key)]
      let type = map.type(of: pair.key) ?? .deduced
      // Most mappings agree in order, too.
      let same = index < new.pairs.count && new.pairs[index].key == pair.key
      if let other = same ? new.pairs[index].value : new[pair.key] {
        compare(pair.value, other, type, here)
      } else {
        all(.removed, pair.value, type, here)
      }
    }
    for pair in new.pairs where old[pair.key] == nil {
      all(
        .added, pair.value, map.type(of: pair.key) ?? .deduced, path + [PathElement.field(pair.key)]
      )
    }
  }

  private mutating func compare(
    _ old: [Node], _ new: [Node], _ list: ListType, _ path: [String]
  ) {
    func byElement(_ items: [Node]) -> [String: Node] {
      var found: [String: Node] = [:]
      for item in items { TypedObject.element(of: item, in: list).map { found[$0] = item } }
      return found
    }
    let before = byElement(old)
    let after = byElement(new)
    for (element, item) in before {
      if let other = after[element] {
        compare(item, other, list.element, path + [element])
      } else {
        all(.removed, item, list.element, path + [element])
      }
    }
    for (element, item) in after where before[element] == nil {
      all(.added, item, list.element, path + [element], isItem: true)
    }
  }

  /// A value that came or went as a whole: the field itself and every field below it.
  private mutating func all(
    _ change: Change, _ node: Node, _ type: FieldType, _ path: [String], isItem: Bool = false
  ) {
    if isItem || change == .removed || !Self.isStructure(node, type) { note(change, path) }
    switch (type, node) {
    case (.map(let map), .mapping(let mapping)) where !map.isAtomic:
      for pair in mapping.pairs {
        let below = map.type(of: pair.key) ?? .deduced
        all(change, pair.value, below, path + [PathElement.field(pair.key)])
      }
    case (.deduced, .mapping(let mapping)):
      for pair in mapping.pairs {
        all(change, pair.value, .deduced, path + [PathElement.field(pair.key)])
      }
    case (.list(let list), .sequence(let items)):
      if case .atomic = list.relationship { return }
      for item in items {
        if let element = TypedObject.element(of: item, in: list) {
          all(change, item, list.element, path + [element], isItem: true)
        }
      }
    default: break
    }
  }

  /// Servers decode objects into structures that are always there: only the fields of a structure are
  /// added, never the structure.
  private static func isStructure(_ node: Node, _ type: FieldType) -> Bool {
    guard case .map(let map) = type, let mapping = node.mapping else { return false }
    return map.element == nil && !map.isAtomic && !mapping.isEmpty
  }
}
