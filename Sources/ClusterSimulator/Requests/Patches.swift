internal import Manifests

/// JSON merge patch (RFC 7386).
enum MergePatch {
  static func apply(_ patch: Node, to target: Node) -> Node {
    guard case .mapping(let changes) = patch else { return patch }
    var result = target.mapping ?? Mapping()
    for change in changes.pairs {
      result[change.key] =
        change.value.isNull
        ? nil : apply(change.value, to: result[change.key] ?? .null)
    }
    return .mapping(result)
  }
}

/// JSON patch (RFC 6902).
enum JSONPatch {
  static func apply(_ patch: Node, to target: Node) throws -> Node {
    guard let operations = patch.sequence else {
      throw APIError.badRequest("a JSON patch is a list of operations")
    }
    var result = target
    for operation in operations {
      let path = try pointer(operation["path"]?.string)
      switch operation["op"]?.string {
      case "add": try change(&result, path[...], .add(operation["value"] ?? .null))
      case "replace": try change(&result, path[...], .replace(operation["value"] ?? .null))
      case "remove": try change(&result, path[...], .remove)
      case "test":
        guard value(result, path) == operation["value"] else {
          throw failure("testing value \(operation["path"]?.string ?? "") failed")
        }
      case "copy", "move":
        let from = try pointer(operation["from"]?.string)
        guard let moved = value(result, from) else { throw failure("missing value") }
        if operation["op"]?.string == "move" { try change(&result, from[...], .remove) }
        try change(&result, path[...], .add(moved))
      default: throw failure("unknown operation")
      }
    }
    return result
  }

  private enum Change {
    case add(Node)
    case replace(Node)
    case remove
  }

  private static func failure(_ message: String) -> APIError {
    APIError(code: 422, reason: "Invalid", message: "the server rejected our request: \(message)")
  }

  private static func pointer(_ text: String?) throws -> [String] {
    guard let text, text.isEmpty || text.hasPrefix("/") else { throw failure("invalid path") }
    return text.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { part in
      part.split(separator: "~1", omittingEmptySubsequences: false).joined(separator: "/")
        .split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
    }
  }

  private static func value(_ node: Node, _ path: [String]) -> Node? {
    path.reduce(Optional(node)) { node, key in
      if let items = node?.sequence {
        guard let index = Int(key), items.indices.contains(index) else { return nil }
        return items[index]
      }
      return node?[key]
    }
  }

  private static func change(_ node: inout Node, _ path: ArraySlice<String>, _ change: Change)
    throws
  {
    guard let key = path.first else {
      switch change {
      case .add(let value), .replace(let value): node = value
      case .remove: node = .null
      }
      return
    }
    let isLast = path.count == 1
    if var items = node.sequence {
      if isLast, case .add(let value) = change {
        guard let index = key == "-" ? items.count : Int(key), (0...items.count).contains(index)
        else { throw failure("invalid index \(key)") }
        items.insert(value, at: index)
      } else {
        guard let index = Int(key), items.indices.contains(index) else {
          throw failure("invalid index \(key)")
        }
        if isLast, case .remove = change {
          items.remove(at: index)
        } else {
          try self.change(&items[index], path.dropFirst(), change)
        }
      }
      node = .sequence(items)
      return
    }
    guard node.mapping != nil else { throw failure("missing path \(key)") }
    if isLast {
      switch change {
      case .add(let value): node[key] = value
      case .replace(let value):
        guard node[key] != nil else { throw failure("missing key \(key)") }
        node[key] = value
      case .remove:
        guard node[key] != nil else { throw failure("missing key \(key)") }
        node[key] = nil
      }
      return
    }
    guard var below = node[key] else { throw failure("missing path \(key)") }
    try self.change(&below, path.dropFirst(), change)
    node[key] = below
  }
}

/// Kubernetes' strategic merge patch, by the merge keys of the schema.
enum StrategicMergePatch {
  static func apply(_ patch: Node, to target: Node, type: FieldType) -> Node {
    switch (type, patch, target) {
    case (.map(let map), .mapping(let changes), _):
      return .mapping(apply(changes, to: target.mapping ?? Mapping(), map))
    case (.list(let list), .sequence(let changes), .sequence(let items)):
      return apply(changes, to: items, list)
    case (.deduced, .mapping, _): return MergePatch.apply(patch, to: target)
    default: return patch
    }
  }

  private static func apply(_ patch: Mapping, to target: Mapping, _ map: MapType) -> Mapping {
    var result = patch["$patch"]?.string == "replace" ? Mapping() : target
    if let retained = patch["$retainKeys"]?.sequence?.compactMap(\.string) {
      result.pairs.removeAll { !retained.contains($0.key) }
    }
    for change in patch.pairs {
      if change.key.hasPrefix("$deleteFromPrimitiveList/") {
        let key = String(change.key.dropFirst("$deleteFromPrimitiveList/".count))
        let gone = change.value.sequence ?? []
        result[key] = .sequence((result[key]?.sequence ?? []).filter { !gone.contains($0) })
      } else if change.key.hasPrefix("$") {
        continue
      } else if change.value.isNull || change.value["$patch"]?.string == "delete" {
        result[change.key] = nil
      } else {
        let type = map.type(of: change.key) ?? .deduced
        result[change.key] = apply(change.value, to: result[change.key] ?? .null, type: type)
      }
    }
    return result
  }

  private static func apply(_ patch: [Node], to items: [Node], _ list: ListType) -> Node {
    if case .atomic = list.relationship { return .sequence(patch) }
    var result = items
    if patch.contains(where: { $0["$patch"]?.string == "replace" }) {
      return .sequence(patch.filter { $0["$patch"] == nil })
    }
    for change in patch {
      guard let element = TypedObject.element(of: change, in: list) else {
        result.append(change)
        continue
      }
      let place = result.firstIndex { TypedObject.element(of: $0, in: list) == element }
      if change["$patch"]?.string == "delete" {
        if let place { result.remove(at: place) }
      } else if let place {
        result[place] = apply(change, to: result[place], type: list.element)
      } else {
        result.append(change)
      }
    }
    return .sequence(result)
  }
}
