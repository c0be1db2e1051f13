/// A node of a YAML text with the place where it stands: what strict decoding needs to point at
/// the fault.
public struct LocatedNode: Sendable {
  /// Where the value starts.
  public let position: YAML.Position
  public let kind: Kind

  public enum Kind: Sendable {
    case scalar(Scalar)
    case sequence([LocatedNode])
    case mapping(LocatedMapping)
  }

  public init(position: YAML.Position, kind: Kind) {
    self.position = position
    self.kind = kind
  }

  /// The same tree without positions. Of duplicate keys the first counts.
  public var node: Node {
    switch kind {
    case .scalar(let scalar): .scalar(scalar)
    case .sequence(let items): .sequence(items.map(\.node))
    case .mapping(let mapping):
      .mapping(
        Mapping(
          mapping.entries.map { Mapping.Pair($0.key, $0.value.node, keyTag: $0.keyTag) }))
    }
  }

  public var scalar: Scalar? {
    if case .scalar(let scalar) = kind { return scalar }
    return nil
  }

  public var sequence: [LocatedNode]? {
    if case .sequence(let items) = kind { return items }
    return nil
  }

  public var mapping: LocatedMapping? {
    if case .mapping(let mapping) = kind { return mapping }
    return nil
  }

  /// The value at `key` of a mapping.
  public subscript(key: String) -> LocatedNode? { mapping?[key] }
}

/// A mapping with the places of its keys.
public struct LocatedMapping: Sendable {
  public struct Entry: Sendable {
    public let key: String
    /// What the key's scalar resolved to.
    public let keyTag: ScalarTag
    public let keyPosition: YAML.Position
    public let value: LocatedNode

    public init(
      key: String, keyTag: ScalarTag = .string, keyPosition: YAML.Position, value: LocatedNode
    ) {
      self.key = key
      self.keyTag = keyTag
      self.keyPosition = keyPosition
      self.value = value
    }
  }

  /// In the order of the text, each key once.
  public let entries: [Entry]
  /// Later entries whose key was there already.
  public let duplicates: [Entry]

  public init(entries: [Entry], duplicates: [Entry] = []) {
    self.entries = entries
    self.duplicates = duplicates
  }

  public subscript(key: String) -> LocatedNode? { entries.first { $0.key == key }?.value }
}
