// An encoder of its own because every event and every row passes through here: several times
// faster than Foundation's, and the order of keys is ours to promise.

/// A place in a tree that one value fills.
struct CanonicalEncoder: Encoder {
  let tree: JSONTree
  let node: JSONTree.Index
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(KeyedValues<Key>(tree, node))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer { OrderedValues(tree, node) }
  func singleValueContainer() -> any SingleValueEncodingContainer {
    SingleValue(tree: tree, node: node)
  }
}

private struct KeyedValues<Key: CodingKey>: KeyedEncodingContainerProtocol {
  private let tree: JSONTree
  private let node: JSONTree.Index
  var codingPath: [any CodingKey] { [] }

  init(_ tree: JSONTree, _ node: JSONTree.Index) {
    self.tree = tree
    self.node = node
    tree.makeObject(node)
  }

  private func member(_ key: Key) -> JSONTree.Index { tree.add(to: node, key.stringValue) }

  func encodeNil(forKey key: Key) throws { tree.set(member(key), literal: "null") }
  func encode(_ value: some Encodable, forKey key: Key) throws {
    try value.encode(to: CanonicalEncoder(tree: tree, node: member(key)))
  }
  func encode(_ value: String, forKey key: Key) throws { tree.set(member(key), text: value) }
  func encode(_ value: Int, forKey key: Key) throws {
    tree.set(member(key), literal: String(value))
  }
  func encode(_ value: Bool, forKey key: Key) throws {
    tree.set(member(key), literal: value ? "true" : "false")
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy keyType: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(KeyedValues<Nested>(tree, member(key)))
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    OrderedValues(tree, member(key))
  }
  func superEncoder() -> any Encoder {
    CanonicalEncoder(tree: tree, node: tree.add(to: node, "super"))
  }
  func superEncoder(forKey key: Key) -> any Encoder {
    CanonicalEncoder(tree: tree, node: member(key))
  }
}

private struct OrderedValues: UnkeyedEncodingContainer {
  private let tree: JSONTree
  private let node: JSONTree.Index
  var codingPath: [any CodingKey] { [] }
  var count: Int { tree.count(of: node) }

  init(_ tree: JSONTree, _ node: JSONTree.Index) {
    self.tree = tree
    self.node = node
    tree.makeArray(node)
  }

  func encodeNil() throws { tree.set(tree.add(to: node), literal: "null") }
  func encode(_ value: String) throws { tree.set(tree.add(to: node), text: value) }
  func encode(_ value: some Encodable) throws {
    try value.encode(to: CanonicalEncoder(tree: tree, node: tree.add(to: node)))
  }
  func nestedContainer<Nested: CodingKey>(
    keyedBy keyType: Nested.Type
  ) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(KeyedValues<Nested>(tree, tree.add(to: node)))
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    OrderedValues(tree, tree.add(to: node))
  }
  func superEncoder() -> any Encoder { CanonicalEncoder(tree: tree, node: tree.add(to: node)) }
}

private struct SingleValue: SingleValueEncodingContainer {
  let tree: JSONTree
  let node: JSONTree.Index
  var codingPath: [any CodingKey] { [] }

  private func set(_ number: some CustomStringConvertible) {
    tree.set(node, literal: number.description)
  }

  func encodeNil() throws { tree.set(node, literal: "null") }
  func encode(_ value: some Encodable) throws {
    try value.encode(to: CanonicalEncoder(tree: tree, node: node))
  }
  func encode(_ value: String) throws { tree.set(node, text: value) }
  func encode(_ value: Bool) throws { tree.set(node, literal: value ? "true" : "false") }
  func encode(_ value: Int) throws { set(value) }
  func encode(_ value: Int8) throws { set(value) }
  func encode(_ value: Int16) throws { set(value) }
  func encode(_ value: Int32) throws { set(value) }
  func encode(_ value: Int64) throws { set(value) }
  func encode(_ value: UInt) throws { set(value) }
  func encode(_ value: UInt8) throws { set(value) }
  func encode(_ value: UInt16) throws { set(value) }
  func encode(_ value: UInt32) throws { set(value) }
  func encode(_ value: UInt64) throws { set(value) }
  func encode(_ value: Double) throws { set(value) }
  func encode(_ value: Float) throws { set(value) }
}
