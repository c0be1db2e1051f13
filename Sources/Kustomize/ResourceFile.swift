internal import Manifests
internal import SourceTree

/// One object of a resource file and its line.
struct ParsedDocument: Sendable {
  var node: Node
  var line: Int
}

/// Reads files of resources as kustomize splits and checks them.
enum ResourceFile {
  /// All objects of a file, lists taken apart.
  static func parse(_ bytes: [UInt8], file: TreePath) throws(BuildError) -> [ParsedDocument] {
    let pieces = try split(bytes, file)
    var queue: [ParsedDocument] = []
    for piece in pieces {
      let documents: [Node]
      do {
        documents = try YAML.parse(piece.bytes)
      } catch {
        throw BuildError(
          .malformedYAML, "malformed YAML: \(error.problem)", file: file,
          line: error.line + piece.line - 1, column: error.column)
      }
      guard let node = documents.first, !node.isNull else { continue }
      let document = ParsedDocument(node: node, line: piece.line)
      if pieces.count == 1, let items = bareList(node) {
        for item in items { queue.append(ParsedDocument(node: item, line: piece.line)) }
      } else {
        queue.append(document)
      }
    }
    return try expand(queue, file)
  }

  /// The items of a `List` that is alone in its file.
  private static func bareList(_ node: Node) -> [Node]? {
    guard let kind = node["kind"]?.scalar?.text, kind == "List" || kind == "ResourceList",
      let items = node["items"]
    else { return nil }
    return items.sequence ?? (items.isNull ? [] : nil)
  }

  private struct Piece {
    var bytes: [UInt8]
    var line: Int
  }

  /// Splits at every line that starts with `---`, wherever it stands.
  private static func split(_ bytes: [UInt8], _ file: TreePath) throws(BuildError) -> [Piece] {
    var text = bytes
    if bytes.contains(0x0D) {
      text.removeAll(keepingCapacity: true)
      for index in bytes.indices {
        let isBreak = bytes[index] == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A
        if !isBreak { text.append(bytes[index]) }
      }
    }
    var pieces: [Piece] = []
    var start = 0
    var line = 1
    var startLine = 1
    var index = 0
    while index < text.count {
      guard text[index] == 0x0A else {
        index += 1
        continue
      }
      line += 1
      let next = index + 1
      guard next + 2 < text.count, text[next] == 0x2D, text[next + 1] == 0x2D,
        text[next + 2] == 0x2D, let end = text[next...].firstIndex(of: 0x0A)
      else {
        index += 1
        continue
      }
      let rest = text[(next + 3)..<end].drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
      if let first = rest.first, first != 0x23 {
        let separator = String(decoding: text[next..<end], as: UTF8.self)
        throw BuildError(
          .malformedYAML, "invalid document separator: \(separator)", file: file, line: line)
      }
      pieces.append(Piece(bytes: Array(text[start..<index]) + [0x0A], line: startLine))
      start = end + 1
      line += 1
      startLine = line
      index = end + 1
    }
    pieces.append(Piece(bytes: start == 0 ? text : Array(text[start...]), line: startLine))
    return pieces
  }

  /// Checks every document and puts the members of lists at the end.
  private static func expand(
    _ documents: [ParsedDocument], _ file: TreePath
  ) throws(BuildError) -> [ParsedDocument] {
    var result: [ParsedDocument] = []
    var queue: [ParsedDocument] = []
    for document in documents where try isObject(document, file) { queue.append(document) }
    var place = 0
    while place < queue.count {
      let document = queue[place]
      place += 1
      guard let kind = document.node["kind"]?.scalar?.text, kind.hasSuffix("List"),
        let items = document.node["items"]
      else {
        result.append(document)
        continue
      }
      switch items {
      case .sequence(let members):
        for member in members {
          let item = ParsedDocument(node: NumberForm.throughJSON(member), line: document.line)
          if try isObject(item, file) { queue.append(item) }
        }
      case _ where items.isNull: continue
      default:
        throw BuildError(
          .wrongType, "expected array in \(kind)/items, but found something else", file: file,
          line: document.line)
      }
    }
    return result
  }

  /// Whether there is anything in a document; throws when it is no object.
  private static func isObject(
    _ document: ParsedDocument, _ file: TreePath
  ) throws(BuildError) -> Bool {
    let node = document.node
    if node.isNull { return false }
    guard case .mapping(let mapping) = node else {
      throw BuildError(
        .missingMetadata,
        "expected a Kubernetes object, found a \(node.sequence == nil ? "scalar" : "list")",
        file: file, line: document.line)
    }
    if mapping.isEmpty { return false }
    func text(_ node: Node?) -> String? {
      guard let scalar = node?.scalar, scalar.tag != .null else { return nil }
      return scalar.text
    }
    guard let kind = text(mapping["kind"]), !kind.isEmpty else {
      throw BuildError(
        .missingMetadata, "the object has no kind; give it apiVersion and kind", file: file,
        line: document.line)
    }
    if !kind.hasSuffix("List") {
      guard case .mapping? = mapping["metadata"], text(node.value(at: "metadata", "name")) != nil
      else {
        throw BuildError(
          .missingMetadata,
          "the \(kind) has no metadata.name"
            + (node.value(at: "metadata", "generateName") == nil
              ? "" : "; 'generateName' does not do: each build must name the same objects"),
          file: file,
          line: document.line)
      }
    }
    return true
  }
}
