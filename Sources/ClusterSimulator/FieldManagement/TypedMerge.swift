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

  /// Items of `applied` come in its order; items that only `live` has keep their place before the
  /// item they stood before.
  private static func merge(_ live: [Node], _ applied: [Node], _ list: ListType) -> Node {
    if case .atomic = list.relationship { return .sequence(applied) }
    let elements = live.map { TypedObject.element(of: $0, in: list) ?? "" }
    var places: [String: Int] = [:]
    for (index, element) in elements.enumerated() { places[element] = index }
    let wanted = applied.map { TypedObject.element(of: $0, in: list) ?? "" }
    let isWanted = Set(wanted)
    var result: [Node] = []
    var cursor = 0
    func takeOthers(_ stop: Int) {
      while cursor < stop {
        if !isWanted.contains(elements[cursor]) { result.append(live[cursor]) }
        cursor += 1
      }
    }
    for (item, element) in zip(applied, wanted) {
      guard let place = places[element] else {
        result.append(item)
        continue
      }
      takeOthers(place)
      result.append(merge(live[place], item, type: list.element))
    }
    takeOthers(live.count)
    return .sequence(result)
  }
}
