/// Reads the compact notation in which the built-in schema is written, one structure per line:
///
///     ServicePort: appProtocol name nodePort=i port!=i protocol=<SCTP|TCP|UDP> targetPort=q
///
/// | notation | meaning |
/// |---|---|
/// | `name` | text |
/// | `name!` | required |
/// | `=i =n =b =q =u =y =*` | integer, number, boolean, integer or text, quantity, base64, anything |
/// | `=<A\|B>` | one of these words |
/// | `=Name`, `=?Name` | a structure; one if a mapping stands here, else anything |
/// | `=[T]`, `={T}` | a list of T, a map from texts to T |
///
/// A line that starts with a blank continues the line before it.
struct StructureText {
  private(set) var table = SchemaTable()
  /// Index of each structure by its name.
  private(set) var names: [Substring: Int32] = [:]

  init(_ texts: [String]) {
    var lines: [(name: Substring, fields: [Substring])] = []
    for text in texts {
      Self.eachLine(of: text) { name, words in lines.append((name, words)) }
    }
    for (index, line) in lines.enumerated() { names[line.name] = Int32(index) }
    table.structures.reserveCapacity(lines.count)
    for line in lines {
      table.structures.append(Structure(fields: line.fields.map { field($0) }))
    }
  }

  /// What stands before the colon of a line, and the words after it.
  static func eachLine(of text: String, _ body: (Substring, [Substring]) -> Void) {
    var name = Substring()
    var words: [Substring] = []
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      var parts = line.split(separator: UInt8(ascii: " ")).map { Substring($0) }
      if line.first != UInt8(ascii: " "), let first = parts.first {
        if !name.isEmpty { body(name, words) }
        name = first.dropLast()
        words = []
        parts.removeFirst()
      }
      words += parts
    }
    if !name.isEmpty { body(name, words) }
  }

  private mutating func field(_ text: Substring) -> Structure.Field {
    let equals = text.utf8.firstIndex(of: UInt8(ascii: "="))
    var name = text[..<(equals ?? text.endIndex)]
    let isRequired = name.utf8.last == UInt8(ascii: "!")
    if isRequired { name = name.dropLast() }
    return Structure.Field(
      name: String(name),
      type: equals.map { type(text[text.utf8.index(after: $0)...]) } ?? .string,
      isRequired: isRequired)
  }

  private mutating func type(_ text: Substring) -> FieldType {
    switch text {
    case "s": return .string
    case "i": return .integer
    case "n": return .number
    case "b": return .boolean
    case "q": return .integerOrString
    case "u": return .quantity
    case "y": return .base64
    case "*": return .anything
    default: break
    }
    switch text.utf8.first {
    case UInt8(ascii: "<"):
      return table.word(
        of: text.dropFirst().dropLast().utf8.split(separator: UInt8(ascii: "|"))
          .map { String(Substring($0)) })
    case UInt8(ascii: "["): return table.list(of: type(text.dropFirst().dropLast()))
    case UInt8(ascii: "{"): return table.map(of: type(text.dropFirst().dropLast()))
    case UInt8(ascii: "?"):
      return names[text.dropFirst()].map { .structureIfMapping($0) } ?? .anything
    default: return names[text].map { .structure($0) } ?? .anything
    }
  }
}
