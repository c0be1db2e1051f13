internal import Manifests
internal import SourceTree

/// `vars`: `$(NAME)` in certain fields stands for a value of some resource.
struct Variables: Sendable {
  struct Definition: Sendable {
    let variable: Kustomization.Variable
    let file: TreePath
  }

  private(set) var definitions: [Definition] = []

  var isEmpty: Bool { definitions.isEmpty }

  mutating func add(_ variables: [Kustomization.Variable], file: TreePath) throws(BuildError) {
    for variable in variables { try add(Definition(variable: variable, file: file)) }
  }

  mutating func merge(_ other: Variables) throws(BuildError) {
    for definition in other.definitions { try add(definition) }
  }

  private mutating func add(_ definition: Definition) throws(BuildError) {
    let name = definition.variable.name
    if let first = definitions.first(where: { $0.variable.name == name }) {
      throw BuildError(
        .variable,
        first.file == definition.file && first.variable.line == definition.variable.line
          ? "the variable '\(name)' comes in twice, by two ways to one base; use the base once"
          : "the variable '\(name)' is defined already; rename or remove one",
        file: definition.file, line: definition.variable.line
      ).mentioning("the first is at", SourcePlace(file: first.file, line: first.variable.line))
    }
    definitions.append(definition)
  }

  /// Notes at the resources which variables take their values from them.
  static func attach(
    _ variables: [Kustomization.Variable], to resources: inout ResourceList
  ) throws(BuildError) {
    for variable in variables {
      let wanted = ResourceID(
        type: variable.type, name: variable.objectName, namespace: variable.namespace)
      let exact = !variable.namespace.isEmpty || wanted.isClusterScoped
      let places = resources.indices.filter { index in
        resources[index].allIDs.contains { id in
          exact ? id == wanted : id.type == wanted.type && id.name == wanted.name
        }
      }
      guard places.count <= 1 else {
        throw BuildError(
          .variable,
          "the variable '\(variable.name)' has several sources: "
            + places.map { "\(resources[$0].id)" }.joined(separator: ", ")
            + "; set 'objref.namespace'",
          line: variable.line)
      }
      if let place = places.first {
        resources.update(place) { $0.variables.append(variable.name) }
      }
    }
  }

  /// Puts the values in. Answers the names that no field mentions.
  func resolve(
    in resources: inout ResourceList, _ specs: FieldSpecs
  ) throws(BuildError) -> [Definition] {
    if definitions.isEmpty { return [] }
    var values: [String: Scalar?] = [:]
    for definition in definitions {
      do throws(BuildError) {
        values[definition.variable.name] = .some(try value(definition.variable, resources))
      } catch { throw error.at(definition.file, line: definition.variable.line) }
    }
    var expansion = Expansion(values: values)
    for index in resources.indices {
      let type = resources[index].type
      for spec in specs.matching(type) {
        do throws(BuildError) {
          try resources.withNode(at: index) { node throws(BuildError) in
            try spec.apply(to: &node, creating: .nothing) { field throws(BuildError) in
              try expansion.expand(&field)
            }
          }
        } catch {
          throw error.about("\(resources[index].id): field '\(spec.path)'")
        }
        resources.withNode(at: index) { expansion.shared.settle(&$0) }
      }
    }
    return definitions.filter { !expansion.used.contains($0.variable.name) }
  }

  private func value(
    _ variable: Kustomization.Variable, _ resources: ResourceList
  ) throws(BuildError) -> Scalar? {
    guard let source = resources.items.first(where: { $0.variables.contains(variable.name) })
    else {
      throw BuildError(
        .variable,
        "the variable '\(variable.name)' has no source: there is no \(variable.type.kind) "
          + "\(variable.objectName) (\(variable.type.apiVersion)); correct 'objref'")
    }
    let path = FieldPath.split(variable.fieldPath).flatMap(Self.withIndexes)
    guard let node = FieldPath.lookup(path, in: source.node) else {
      throw BuildError(
        .variable,
        "the variable '\(variable.name)': \(source.id) has no field '\(variable.fieldPath)'; correct "
          + "'fieldref.fieldpath'")
    }
    return node.isNull ? nil : node.scalar
  }

