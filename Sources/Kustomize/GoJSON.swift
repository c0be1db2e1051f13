internal import Manifests

/// JSON exactly as Go writes it: sorted keys, `<`, `>`, `&` and line separators escaped.
struct GoJSON {
  private(set) var output: [UInt8] = []

  mutating func write(_ node: Node) {
    switch node {
    case .mapping(let mapping):
      output.append(UInt8(ascii: "{"))
      let pairs = mapping.pairs.sorted { ByteOrder.precedes($0.key, $1.key) }
      for (index, pair) in pairs.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        quote(pair.key)
        output.append(UInt8(ascii: ":"))
        write(pair.value)
      }
      output.append(UInt8(ascii: "}"))
    case .sequence(let items):
      output.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        write(item)
      }
      output.append(UInt8(ascii: "]"))
    case .scalar(let scalar):
      switch scalar.tag {
      case .string, .timestamp, .binary: quote(scalar.text)
      default: output.append(contentsOf: JSON.serialize(node))
      }
    }
  }

  /// Whether `value`, which was read from JSON, is written there as Go would write it. `raw` is the
  /// same value with the escapes of its strings unread.
  static func wrote(_ value: Node, as raw: Node) -> Bool {
    switch (value, raw) {
    case (.mapping(let mapping), .mapping(let other)):
      return zip(mapping.pairs, other.pairs).allSatisfy { wrote($0.value, as: $1.value) }
    case (.sequence(let items), .sequence(let others)):
      return zip(items, others).allSatisfy { wrote($0, as: $1) }
    case (.scalar(let scalar), .scalar(let other)):
      switch scalar.tag {
      case .string:
        var writer = GoJSON()
        writer.quote(scalar.text)
        return writer.output.dropFirst().dropLast().elementsEqual(other.text.utf8)
      case .int, .float: return NumberForm.inJSON(scalar) == scalar.text
      default: return true
      }
    default: return true
    }
  }

  /// The JSON text `bytes` with every backslash doubled, so that reading it leaves escapes as they
  /// are.
  static func withEscapesUnread(_ bytes: [UInt8]) -> [UInt8] {
    let backslash = UInt8(ascii: "\\")
    var result: [UInt8] = []
    var isEscaped = false
    for byte in bytes {
      if isEscaped {
        // The second backslash of a pair, and a quotation mark, need one of their own.
        if byte == backslash || byte == 0x22 { result.append(backslash) }
        isEscaped = false
      } else if byte == backslash {
        result.append(backslash)
        isEscaped = true
      }
      result.append(byte)
    }
    return result
  }

  private mutating func quote(_ text: String) {
    output.append(0x22)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output.append(contentsOf: "\\\"".utf8)
      case "\\": output.append(contentsOf: "\\\\".utf8)
      case "\n": output.append(contentsOf: "\\n".utf8)
      case "\r": output.append(contentsOf: "\\r".utf8)
      case "\t": output.append(contentsOf: "\\t".utf8)
      case "\u{8}": output.append(contentsOf: "\\b".utf8)
      case "\u{C}": output.append(contentsOf: "\\f".utf8)
      case "<", ">", "&", "\u{2028}", "\u{2029}", "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        let padded = String(repeating: "0", count: 4 - digits.count) + digits
        output.append(contentsOf: "\\u\(padded)".utf8)
      default: output.append(contentsOf: Character(scalar).utf8)
      }
    }
    output.append(0x22)
  }
}
