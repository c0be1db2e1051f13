/// Makes trees out of what the reader finds, so that one reader serves plain and located trees.
protocol YAMLTreeBuilder {
  associatedtype Tree
  associatedtype Entry
  /// Whether positions are worth computing.
  static var locates: Bool { get }
  func scalar(_ scalar: Scalar, at position: YAML.Position) -> Tree
  func sequence(_ items: [Tree], at position: YAML.Position) -> Tree
  func entry(key: Scalar, at position: YAML.Position, value: Tree) -> Entry
  /// `merges` are the values of the keys `<<`.
  func mapping(
    _ entries: [Entry], merges: [Tree], at position: YAML.Position
  ) throws(MappingFault) -> Tree
  /// The tree of a collection with the tag `!!set`: its missing values are empty strings.
  func set(_ tree: Tree) -> Tree
  /// The scalar that `tree` is, if it is one.
  func scalar(of tree: Tree) -> Scalar?
}

/// What is wrong with the entries of a mapping; the reader knows where it stands.
enum MappingFault: Error {
  case duplicate(key: String)
  case merge

  var problem: String {
    switch self {
    case .duplicate(let key): "mapping key \"\(key)\" already defined; expected each key once"
    case .merge: "expected a mapping or a list of mappings as the value of '<<'"
    }
  }
}

struct NodeBuilder: YAMLTreeBuilder {
  let duplicateKeys: YAML.DuplicateKeys
  static var locates: Bool { false }

  @inline(__always)
  func scalar(_ scalar: Scalar, at position: YAML.Position) -> Node { .scalar(scalar) }
  @inline(__always)
  func sequence(_ items: [Node], at position: YAML.Position) -> Node { .sequence(items) }
  @inline(__always)
  func entry(key: Scalar, at position: YAML.Position, value: Node) -> Mapping.Pair {
    Mapping.Pair(key.text, value, keyTag: key.tag)
  }
  func scalar(of tree: Node) -> Scalar? { tree.scalar }

  func set(_ tree: Node) -> Node {
    guard case .mapping(var mapping) = tree else { return tree }
    for index in mapping.pairs.indices where mapping.pairs[index].value.isNull {
      mapping.pairs[index].value = .string("")
    }
    return .mapping(mapping)
  }

  func mapping(
    _ entries: [Mapping.Pair], merges: [Node], at position: YAML.Position
  ) throws(MappingFault) -> Node {
    var pairs = entries
    if let key = firstDuplicate(entries.lazy.map(\.key), count: entries.count) {
      if duplicateKeys == .refuse { throw .duplicate(key: key) }
      var last: [String: Int] = [:]
      for index in entries.indices { last[entries[index].key] = index }
      pairs = entries.indices.filter { last[entries[$0].key] == $0 }.map { entries[$0] }
    }
    if merges.isEmpty { return .mapping(Mapping(pairs)) }
    var merged: [Mapping.Pair] = []
    var known = Set(pairs.map(\.key))
    for source in merges {
      for mapping in try sources(source) {
        for pair in mapping.pairs where known.insert(pair.key).inserted { merged.append(pair) }
      }
    }
    return .mapping(Mapping(merged + pairs))
  }

  private func sources(_ node: Node) throws(MappingFault) -> [Mapping] {
    switch node {
    case .mapping(let mapping): return [mapping]
    case .sequence(let items):
      let mappings = items.compactMap(\.mapping)
      guard mappings.count == items.count else { throw .merge }
      return mappings
    case .scalar: throw .merge
    }
  }
}

struct LocatedBuilder: YAMLTreeBuilder {
  static var locates: Bool { true }

  func scalar(_ scalar: Scalar, at position: YAML.Position) -> LocatedNode {
    LocatedNode(position: position, kind: .scalar(scalar))
  }
  func sequence(_ items: [LocatedNode], at position: YAML.Position) -> LocatedNode {
    LocatedNode(position: position, kind: .sequence(items))
  }
  func entry(
    key: Scalar, at position: YAML.Position, value: LocatedNode
  ) -> LocatedMapping.Entry {
    LocatedMapping.Entry(key: key.text, keyTag: key.tag, keyPosition: position, value: value)
  }
  func scalar(of tree: LocatedNode) -> Scalar? { tree.scalar }
  func set(_ tree: LocatedNode) -> LocatedNode { tree }

  func mapping(
    _ entries: [LocatedMapping.Entry], merges: [LocatedNode], at position: YAML.Position
  ) throws(MappingFault) -> LocatedNode {
    var own: [LocatedMapping.Entry] = []
    var duplicates: [LocatedMapping.Entry] = []
    var known = Set<String>()
    for entry in entries {
      if known.insert(entry.key).inserted { own.append(entry) } else { duplicates.append(entry) }
    }
    var merged: [LocatedMapping.Entry] = []
    for source in merges {
      for mapping in try sources(source) {
        for entry in mapping.entries where known.insert(entry.key).inserted { merged.append(entry) }
      }
    }
    return LocatedNode(
      position: position,
      kind: .mapping(LocatedMapping(entries: merged + own, duplicates: duplicates)))
  }

  private func sources(_ node: LocatedNode) throws(MappingFault) -> [LocatedMapping] {
    switch node.kind {
    case .mapping(let mapping): return [mapping]
    case .sequence(let items):
      let mappings = items.compactMap(\.mapping)
      guard mappings.count == items.count else { throw .merge }
      return mappings
    case .scalar: throw .merge
    }
  }
}

/// The first key that occurs for the second time. Short lists are compared pairwise, which is
/// faster than hashing.
private func firstDuplicate(_ keys: some Sequence<String>, count: Int) -> String? {
  if count < 2 { return nil }
  if count <= 12 {
    var seen: [String] = []
    seen.reserveCapacity(count)
    for key in keys {
      if seen.contains(key) { return key }
      seen.append(key)
    }
    return nil
  }
  var seen = Set<String>(minimumCapacity: count)
  for key in keys where !seen.insert(key).inserted { return key }
  return nil
}
