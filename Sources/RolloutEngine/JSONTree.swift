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

    mutating func fill(_ range: Range<Int>) {
      kind = .plain
      start = range.lowerBound
      end = range.upperBound
    }
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

  func set(_ node: Index, literal: String) {
    let start = text.count
    text.append(contentsOf: literal.utf8)
    nodes[node].fill(start..<text.count)
  }

  func set(_ node: Index, text new: String) {
    let start = text.count
    text.append(quoted: new)
    nodes[node].fill(start..<text.count)
  }

  /// Several containers of one value share its object.
  func makeObject(_ node: Index) { nodes[node].kind = .object }
  func makeArray(_ node: Index) { nodes[node].kind = .array }

  /// A new place in an object, or with the empty key in an array.
  func add(to parent: Index, _ key: String = "") -> Index {
    JSONTree.append(key, to: parent, in: &nodes)
  }

  /// Goes through the array once, because every access to a property of an object is checked.
  private static func append(_ key: String, to parent: Index, in nodes: inout [Node]) -> Index {
    let node = nodes.count
    nodes.append(Node(key: key))
    let last = nodes[parent].lastChild
    if last == none {
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
    let finished = Finished(nodes: nodes, text: text)
    var output: [UInt8] = []
    output.reserveCapacity(text.count + 16 * nodes.count)
    finished.write(JSONTree.root, to: &output)
    return output
  }

  private struct Finished {
    let nodes: [Node]
    let text: [UInt8]

    func write(_ index: Index, to output: inout [UInt8]) {
      let node = nodes[index]
      switch node.kind {
      case .empty: output += "{}".utf8
      case .plain: output += text[node.start..<node.end]
      case .array:
        output.append(UInt8(ascii: "["))
        for (position, element) in children(of: node).enumerated() {
          if position > 0 { output.append(UInt8(ascii: ",")) }
          write(element, to: &output)
        }
        output.append(UInt8(ascii: "]"))
      case .object:
        output.append(UInt8(ascii: "{"))
        var members = children(of: node)
        // Swift compares strings of plain ASCII by bytes, and names are nothing else.
        members.sort { nodes[$0].key < nodes[$1].key }
        for (position, member) in members.enumerated() {
          if position > 0 { output.append(UInt8(ascii: ",")) }
          output.append(quoted: nodes[member].key)
          output.append(UInt8(ascii: ":"))
          write(member, to: &output)
        }
        output.append(UInt8(ascii: "}"))
      }
    }

    private func children(of parent: Node) -> [Index] {
      var found: [Index] = []
      found.reserveCapacity(parent.count)
      var child = parent.firstChild
      while child != JSONTree.none {
        found.append(child)
        child = nodes[child].sibling
      }
      return found
    }
  }
}

extension [UInt8] {
  /// Appends `text` as a JSON string.
  fileprivate mutating func append(quoted text: String) {
    append(0x22)
    var text = text
    text.withUTF8 { bytes in
      // Nearly all text is written as it is.
      if bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) {
        append(contentsOf: bytes)
      } else {
        for byte in bytes { append(escaped: byte) }
      }
    }
    append(0x22)
  }

  private mutating func append(escaped byte: UInt8) {
    switch byte {
    case 0x22, 0x5C:
      append(0x5C)
      append(byte)
    case 0x0A: self += "\\n".utf8
    case 0x0D: self += "\\r".utf8
    case 0x09: self += "\\t".utf8
    case ..<0x20:
      self += "\\u00".utf8
      append(contentsOf: [byte >> 4, byte & 15].map { $0 < 10 ? $0 + 48 : $0 + 87 })
    default: append(byte)
    }
  }
}