  /// `ports[0]` is the field `ports` and its first element.
  private static func withIndexes(_ part: String) -> [String] {
    guard part.hasSuffix("]"), !part.hasPrefix("["), let open = part.firstIndex(of: "[") else {
      return [part]
    }
    let inside = part[part.index(after: open)...].dropLast()
    guard Int(inside) != nil else { return [part] }
    return [String(part[..<open]), String(inside)]
  }

  /// Replaces `$(NAME)`; `$$` stands for a dollar sign.
  private struct Expansion {
    /// No value where a variable stands for no scalar.
    let values: [String: Scalar?]
    var used = Set<String>()
    let shared = SharedScalars()

    /// Expands a field of an object.
    mutating func expand(_ node: inout Node) throws(BuildError) {
      switch node {
      case .scalar(let scalar): if Self.isText(scalar) { node = expanded(scalar) }
      case .mapping(var mapping):
        node = .null
        defer { node = .mapping(mapping) }
        for index in mapping.pairs.indices {
          guard mapping.pairs[index].keyTag == .string else {
            throw BuildError(
              .variable, "invalid map key '\(mapping.pairs[index].key)': expected a string")
          }
          if case .scalar(let scalar) = mapping.pairs[index].value, Self.isText(scalar) {
            mapping.pairs[index].value = expanded(scalar)
          }
        }
      case .sequence(var items):
        node = .null
        defer { node = .sequence(items) }
        for index in items.indices {
          guard case .scalar(let scalar) = items[index], Self.isText(scalar) else {
            throw BuildError(.variable, "invalid value type: expected a list of strings")
          }
          items[index] = expanded(scalar)
        }
      }
    }

    /// What a replacement has just made is a text to kustomize whatever it looks like, and one from
    /// then on.
    private static func isText(_ scalar: Scalar) -> Bool {
      scalar.tag == .string || scalar.isUntagged
    }

    private mutating func expanded(_ scalar: Scalar) -> Node {
      let bytes = Array(scalar.text.utf8)
      guard bytes.contains(UInt8(ascii: "$")) else {
        guard scalar.isUntagged else { return .scalar(scalar) }
        return replaced(scalar, Scalar(scalar.text, tag: .string))
      }
      var output: [UInt8] = []
      var index = 0
      while index < bytes.count {
        guard bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count else {
          output.append(bytes[index])
          index += 1
          continue
        }
        let next = bytes[index + 1]
        if next == UInt8(ascii: "$") {
          output.append(next)
          index += 2
        } else if next == UInt8(ascii: "("),
          let close = bytes[(index + 2)...].firstIndex(of: UInt8(ascii: ")"))
        {
          let name = String(decoding: bytes[(index + 2)..<close], as: UTF8.self)
          if let known = values[name] {
            used.insert(name)
            // What is no string, number or boolean is not put in.
            guard let value = known else {
              output.append(contentsOf: bytes[index...close])
              index = close + 1
              continue
            }
            // A text that is nothing but a reference takes the type of the value.
            if index == 0, close == bytes.count - 1 { return replaced(scalar, Self.plain(value)) }
            output.append(contentsOf: Self.text(value).utf8)
          } else {
            output.append(contentsOf: bytes[index...close])
          }
          index = close + 1
        } else {
          output.append(contentsOf: [bytes[index], next])
          index += 2
        }
      }
      return replaced(scalar, Scalar(String(decoding: output, as: UTF8.self), tag: .string))
    }

    private static func text(_ value: Scalar) -> String {
      switch value.tag {
      case .int, .float: NumberForm.text(of: value) ?? value.text
      case .bool: value.text.first == "t" || value.text.first == "T" ? "true" : "false"
      default: value.text
      }
    }

    private static func plain(_ value: Scalar) -> Scalar {
      Scalar(text(value), tag: value.tag == .timestamp ? .string : value.tag)
    }

    private func replaced(_ old: Scalar, _ new: Scalar) -> Node {
      var result = new
      shared.replace(old, with: &result)
      return .scalar(result)
    }
  }
}
