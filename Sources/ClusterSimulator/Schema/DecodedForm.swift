internal import Manifests

/// What remains of an object when a server decodes it into its Go type and encodes it again: empty
/// maps and lists go, and fields that the type does not know.
enum DecodedForm {
  static func of(_ object: Node, type: FieldType) -> Node { value(object, type) ?? .emptyMapping }

  private static func value(_ node: Node, _ type: FieldType) -> Node? {
    switch (type, node) {
    case (.map(let map), .mapping(let mapping)):
      // Structures stay when they are empty (`emptyDir: {}`), open maps do not.
      if mapping.isEmpty { return map.element == nil ? node : nil }
      let pairs = mapping.pairs.compactMap { pair -> Mapping.Pair? in
        guard let below = map.type(of: pair.key), let kept = value(pair.value, below) else {
          return nil
        }
        return Mapping.Pair(pair.key, kept)
      }
      return .mapping(Mapping(pairs))
    case (.list(let list), .sequence(let items)):
      if items.isEmpty { return nil }
      return .sequence(items.map { value($0, list.element) ?? .emptyMapping })
    default: return node
    }
  }
}
