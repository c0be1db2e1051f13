/// A Kubernetes object or a part of it: an ordered tree with value semantics.
///
/// Arrays are the indirection: a copy is cheap and shares everything with the original, a change
/// copies only the path to it. Scalars keep their text, so numbers lose nothing on their way
/// through.
public enum Node: Sendable {
  case scalar(Scalar)
  case sequence([Node])
  case mapping(Mapping)
}

/// One scalar: its text without quotes, what it means, and how it was written.
public struct Scalar: Sendable, Hashable {
  /// For `bool` one of `true` and `false` in the spelling of the source; for numbers the text of the
  /// source; for `null` anything; for `string` the value.
  public var text: String
  public var tag: ScalarTag
  public var style: ScalarStyle
  /// Whether kustomize wrote this scalar without a tag: another text in its place means what it
  /// reads as. Says nothing about the value.
  package var isUntagged = false
  /// Scalars of one object with the same number, other than 0, are one and the same to kustomize:
  /// a change of one changes all. Says nothing about the value.
  package var sharing: UInt32 = 0

  public init(_ text: String, tag: ScalarTag, style: ScalarStyle = .plain) {
    self.text = text
    self.tag = tag
    self.style = style
  }
}

extension Scalar {
  public static func == (a: Scalar, b: Scalar) -> Bool {
    a.tag == b.tag && a.style == b.style && a.text == b.text
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(text)
    hasher.combine(tag)
    hasher.combine(style)
  }
}

/// What a scalar means after tag resolution.
public enum ScalarTag: UInt8, Sendable, Hashable {
  case null, bool, int, float, string, timestamp, binary
}

/// How a scalar was written in its source. Output does not depend on it; replacing the text of a
/// scalar keeps it, as kustomize does.
public enum ScalarStyle: UInt8, Sendable, Hashable {
  case plain, singleQuoted, doubleQuoted, literal, folded
}

/// A mapping that keeps the order of its keys. Keys are unique where the reader demands it.
public struct Mapping: Sendable {
  public struct Pair: Sendable {
    public var key: String
    /// What the key's scalar resolved to; anything but `string` is refused by most consumers.
    public var keyTag: ScalarTag
    public var value: Node

    public init(_ key: String, _ value: Node, keyTag: ScalarTag = .string) {
      self.key = key
      self.keyTag = keyTag
      self.value = value
    }
  }

  public var pairs: [Pair]

  public init(_ pairs: [Pair] = []) { self.pairs = pairs }

  public var isEmpty: Bool { pairs.isEmpty }
  public var count: Int { pairs.count }
  public var keys: [String] { pairs.map(\.key) }

  /// Index of the pair with `key`. Linear: Kubernetes mappings are short, and this beats hashing.
  public func index(of key: String) -> Int? {
    for index in pairs.indices where pairs[index].key == key { return index }
    return nil
  }

  /// The value at `key`. Writing replaces in place or appends; writing `nil` removes the pair.
  public subscript(key: String) -> Node? {
    get { index(of: key).map { pairs[$0].value } }
    _modify {
      if let index = index(of: key) {
        // The value is moved out so that a nested change finds a unique reference.
        var value: Node? = pairs[index].value
        pairs[index].value = .null
        defer {
          if let value { pairs[index].value = value } else { pairs.remove(at: index) }
        }
        yield &value
      } else {
        var value: Node?
        defer { if let value { pairs.append(Pair(key, value)) } }
        yield &value
      }
    }
  }
}

extension Node {
  public static let null = Node.scalar(Scalar("null", tag: .null))
  public static let emptyMapping = Node.mapping(Mapping())

  public static func string(_ text: String) -> Node {
    .scalar(Scalar(text, tag: .string, style: .doubleQuoted))
  }
  public static func int(_ value: Int) -> Node { .scalar(Scalar(String(value), tag: .int)) }
  public static func bool(_ value: Bool) -> Node {
    .scalar(Scalar(value ? "true" : "false", tag: .bool))
  }

  /// A mapping from literal pairs, in the order given.
  public static func object(_ pairs: KeyValuePairs<String, Node>) -> Node {
    .mapping(Mapping(pairs.map { Mapping.Pair($0.key, $0.value) }))
  }

  public var isNull: Bool {
    if case .scalar(let scalar) = self { return scalar.tag == .null }
    return false
  }

  public var scalar: Scalar? {
    if case .scalar(let scalar) = self { return scalar }
    return nil
  }

  /// The text of a string scalar; `nil` for every other node.
  public var string: String? {
    if case .scalar(let scalar) = self, scalar.tag == .string { return scalar.text }
    return nil
  }

  public var bool: Bool? {
    guard case .scalar(let scalar) = self, scalar.tag == .bool else { return nil }
    return scalar.text.first == "t" || scalar.text.first == "T"
  }

  /// The value of a decimal integer scalar that fits 64 bits.
  public var int: Int? {
    guard case .scalar(let scalar) = self, scalar.tag == .int else { return nil }
    return Int(scalar.text)
  }

  public var sequence: [Node]? {
    if case .sequence(let items) = self { return items }
    return nil
  }

  public var mapping: Mapping? {
    if case .mapping(let mapping) = self { return mapping }
    return nil
  }

  /// The value at `key` of a mapping. Writing turns a node that is no mapping into one.
  public subscript(key: String) -> Node? {
    get {
      guard case .mapping(let mapping) = self else { return nil }
      return mapping[key]
    }
    _modify {
      var mapping: Mapping
      if case .mapping(let found) = self { mapping = found } else { mapping = Mapping() }
      self = .null  // drops the second reference, so the change below is in place
      defer { self = .mapping(mapping) }
      yield &mapping[key]
    }
  }

  /// The value below a path of mapping keys.
  public func value(at path: String...) -> Node? {
    var node = self
    for key in path {
      guard let next = node[key] else { return nil }
      node = next
    }
    return node
  }

  /// Changes a mapping in place; `nil` when this is no mapping.
  public mutating func withMapping<Result, Failure>(
    _ change: (inout Mapping) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard case .mapping(var mapping) = self else { return nil }
    self = .null
    defer { self = .mapping(mapping) }
    return try change(&mapping)
  }

  /// Changes a sequence in place; `nil` when this is no sequence.
  public mutating func withSequence<Result, Failure>(
    _ change: (inout [Node]) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard case .sequence(var items) = self else { return nil }
    self = .null
    defer { self = .sequence(items) }
    return try change(&items)
  }
}

/// Structural equality: the same values in the same order of sequences, whatever the order of
/// mapping keys, the style and the spelling of nulls.
extension Node: Equatable {
  public static func == (a: Node, b: Node) -> Bool {
    switch (a, b) {
    case (.scalar(let x), .scalar(let y)):
      x.tag == y.tag && (x.tag == .null || x.text == y.text)
    case (.sequence(let x), .sequence(let y)): x == y
    case (.mapping(let x), .mapping(let y)):
      x.pairs.count == y.pairs.count
        && x.pairs.indices.allSatisfy { index in
          let pair = x.pairs[index]
          // Most mappings agree in order, too.
          let other =
            y.pairs[index].key == pair.key ? y.pairs[index].value : y[pair.key] ?? .sequence([])
          return pair.value == other && (y.pairs[index].key == pair.key || y[pair.key] != nil)
        }
    default: false
    }
  }
}
