internal import Manifests

/// Paths of replacements and variables: keys joined by `.`, with `\.` and `[a.b]` for dots inside
/// keys, numbers for list elements, `[key=value]` and `*` for those that match.
enum FieldPath {
  static func split(_ path: String) -> [String] {
    var pieces: [String] = []
    var joins = false
    for piece in path.split(separator: ".", omittingEmptySubsequences: false) {
      if joins, let last = pieces.popLast() {
        pieces.append(last.dropLast() + "." + piece)
      } else {
        pieces.append(String(piece))
      }
      joins = piece.hasSuffix("\\")
    }
    var result: [String] = []
    var index = 0
    while index < pieces.count {
      let piece = pieces[index]
      index += 1
      guard piece.hasPrefix("["), !piece.hasSuffix("]") else {
        result.append(piece)
        continue
      }
      var bracketed = piece
      while index < pieces.count {
        bracketed += "." + pieces[index]
        index += 1
        if bracketed.hasSuffix("]") { break }
      }
      result.append(
        bracketed.contains("=") ? bracketed : bracketed.trimmed { $0 == "[" || $0 == "]" })
    }
    return result
  }

  static func isElement(_ part: String) -> Bool { part.hasPrefix("[") && part.hasSuffix("]") }

  /// Key and value of `[key=value]`; the key is empty for lists of scalars.
  static func element(_ part: String) -> (key: String, value: String)? {
    let inside = part.dropFirst().dropLast()
    guard let sign = inside.firstIndex(of: "=") else { return nil }
    return (String(inside[..<sign]), String(inside[inside.index(after: sign)...]))
  }

  /// The one node at `path`, whose elements match literally; `nil` where there is none.
  static func lookup(_ path: [String], in root: Node) -> Node? {
    var node = root
    for part in path.map({ $0.trimmed(where: \.isWhitespace) }) where !part.isEmpty {
      let next: Node?
      if let index = Int(part) {
        let items = node.sequence ?? []
        next = items.indices.contains(index) ? items[index] : nil
      } else if part == "-" {
        next = node.sequence?.last
      } else if isElement(part) {
        guard let (key, value) = element(part) else { return nil }
        next = node.sequence?.first { item in
          (key.isEmpty ? item : item[key])?.scalar?.text == value
        }
      } else {
        next = node[part]
      }
      guard let next else { return nil }
      node = next
    }
    return node
  }
}

extension String {
  /// Without the characters at both ends that meet `condition`.
  func trimmed(where condition: (Character) -> Bool) -> String {
    guard let first = firstIndex(where: { !condition($0) }),
      let last = lastIndex(where: { !condition($0) })
    else { return "" }
    return String(self[first...last])
  }
}
