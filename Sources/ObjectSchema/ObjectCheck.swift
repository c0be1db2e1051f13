internal import FleetModel
internal import Manifests

/// One walk over an object along its type. What it finds gets its path on the way back, so that an
/// object without fault costs no path at all.
struct ObjectCheck {
  private let table: SchemaTable
  /// Paths are turned round: the last step first.
  private var found: [Finding] = []

  private struct Finding {
    var path: [NodePath.Step] = []
    let problem: SchemaViolation.Problem
    let message: (String) -> String
    let remedy: String?
  }

  private init(_ table: SchemaTable) { self.table = table }

  /// Where `object` is not what `structure` says.
  static func violations(
    in object: Node, structure: Int32, of table: SchemaTable
  ) -> [SchemaViolation] {
    var check = ObjectCheck(table)
    check.check(object, .structure(structure), isTop: true)
    return check.found.map { finding in
      let path = NodePath(finding.path.reversed())
      let text = path.description
      return SchemaViolation(
        path: path, problem: finding.problem,
        // As in messages of API servers: spec.replicas, not .spec.replicas.
        message: finding.message(text.hasPrefix(".") ? String(text.dropFirst()) : text),
        remedy: finding.remedy)
    }
  }

  /// - Parameter mayLack: nothing is required below: servers make what stands in `status`.
  private mutating func check(
    _ node: Node, _ type: FieldType, isTop: Bool = false, mayLack: Bool = false
  ) {
    switch node {
    case .scalar(let scalar):
      // Most fields are texts. A null is an absent value, wherever it stands.
      if scalar.tag == .null || scalar.tag == .string && type == .string { return }
      check(scalar, type, node)
    case .mapping(let mapping):
      switch type {
      case .structure(let index), .structureIfMapping(let index):
        check(mapping, table.structures[Int(index)], isTop: isTop, mayLack: mayLack)
      case .map(let element):
        let type = table.elements[Int(element)]
        for pair in mapping.pairs {
          below(.key(pair.key)) { $0.check(pair.value, type, mayLack: mayLack) }
        }
      case .anything: break
      default: mismatch(type, node)
      }
    case .sequence(let items):
      switch type {
      case .list(let element):
        let type = table.elements[Int(element)]
        for (index, item) in items.enumerated() {
          below(.index(index)) { $0.check(item, type, mayLack: mayLack) }
        }
      case .anything, .structureIfMapping: break
      default: mismatch(type, node)
      }
    }
  }

  private mutating func check(
    _ mapping: Mapping, _ structure: Structure, isTop: Bool, mayLack: Bool
  ) {
    let fields = structure.fields
    var required = 0
    // Keys mostly come in the order of the fields, so each search goes on where the last ended.
    var cursor = 0
    for pair in mapping.pairs {
      var match: Int?
      for index in cursor..<fields.count where fields[index].name == pair.key {
        match = index
        break
      }
      if match == nil {
        for index in 0..<cursor where fields[index].name == pair.key {
          match = index
          break
        }
      }
      guard let match else {
        if let others = structure.others {
          below(.key(pair.key)) { $0.check(pair.value, others, mayLack: mayLack) }
        } else {
          unknown(pair.key, fields)
        }
        continue
      }
      cursor = match + 1
      let field = fields[match]
      if field.isRequired, !pair.value.isNull { required += 1 }
      let isStatus = isTop && pair.key == "status"
      below(.key(pair.key)) { $0.check(pair.value, field.type, mayLack: mayLack || isStatus) }
    }
    if required < structure.requiredCount, !mayLack { missing(mapping, fields) }
  }

  private mutating func below(
    _ step: @autoclosure () -> NodePath.Step, _ body: (inout Self) -> Void
  ) {
    let before = found.count
    body(&self)
    guard found.count > before else { return }
    for index in before..<found.count { found[index].path.append(step()) }
  }

