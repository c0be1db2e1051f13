internal import Manifests

/// Removing what a manager applied before and no longer applies.
enum FieldPruning {
  /// `node` without the fields of `last` that `kept` (the union of what all managers own now) lacks.
  /// A structure or list item that the manager owned and nobody keeps goes as a whole, with what the
  /// server had filled in below it.
  static func prune(_ node: Node, type: FieldType, last: FieldSet, kept: FieldSet) -> Node {
    guard !last.isEmpty else { return node }
    switch (type, node) {
    case (.map(let map), .mapping(let mapping)) where !map.isAtomic:
      return .mapping(prune(mapping, map, last, kept))
    case (.deduced, .mapping(let mapping)):
      return .mapping(prune(mapping, TypedObject.deducedMap, last, kept))
    case (.list(let list), .sequence(let items)):
      if case .atomic = list.relationship { return node }
      return .sequence(
        items.compactMap { item in
          guard let element = TypedObject.element(of: item, in: list) else { return item }
          return prune(item, list.element, element, last, kept)
        })
    default: return node
    }
  }

  private static func prune(
    _ mapping: Mapping, _ map: MapType, _ last: FieldSet, _ kept: FieldSet
  ) -> Mapping {
    var pairs: [Mapping.Pair] = []
    pairs.reserveCapacity(mapping.count)
    for pair in mapping.pairs {
      let type = map.type(of: pair.key) ?? .deduced
      if let value = prune(pair.value, type, PathElement.field(pair.key), last, kept) {
        pairs.append(Mapping.Pair(pair.key, value))
      }
    }
    return Mapping(pairs)
  }

  private static func prune(
    _ value: Node, _ type: FieldType, _ element: String, _ last: FieldSet, _ kept: FieldSet
  ) -> Node? {
    guard let owned = last[element] else { return value }
    guard let keeping = kept[element] else { return nil }
    return prune(value, type: type, last: owned.below, kept: keeping.below)
  }
}
