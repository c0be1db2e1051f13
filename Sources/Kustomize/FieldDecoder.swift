internal import Manifests
internal import SourceTree

/// Reads typed fields as Go's JSON decoder does for kustomize: names without regard to case, types
/// exactly, null as absent. Names the file, the line and the field at fault.
struct FieldDecoder {
  let file: TreePath
  /// Whether unknown fields are errors.
  let isStrict: Bool

  /// The fields of one object.
  struct Object {
    let position: YAML.Position
    fileprivate let path: String
    fileprivate let values: [String: LocatedNode]

    /// The value of a field; `nil` when it is absent or null.
    subscript(name: String) -> Field? {
      guard let node = values[name.lowercased()] else { return nil }
      if let scalar = node.scalar, scalar.tag == .null { return nil }
      return Field(path: path.isEmpty ? name : "\(path).\(name)", node: node)
    }

    /// The fields that hold anything.
    var isEmpty: Bool { values.values.allSatisfy { $0.scalar?.tag == .null } }
  }

  /// A value and where it belongs.
  struct Field {
    let path: String
    let node: LocatedNode
    var line: Int { node.position.line }
  }

  private func fail(
    _ class: BuildError.Class, _ message: String, at position: YAML.Position
  ) -> BuildError {
    let isKnown = position.line > 0
    return BuildError(
      `class`, message, file: file, line: isKnown ? position.line : nil,
      column: position.column > 0 ? position.column : nil)
  }

  private func wrongType(_ field: Field, expected: String) -> BuildError {
    let found: String
    switch field.node.kind {
    case .mapping: found = "a mapping"
    case .sequence: found = "a list"
    case .scalar(let scalar):
      switch scalar.tag {
      case .null: found = "null"
      case .bool: found = "the boolean \(scalar.text) (yes, on, n … are booleans; quote them)"
      case .int, .float: found = "the number \(scalar.text) (quote it to make it a string)"
      default: found = "a string"
      }
    }
    return fail(
      .wrongType, "field '\(field.path)': expected \(expected), found \(found)",
      at: field.node.position)
  }

  /// What to do about an unknown field. The whole list of the top level would fill a page.
  private static func remedy(_ name: String, _ known: [String], isInside: Bool) -> String {
    if isInside { return "known are \(known.joined(separator: ", "))" }
    let start = name.prefix(5).lowercased()
    let alike = known.filter { $0.lowercased().hasPrefix(start) }
    return alike.isEmpty
      ? "remove it or correct its spelling" : "did you mean \(alike.joined(separator: " or "))?"
  }

  /// The fields of the object `field`, which may be those in `known` only if this is strict.
  func object(_ field: Field, known: [String]) throws(BuildError) -> Object {
    guard let mapping = field.node.mapping else {
      throw wrongType(field, expected: "a mapping")
    }
    var values: [String: LocatedNode] = [:]
    let names = Set(known.lazy.map { $0.lowercased() })
    // Of duplicate keys the last wins.
    for entry in mapping.entries + mapping.duplicates {
      let name = entry.key.lowercased()
      if !names.contains(name) {
        if isStrict {
          let place = field.path.isEmpty ? "" : " in '\(field.path)'"
          throw fail(
            .unknownField,
            "unknown field '\(entry.key)'\(place); "
              + Self.remedy(entry.key, known, isInside: !field.path.isEmpty),
            at: entry.keyPosition)
        }
        continue
      }
      values[name] = entry.value
    }
    return Object(position: field.node.position, path: field.path, values: values)
  }

  func string(_ field: Field?) throws(BuildError) -> String {
    guard let field else { return "" }
    guard let scalar = field.node.scalar else { throw wrongType(field, expected: "a string") }
    switch scalar.tag {
    case .null: return ""
    case .string, .timestamp, .binary: return scalar.text
    case .int, .float:
      // Configurations of plug-ins go through a decoder that turns numbers into text.
      guard !isStrict, let text = NumberForm.text(of: scalar) else {
        throw wrongType(field, expected: "a string")
      }
      return text
    case .bool:
      guard !isStrict else { throw wrongType(field, expected: "a string") }
      return scalar.text.first == "t" || scalar.text.first == "T" ? "true" : "false"
    }
  }

  func bool(_ field: Field?) throws(BuildError) -> Bool {
    guard let field else { return false }
    guard let scalar = field.node.scalar, scalar.tag == .bool else {
      throw wrongType(field, expected: "true or false")
    }
    return scalar.text.first == "t" || scalar.text.first == "T"
  }

  func int(_ field: Field?) throws(BuildError) -> Int {
    guard let field else { return 0 }
    guard let scalar = field.node.scalar, scalar.tag == .int || scalar.tag == .float,
      let value = NumberForm.integer(scalar)
    else { throw wrongType(field, expected: "a whole number") }
    return value
  }

  func list(_ field: Field?) throws(BuildError) -> [Field] {
    guard let field else { return [] }
    guard let items = field.node.sequence else { throw wrongType(field, expected: "a list") }
    return items.enumerated().map { Field(path: "\(field.path)[\($0.offset)]", node: $0.element) }
  }

  func strings(_ field: Field?) throws(BuildError) -> [String] {
    var result: [String] = []
    for item in try list(field) { result.append(try string(item)) }
    return result
  }

  private func entries(_ field: Field?) throws(BuildError) -> [(key: String, value: Field)] {
    guard let field else { return [] }
    guard let mapping = field.node.mapping else { throw wrongType(field, expected: "a mapping") }
    return (mapping.entries + mapping.duplicates).map { entry in
      (entry.key, Field(path: "\(field.path).\(entry.key)", node: entry.value))
    }
  }

  /// A mapping of whatever there is.
  func mapping(_ field: Field?) throws(BuildError) -> Mapping {
    guard let field else { return Mapping() }
    guard let mapping = field.node.node.mapping else {
      throw wrongType(field, expected: "a mapping")
    }
    return mapping
  }

  func stringMap(_ field: Field?) throws(BuildError) -> [String: String] {
    var result: [String: String] = [:]
    for (key, value) in try entries(field) { result[key] = try string(value) }
    return result
  }

  func boolMap(_ field: Field?) throws(BuildError) -> [String: Bool] {
    var result: [String: Bool] = [:]
    for (key, value) in try entries(field) {
      result[key] = value.node.scalar?.tag == .null ? false : try bool(value)
    }
    return result
  }
}

extension LocatedNode {
  /// A tree of which only the line of the whole is known, for text that has gone through other
  /// hands.
  init(_ node: Node, line: Int) {
    let position = YAML.Position(line: line, column: 0)
    switch node {
    case .scalar(let scalar): self.init(position: position, kind: .scalar(scalar))
    case .sequence(let items):
      self.init(position: position, kind: .sequence(items.map { LocatedNode($0, line: line) }))
    case .mapping(let mapping):
      let entries = mapping.pairs.map { pair in
        LocatedMapping.Entry(
          key: pair.key, keyTag: pair.keyTag, keyPosition: position,
          value: LocatedNode(pair.value, line: line))
      }
      self.init(position: position, kind: .mapping(LocatedMapping(entries: entries)))
    }
  }
}