  private mutating func check(_ scalar: Scalar, _ type: FieldType, _ node: Node) {
    let tag = scalar.tag
    switch type {
    case .string:
      // Dates have no type of their own in JSON.
      if tag != .string, tag != .timestamp, tag != .binary { mismatch(type, node) }
    case .word(let index):
      guard tag == .string else { return mismatch(type, node) }
      let words = table.words[Int(index)]
      if !scalar.text.isEmpty, !words.contains(scalar.text) {
        let text = scalar.text
        report(
          .wrongValue, remedy: Suggestion.remedy(for: text, among: words),
          { "\($0): expected \(Self.listed(words)), found '\(Self.clipped(text))'" })
      }
    case .integer:
      if tag == .int { break }
      // Servers read 3.0 as 3.
      guard tag == .float, let value = Double(scalar.text), value == value.rounded() else {
        return mismatch(type, node)
      }
    case .number: if tag != .int, tag != .float { mismatch(type, node) }
    case .boolean: if tag != .bool { mismatch(type, node) }
    case .integerOrString: if tag != .int, tag != .string { mismatch(type, node) }
    case .quantity:
      switch tag {
      case .int, .float: break
      case .string where ScalarForms.isQuantity(scalar.text): break
      default: mismatch(type, node)
      }
    case .base64:
      if tag == .binary || tag == .string && ScalarForms.isBase64(scalar.text) { break }
      mismatch(type, node)
    case .structure, .map, .list: mismatch(type, node)
    case .anything, .structureIfMapping: break
    }
  }

  // MARK: Findings

  private mutating func report(
    _ problem: SchemaViolation.Problem, remedy: String?, _ message: @escaping (String) -> String
  ) {
    found.append(Finding(problem: problem, message: message, remedy: remedy))
  }

  private mutating func unknown(_ key: String, _ fields: [Structure.Field]) {
    let names = fields.map(\.name)
    report(
      .unknownField,
      remedy: Suggestion.remedy(
        for: key, among: names,
        otherwise: names.count > 12 || names.isEmpty
          ? nil : "known here: \(names.joined(separator: ", "))"),
      { "unknown field '\($0)'" })
    found[found.count - 1].path.append(.key(key))
  }

  private mutating func missing(_ mapping: Mapping, _ fields: [Structure.Field]) {
    for field in fields where field.isRequired {
      if let value = mapping[field.name], !value.isNull { continue }
      // A misspelt field has been reported with the right name.
      let isMisspelt = mapping.pairs.contains { pair in
        !fields.contains { $0.name == pair.key }
          && Suggestion.nearest(to: pair.key, among: fields.map(\.name)) == field.name
      }
      if isMisspelt { continue }
      let noun = noun(of: field.type)
      report(
        .missingField(field.name), remedy: "add '\(field.name)': \(noun)",
        { $0.isEmpty ? "'\(field.name)' is missing" : "\($0) has no '\(field.name)'" })
    }
  }

  private mutating func mismatch(_ type: FieldType, _ node: Node) {
    let (expected, actual) = (noun(of: type), Self.noun(of: node))
    var remedy: String?
    if case .scalar(let scalar) = node {
      switch (type, scalar.tag) {
      case (.string, .int), (.string, .float), (.string, .bool), (.word, .bool), (.word, .int):
        remedy = "write it in quotes"
      case (.integer, .string) where Int(scalar.text) != nil,
        (.boolean, .string) where scalar.text == "true" || scalar.text == "false":
        remedy = "write it without quotes"
      case (.base64, .string): remedy = "encode it, or use 'stringData' in a Secret"
      default: break
      }
    }
    report(.wrongValue, remedy: remedy) { path in
      "\(path.isEmpty ? "the object" : path): expected \(expected), found \(actual)"
    }
  }

  private func noun(of type: FieldType) -> String {
    switch type {
    case .string: "text"
    case .word(let index): Self.listed(table.words[Int(index)])
    case .integer: "a whole number"
    case .number: "a number"
    case .boolean: "true or false"
    case .integerOrString: "a whole number or text"
    case .quantity: "a quantity such as 500m, 2 or 1.5Gi"
    case .base64: "base64"
    case .anything: "any value"
    case .structure, .structureIfMapping, .map: "a mapping"
    case .list: "a list"
    }
  }

  private static func noun(of node: Node) -> String {
    switch node {
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .scalar(let scalar):
      switch scalar.tag {
      case .null: "nothing"
      case .bool: "a boolean"
      case .int, .float: "a number"
      case .string: scalar.text.isEmpty ? "an empty text" : "text"
      case .timestamp: "a date"
      case .binary: "binary data"
      }
    }
  }

  static func listed(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "nothing" }
    return words.dropLast().joined(separator: ", ") + " or \(last)"
  }

  static func clipped(_ text: String) -> String {
    text.count <= 60 ? text : text.prefix(57) + "…"
  }
}
