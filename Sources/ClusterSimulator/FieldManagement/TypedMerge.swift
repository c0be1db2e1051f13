internal import Manifests

/// Laying an applied configuration over the live object, by the rules of its type.
enum TypedMerge {
  /// `live` with everything that `applied` sets. Atomic values and scalars of `applied` replace those
  /// of `live`; maps are merged by key, sets and keyed lists by item.
  static func merge(_ live: Node, _ applied: Node, type: FieldType) -> Node {
    switch (type, live, applied) {
    case (.map(let map), .mapping(let old), .mapping(let new)) where !map.isAtomic:
      .mapping(merge(old, new, map))
    case (.deduced, .mapping(let old), .mapping(let new)):
      .mapping(merge(old, new, TypedObject.deducedMap))
    case (.list(let list), .sequence(let old), .sequence(let new)):
      merge(old, new, list)
    default: applied
    }
  }

  private static func merge(_ live: Mapping, _ applied: Mapping, _ map: MapType) -> Mapping {
    var result = live
    for pair in applied.pairs {
      if let index = result.index(of: pair.key) {
        let type = map.type(of: pair.key) ?? .deduced
        result.pairs[index].value = merge(result.pairs[index].value, pair.value, type: type)
      } else {
        result.pairs.append(pair)
      }
    }
    return result
  }

  /// Items of `applied` come in its order; items that only `live` has keep their place among them.
  private static func merge(_ live: [Node], _ applied: [Node], _ list: ListType) -> Node {
    if case .atomic = list.relationship { return .sequence(applied) }
    let elements = live.map { TypedObject.element(of: $0, in: list) ?? "" }
    var places: [String: Int] = [:]
    for (index, element) in elements.enumerated() { places[element] = index }
    var wanted = Set(applied.map { TypedObject.element(of: $0, in: list) ?? "" })
    let isWanted = wanted
    var result: [Node] = []
    var cursor = 0
    func takeOthers() {
      // Stops at an item that comes later by the order of `applied`.
      while cursor < live.count, !wanted.contains(elements[cursor]) {
        if !isWanted.contains(elements[cursor]) { result.append(live[cursor]) }
        cursor += 1
      }
    }
    for item in applied {
      takeOthers()
      let element = TypedObject.element(of: item, in: list) ?? ""
      wanted.remove(element)
      result.append(
        places[element].map { merge(live[$0], item, type: list.element) } ?? item)
    }
    takeOthers()
    return .sequence(result)
  }
}
