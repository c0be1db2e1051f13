/// Reads the compact notation in which the built-in schema is written, one structure per line:
///
///     Container: name=s ports=[ContainerPort](containerPort,protocol=TCP) resources=Resources
///
/// | notation | meaning |
/// |---|---|
/// | `s i b n q u *` | string, integer, boolean, number, integer or string, quantity, anything |
/// | `Name`, `Name!` | a structure; `!` = owned as a whole |
/// | `{T}`, `{T}!` | a map from strings to T |
/// | `[T]` | a list owned as a whole |
/// | `[T]()` | a set |
/// | `[T](a,b=X)` | a list told apart by keys a and b, where a missing b counts as X |
///
/// A line that starts with a blank continues the line before it.
struct SchemaText {
  private var definitions: [String: Substring] = [:]
  private var structures: [String: MapType] = [:]

  init(_ text: String) {
    var name = ""
    for line in text.split(separator: "\n") {
      if line.first == " " {
        definitions[name].map { definitions[name] = Substring(String($0) + line) }
      } else if let colon = line.firstIndex(of: ":") {
        name = String(line[..<colon])
        definitions[name] = line[line.index(after: colon)...]
      }
    }
  }

  /// The structure called `name`; one that accepts anything when the text does not define it.
  mutating func structure(_ name: String) -> MapType {
    if let known = structures[name] { return known }
    guard let definition = definitions[name] else { return MapType(element: .deduced) }
    var fields: [String: FieldType] = [:]
    for field in definition.split(separator: " ") {
      guard let equals = field.firstIndex(of: "=") else { continue }
      fields[String(field[..<equals])] = type(field[field.index(after: equals)...])
    }
    let made = MapType(fields: fields)
    structures[name] = made
    return made
  }

  private mutating func type(_ text: Substring) -> FieldType {
    switch text {
    case "s": return .scalar(.string)
    case "i": return .scalar(.integer)
    case "b": return .scalar(.boolean)
    case "n": return .scalar(.number)
    case "q": return .scalar(.integerOrString)
    case "u": return .scalar(.quantity)
    case "*": return .deduced
    default: break
    }
    let isAtomic = text.last == "!"
    let body = isAtomic ? text.dropLast() : text
    if body.first == "{" {
      return .map(MapType(element: type(body.dropFirst().dropLast()), isAtomic: isAtomic))
    }
    if body.first == "[", let close = body.lastIndex(of: "]") {
      let element = type(body[body.index(after: body.startIndex)..<close])
      return .list(ListType(element, Self.relationship(body[body.index(after: close)...])))
    }
    let structure = structure(String(body))
    guard isAtomic else { return .map(structure) }
    return .map(
      MapType(fields: structure.fields, element: structure.element, isAtomic: true))
  }

  private static func relationship(_ text: Substring) -> ListType.Relationship {
    if text.isEmpty { return .atomic }
    let keys = text.dropFirst().dropLast().split(separator: ",")
    if keys.isEmpty { return .set }
    return .keyed(
      keys.map { key in
        let parts = key.split(separator: "=", maxSplits: 1)
        return ListType.Key(
          name: String(parts[0]), standard: parts.count > 1 ? String(parts[1]) : nil)
      })
  }
}
