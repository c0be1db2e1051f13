/// One place at which two versions of an object differ.
public struct FieldChange: Sendable, Equatable {
  public let path: NodePath
  /// `nil` where the field is new.
  public let before: Node?
  /// `nil` where the field is gone.
  public let after: Node?
  /// The elements of a list are the same and stand in another order; `before` and `after` name them.
  public let isOrder: Bool

  public init(path: NodePath, before: Node?, after: Node?, isOrder: Bool = false) {
    self.path = path
    self.before = before
    self.after = after
    self.isOrder = isOrder
  }
}

/// Compares two versions of an object by their structure, not by their text.
///
/// Elements of a list are matched by what names them (`name`, `containerPort` and `protocol`, `key`,
/// …) if that is there and unique on both sides; other lists are matched by a shortest edit
/// script (Myers 1986, as the standard library has it).
public enum NodeDifference {
  /// The changes from `before` to `after`, in the order of the fields; empty exactly when the two
  /// are equal.
  public static func changes(from before: Node, to after: Node) -> [FieldChange] {
    var changes: [FieldChange] = []
    compare(before, after, at: NodePath(), into: &changes)
    return changes
  }

  private static func compare(
    _ before: Node, _ after: Node, at path: NodePath, into changes: inout [FieldChange]
  ) {
    switch (before, after) {
    case (.mapping(let old), .mapping(let new)):
      for pair in old.pairs {
        if let value = new[pair.key] {
          compare(pair.value, value, at: path + .key(pair.key), into: &changes)
        } else {
          changes.append(
            FieldChange(path: path + .key(pair.key), before: pair.value, after: nil))
        }
      }
      for pair in new.pairs where old.index(of: pair.key) == nil {
        changes.append(FieldChange(path: path + .key(pair.key), before: nil, after: pair.value))
      }
    case (.sequence(let old), .sequence(let new)):
      if let key = ListKey(old, new) {
        compareKeyed(old, new, by: key, at: path, into: &changes)
      } else if old.count == new.count {
        for index in old.indices {
          compare(old[index], new[index], at: path + .index(index), into: &changes)
        }
      } else {
        compareInOrder(old, new, at: path, into: &changes)
      }
    default:
      if before != after { changes.append(FieldChange(path: path, before: before, after: after)) }
    }
  }

  private static func compareKeyed(
    _ old: [Node], _ new: [Node], by key: ListKey, at path: NodePath,
    into changes: inout [FieldChange]
  ) {
    let oldNames = old.map(key.fields)
    let newNames = new.map(key.fields)
    let newIndex = Dictionary(zip(newNames, new.indices)) { first, _ in first }
    let isOld = Set(oldNames)
    for (name, element) in zip(oldNames, old) {
      let place = path + .element(name)
      if let index = newIndex[name] {
        compare(element, new[index], at: place, into: &changes)
      } else {
        changes.append(FieldChange(path: place, before: element, after: nil))
      }
    }
    for (name, element) in zip(newNames, new) where !isOld.contains(name) {
      changes.append(FieldChange(path: path + .element(name), before: nil, after: element))
    }
    let stayed = oldNames.filter { newIndex[$0] != nil }
    let stayedNow = newNames.filter(isOld.contains)
    if stayed != stayedNow {
      changes.append(
        FieldChange(
          path: path, before: ListKey.names(stayed), after: ListKey.names(stayedNow), isOrder: true)
      )
    }
  }

  private static func compareInOrder(
    _ old: [Node], _ new: [Node], at path: NodePath, into changes: inout [FieldChange]
  ) {
    for change in new.difference(from: old) {
      switch change {
      case .remove(let offset, let element, _):
        changes.append(FieldChange(path: path + .index(offset), before: element, after: nil))
      case .insert(let offset, let element, _):
        changes.append(FieldChange(path: path + .index(offset), before: nil, after: element))
      }
    }
  }
}

/// What tells the elements of a list apart.
private struct ListKey {
  /// Fields that name elements in Kubernetes' own lists and in most custom ones; the first
  /// set that every element has, with values that are unique, counts.
  private static let candidates = [
    ["name"], ["containerPort", "protocol"], ["containerPort"], ["port", "protocol"], ["port"],
    ["mountPath"], ["key"], ["type"], ["ip"], ["topologyKey", "whenUnsatisfiable"], ["host"],
    ["path"], ["kind", "name"], ["id"],
  ]

  private let keys: [String]

  init?(_ old: [Node], _ new: [Node]) {
    guard !old.isEmpty || !new.isEmpty else { return nil }
    let fitting = ListKey.candidates.first { keys in
      [old, new].allSatisfy { list in
        var seen = Set<[String]>()
        return list.allSatisfy { element in
          let values = keys.compactMap { key -> String? in
            guard let scalar = element[key]?.scalar, scalar.tag != .null else { return nil }
            return scalar.text
          }
          return values.count == keys.count && seen.insert(values).inserted
        }
      }
    }
    guard let fitting else { return nil }
    keys = fitting
  }

  func fields(of element: Node) -> [NodePath.Field] {
    keys.map { NodePath.Field($0, element[$0]?.scalar?.text ?? "") }
  }

  static func names(_ elements: [[NodePath.Field]]) -> Node {
    .sequence(elements.map { .string($0.map(\.value).joined(separator: "/")) })
  }
}
