public import Manifests

/// A value of the language. Parts of an object are not copied: they become values when they are
/// looked at.
public indirect enum Value: Sendable {
  case null
  case bool(Bool)
  case int(Int64)
  case uint(UInt64)
  case double(Double)
  case string(String)
  case list(ListValue)
  case map(MapValue)
  case type(String)
  case optional(Value?)

  /// An object's part. Numbers are ints where they are whole and fit 64 bits, else doubles, as in
  /// Kubernetes' own reading of JSON; every other scalar but null and booleans is a string.
  public init(_ node: Node) {
    switch node {
    case .sequence(let items): self = .list(ListValue(items: .nodes(items)))
    case .mapping(let mapping): self = .map(MapValue(content: .mapping(mapping)))
    case .scalar(let scalar):
      switch scalar.tag {
      case .null: self = .null
      case .bool: self = .bool(node.bool ?? false)
      case .int, .float:
        if scalar.tag == .int, let value = Int64(scalar.text) {
          self = .int(value)
        } else if let number = YAML.number(scalar) {
          self = number.integer.flatMap { Int64($0) }.map { .int($0) } ?? .double(number.double)
        } else {
          self = .string(scalar.text)
        }
      case .string, .timestamp, .binary: self = .string(scalar.text)
      }
    }
  }

  var type: ValueType {
    switch self {
    case .null: .null
    case .bool: .bool
    case .int: .int
    case .uint: .uint
    case .double: .double
    case .string: .string
    case .list: .list
    case .map: .map
    case .type: .type
    case .optional: .optional
    }
  }

  /// For messages.
  var noun: String {
    if case .bool(let value) = self { return value ? "true" : "false" }
    return type.noun
  }
}

/// A list of values.
public struct ListValue: Sendable {
  enum Items: Sendable {
    case nodes([Node])
    case values([Value])
  }

  let items: Items

  init(_ values: [Value]) { items = .values(values) }
  init(items: Items) { self.items = items }

  public var count: Int {
    switch items {
    case .nodes(let nodes): nodes.count
    case .values(let values): values.count
    }
  }

  /// The element at an index from 0; `nil` where there is none.
  public func value(at index: Int) -> Value? {
    guard index >= 0, index < count else { return nil }
    switch items {
    case .nodes(let nodes): return Value(nodes[index])
    case .values(let values): return values[index]
    }
  }

  public var values: [Value] {
    switch items {
    case .nodes(let nodes): nodes.map(Value.init)
    case .values(let values): values
    }
  }
}

/// A mapping of keys to values.
public struct MapValue: Sendable {
  enum Content: Sendable {
    case mapping(Mapping)
    case entries([(key: Value, value: Value)], index: [MapKey: Int])
  }

  let content: Content

  init(content: Content) { self.content = content }

  /// `nil` when a key stands there twice or can be none.
  init?(_ entries: [(key: Value, value: Value)]) {
    var index: [MapKey: Int] = [:]
    for (place, entry) in entries.enumerated() {
      guard let key = MapKey(entry.key), index.updateValue(place, forKey: key) == nil else {
        return nil
      }
    }
    content = .entries(entries, index: index)
  }

  public var count: Int {
    switch content {
    case .mapping(let mapping): mapping.count
    case .entries(let entries, _): entries.count
    }
  }

  /// The value of a key; `nil` where there is none.
  public func value(of key: Value) -> Value? {
    switch content {
    case .mapping(let mapping):
      guard case .string(let text) = key else { return nil }
      return value(of: text, in: mapping)
    case .entries(let entries, let index):
      return MapKey(key).flatMap { index[$0] }.map { entries[$0].value }
    }
  }

  /// Keys are compared as code points, where `==` of Swift would take composed characters for equal.
  private func value(of key: String, in mapping: Mapping) -> Value? {
    guard let value = mapping[key] else { return nil }
    if key.utf8.allSatisfy({ $0 < 0x80 }) { return Value(value) }
    return mapping.pairs.first { $0.key.utf8.elementsEqual(key.utf8) }.map { Value($0.value) }
  }

  /// In the order of the object or the literal.
  public var keys: [Value] {
    switch content {
    case .mapping(let mapping): mapping.pairs.map { .string($0.key) }
    case .entries(let entries, _): entries.map(\.key)
    }
  }
}

/// A key as equality has it: `1`, `1u` and `1.0` are one.
enum MapKey: Hashable {
  case bool(Bool)
  case signed(Int64)
  case unsigned(UInt64)
  case text([UInt8])

  init?(_ value: Value) {
    switch value {
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .signed(value)
    case .uint(let value): self = Int64(exactly: value).map { .signed($0) } ?? .unsigned(value)
    case .double(let value):
      if let value = Int64(exactly: value) {
        self = .signed(value)
      } else if let value = UInt64(exactly: value) {
        self = .unsigned(value)
      } else {
        return nil
      }
    case .string(let text): self = .text(Array(text.utf8))
    default: return nil
    }
  }
}
