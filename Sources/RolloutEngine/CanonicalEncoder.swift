// An encoder of its own because every event and every row passes through here: several times
// faster than Foundation's, and the order of keys is ours to promise.

/// A place in the output that one value fills.
final class JSONSlot {
  private enum Content {
    case empty
    case literal(String)
    case text(String)
    case object([(key: String, value: JSONSlot)])
    case array([JSONSlot])
  }

  private var content = Content.empty

  func set(literal: String) { content = .literal(literal) }
  func set(text: String) { content = .text(text) }

  func makeObject() {
    if case .object = content { return }
    content = .object([])
  }

  func makeArray() {
    if case .array = content { return }
    content = .array([])
  }

  /// Several containers of one value share its object.
  func member(_ key: String) -> JSONSlot {
    let slot = JSONSlot()
    if case .object(var members) = content {
      content = .empty
      members.append((key, slot))
      content = .object(members)
    }
    return slot
  }

  func element() -> JSONSlot {
    let slot = JSONSlot()
    if case .array(var elements) = content {
      content = .empty
      elements.append(slot)
      content = .array(elements)
    }
    return slot
  }

  var count: Int { if case .array(let elements) = content { elements.count } else { 0 } }

  func write(to output: inout [UInt8]) {
    switch content {
    case .empty: output += "{}".utf8
    case .literal(let literal): output += literal.utf8
    case .text(let text): JSONSlot.quote(text, &output)
    case .array(let elements):
      output.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        element.write(to: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let members):
      output.append(UInt8(ascii: "{"))
      // Swift compares strings of plain ASCII by bytes, and names are nothing else.
      for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        JSONSlot.quote(member.key, &output)
        output.append(UInt8(ascii: ":"))
        member.value.write(to: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
  }

  private static func quote(_ text: String, _ output: inout [UInt8]) {
    output.append(0x22)
    for byte in text.utf8 {
      switch byte {
      case 0x22, 0x5C:
        output.append(0x5C)
        output.append(byte)
      case 0x0A: output += "\\n".utf8
      case 0x0D: output += "\\r".utf8
      case 0x09: output += "\\t".utf8
      case ..<0x20:
        output += "\\u00".utf8
        output.append(contentsOf: [byte >> 4, byte & 15].map { $0 < 10 ? $0 + 48 : $0 + 87 })
      default: output.append(byte)
      }
    }
    output.append(0x22)
  }
}

extension JSONSlot {
  /// Fills the slot with any value.
  func encode(_ value: some Encodable) throws {
    switch value {
    case let text as String: set(text: text)
    case let number as Int: set(literal: String(number))
    case let number as Int64: set(literal: String(number))
    case let flag as Bool: set(literal: flag ? "true" : "false")
    default: try value.encode(to: CanonicalEncoder(slot: self))
    }
  }
}

struct CanonicalEncoder: Encoder {
  let slot: JSONSlot
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(KeyedSlots<Key>(slot))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer { OrderedSlots(slot) }
  func singleValueContainer() -> any SingleValueEncodingContainer { SingleSlot(slot: slot) }
}

private struct KeyedSlots<Key: CodingKey>: KeyedEncodingContainerProtocol {
  private let slot: JSONSlot
  var codingPath: [any CodingKey] { [] }

  init(_ slot: JSONSlot) {
    self.slot = slot
    slot.makeObject()
  }

  func encodeNil(forKey key: Key) throws { slot.member(key.stringValue).set(literal: "null") }
  func encode(_ value: some Encodable, forKey key: Key) throws {
    try slot.member(key.stringValue).encode(value)
  }
  func encode(_ value: String, forKey key: Key) throws {
    slot.member(key.stringValue).set(text: value)
  }
  func encode(_ value: Int, forKey key: Key) throws {
    slot.member(key.stringValue).set(literal: String(value))
  }
  func encode(_ value: Bool, forKey key: Key) throws {
    slot.member(key.stringValue).set(literal: value ? "true" : "false")
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy keyType: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(KeyedSlots<Nested>(slot.member(key.stringValue)))
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    OrderedSlots(slot.member(key.stringValue))
  }
  func superEncoder() -> any Encoder { CanonicalEncoder(slot: slot.member("super")) }
  func superEncoder(forKey key: Key) -> any Encoder {
    CanonicalEncoder(slot: slot.member(key.stringValue))
  }
}

private struct OrderedSlots: UnkeyedEncodingContainer {
  private let slot: JSONSlot
  var codingPath: [any CodingKey] { [] }
  var count: Int { slot.count }

  init(_ slot: JSONSlot) {
    self.slot = slot
    slot.makeArray()
  }

  func encodeNil() throws { slot.element().set(literal: "null") }
  func encode(_ value: some Encodable) throws { try slot.element().encode(value) }
  func nestedContainer<Nested: CodingKey>(
    keyedBy keyType: Nested.Type
  ) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(KeyedSlots<Nested>(slot.element()))
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { OrderedSlots(slot.element()) }
  func superEncoder() -> any Encoder { CanonicalEncoder(slot: slot.element()) }
}

private struct SingleSlot: SingleValueEncodingContainer {
  let slot: JSONSlot
  var codingPath: [any CodingKey] { [] }

  func encodeNil() throws { slot.set(literal: "null") }
  func encode(_ value: some Encodable) throws { try slot.encode(value) }
  func encode(_ value: String) throws { slot.set(text: value) }
  func encode(_ value: Bool) throws { slot.set(literal: value ? "true" : "false") }
  func encode(_ value: Int) throws { slot.set(literal: String(value)) }
  func encode(_ value: Int8) throws { slot.set(literal: String(value)) }
  func encode(_ value: Int16) throws { slot.set(literal: String(value)) }
  func encode(_ value: Int32) throws { slot.set(literal: String(value)) }
  func encode(_ value: Int64) throws { slot.set(literal: String(value)) }
  func encode(_ value: UInt) throws { slot.set(literal: String(value)) }
  func encode(_ value: UInt8) throws { slot.set(literal: String(value)) }
  func encode(_ value: UInt16) throws { slot.set(literal: String(value)) }
  func encode(_ value: UInt32) throws { slot.set(literal: String(value)) }
  func encode(_ value: UInt64) throws { slot.set(literal: String(value)) }
  func encode(_ value: Double) throws { slot.set(literal: String(value)) }
  func encode(_ value: Float) throws { slot.set(literal: String(value)) }
}
