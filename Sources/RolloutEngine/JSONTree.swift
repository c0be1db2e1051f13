/// What an encoder was told, before it is put in order: all values of one text as nodes of one array,
/// the texts of the plain ones one after the other in another. A value costs no allocation of its own.
final class JSONTree {
  /// Names a node.
  typealias Index = Int

  private enum Kind { case empty, plain, object, array }

  private struct Node {
    /// Within an object.
    let key: String
    var kind = Kind.empty
    /// Of a plain value: its JSON in ``JSONTree/text``.
    var start = 0
    var end = 0
    /// Of an object or array.
    var count = 0
    var firstChild = JSONTree.none
    var lastChild = JSONTree.none
    /// The next one in the same object or array.
    var sibling = JSONTree.none
  }

  static let root: Index = 0
  private static let none: Index = -1

  private var nodes = [Node(key: "")]
  private var text: [UInt8] = []

  init() {
    nodes.reserveCapacity(32)
    text.reserveCapacity(512)
  }

  // MARK: - Filling

  func set(_ node: Index, literal: String) { set(node) { $0.append(contentsOf: literal.utf8) } }
  func set(_ node: Index, text: String) { set(node) { JSONTree.quote(text, &$0) } }

  private func set(_ node: Index, _ write: (inout [UInt8]) -> Void) {
    nodes[node].start = text.count
    write(&text)
    nodes[node].end = text.count
    nodes[node].kind = .plain
  }

  /// Several containers of one value share its object.
  func makeObject(_ node: Index) { if nodes[node].kind != .object { nodes[node].kind = .object } }
  func makeArray(_ node: Index) { if nodes[node].kind != .array { nodes[node].kind = .array } }

  /// A new place in an object, or with the empty key in an array.
  func add(to parent: Index, _ key: String = "") -> Index {
    let node = nodes.count
    nodes.append(Node(key: key))
    let last = nodes[parent].lastChild
    if last == JSONTree.none {
      nodes[parent].firstChild = node
    } else {
      nodes[last].sibling = node
    }
    nodes[parent].lastChild = node
    nodes[parent].count += 1
    return node
  }

  func count(of node: Index) -> Int { nodes[node].count }

  // MARK: - Writing

  /// The whole as JSON, with the members of each object in order.
  func written() -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(text.count + 16 * nodes.count)
    write(JSONTree.root, to: &output)
    return output
  }

  private func write(_ node: Index, to output: inout [UInt8]) {
    switch nodes[node].kind {
    case .empty: output += "{}".utf8
    case .plain: output += text[nodes[node].start..<nodes[node].end]
    case .array:
      output.append(UInt8(ascii: "["))
      for (index, element) in children(of: node).enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        write(element, to: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object:
      output.append(UInt8(ascii: "{"))
      var members = children(of: node)
      // Swift compares strings of plain ASCII by bytes, and names are nothing else.
      members.sort { nodes[$0].key < nodes[$1].key }
      for (index, member) in members.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        JSONTree.quote(nodes[member].key, &output)
        output.append(UInt8(ascii: ":"))
        write(member, to: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
  }

  private func children(of parent: Index) -> [Index] {
    var found: [Index] = []
    found.reserveCapacity(nodes[parent].count)
    var child = nodes[parent].firstChild
    while child != JSONTree.none {
      found.append(child)
      child = nodes[child].sibling
    }
    return found
  }

  private static func quote(_ text: String, _ output: inout [UInt8]) {
    output.append(0x22)
    var text = text
    text.withUTF8 { bytes in
      // Nearly all text is written as it is.
      if bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) {
        output.append(contentsOf: bytes)
      } else {
        for byte in bytes { escape(byte, &output) }
      }
    }
    output.append(0x22)
  }

  private static func escape(_ byte: UInt8, _ output: inout [UInt8]) {
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
}
