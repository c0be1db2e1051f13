internal import Manifests

/// The schema of one version of a custom resource: its merge type and its rules.
struct CustomResourceSchema: Sendable {
  let type: FieldType
  private let schema: Node
  private let keepsUnknown: Bool

  /// - Parameter version: an item of `spec.versions` of a CustomResourceDefinition.
  init(version: Node, preservesUnknown: Bool) {
    schema = version.value(at: "schema", "openAPIV3Schema") ?? .emptyMapping
    keepsUnknown = preservesUnknown
    var fields: [String: FieldType] = [:]
    var element: FieldType?
    if case .map(let root) = Self.type(schema) {
      fields = root.fields
      element = root.element
    }
    fields["apiVersion"] = .scalar(.string)
    fields["kind"] = .scalar(.string)
    fields["metadata"] = BuiltinSchema.objectMetadata
    type = .map(MapType(fields: fields, element: preservesUnknown ? .deduced : element))
  }

  private static func type(_ schema: Node) -> FieldType {
    if schema["x-kubernetes-int-or-string"]?.bool == true { return .scalar(.integerOrString) }
    let keepsUnknown = schema["x-kubernetes-preserve-unknown-fields"]?.bool == true
    let isObject = schema["properties"] != nil || schema["additionalProperties"] != nil
    switch schema["type"]?.string ?? (isObject ? "object" : "") {
    case "object":
      var fields: [String: FieldType] = [:]
      for pair in schema["properties"]?.mapping?.pairs ?? [] { fields[pair.key] = type(pair.value) }
      var element: FieldType? = keepsUnknown ? .deduced : nil
      if let additional = schema["additionalProperties"] {
        element = additional.mapping != nil ? type(additional) : .deduced
      }
      if schema["x-kubernetes-embedded-resource"]?.bool == true {
        fields["apiVersion"] = .scalar(.string)
        fields["kind"] = .scalar(.string)
        fields["metadata"] = BuiltinSchema.objectMetadata
      }
      if fields.isEmpty, element == nil { return .map(MapType()) }
      return .map(
        MapType(
          fields: fields, element: element,
          isAtomic: schema["x-kubernetes-map-type"]?.string == "atomic"))
    case "array":
      let element = schema["items"].map(type) ?? .deduced
      switch schema["x-kubernetes-list-type"]?.string {
      case "set": return .list(ListType(element, .set))
      case "map":
        let keys = (schema["x-kubernetes-list-map-keys"]?.sequence ?? []).compactMap(\.string)
        return .list(
          ListType(
            element,
            .keyed(
              keys.map { key in
                let standard = schema.value(at: "items", "properties", key, "default")?.scalar?.text
                return ListType.Key(name: key, standard: standard)
              })))
      default: return .list(ListType(element, .atomic))
      }
    case "string": return .scalar(.string)
    case "integer": return .scalar(.integer)
    case "number": return .scalar(.number)
    case "boolean": return .scalar(.boolean)
    default: return .deduced
    }
  }

  /// Removes what the schema does not name and fills in defaults, as the server does on every write.
  func admitted(_ object: Node) -> Node {
    guard case .mapping(var root) = object else { return object }
    for index in root.pairs.indices {
      let key = root.pairs[index].key
      if ["apiVersion", "kind", "metadata"].contains(key) { continue }
      if let below = schema.value(at: "properties", key) {
        root.pairs[index].value = Self.admitted(root.pairs[index].value, below)
      }
    }
    if !keepsUnknown, schema["x-kubernetes-preserve-unknown-fields"]?.bool != true {
      root.pairs.removeAll { pair in
        !["apiVersion", "kind", "metadata"].contains(pair.key)
          && schema.value(at: "properties", pair.key) == nil
      }
    }
    return .mapping(root)
  }

  private static func admitted(_ node: Node, _ schema: Node) -> Node {
    switch node {
    case .mapping(let mapping):
      guard let properties = schema["properties"]?.mapping else {
        guard let additional = schema["additionalProperties"], additional.mapping != nil else {
          let isOpen =
            schema["x-kubernetes-preserve-unknown-fields"]?.bool == true
            || schema["additionalProperties"]?.bool == true
          return isOpen ? node : .emptyMapping
        }
        return .mapping(
          Mapping(mapping.pairs.map { Mapping.Pair($0.key, admitted($0.value, additional)) }))
      }
      let keepsUnknown = schema["x-kubernetes-preserve-unknown-fields"]?.bool == true
      var pairs = mapping.pairs.compactMap { pair -> Mapping.Pair? in
        guard let below = properties[pair.key] else { return keepsUnknown ? pair : nil }
        return Mapping.Pair(pair.key, admitted(pair.value, below))
      }
      for property in properties.pairs where mapping[property.key] == nil {
        if let standard = property.value["default"] {
          pairs.append(Mapping.Pair(property.key, standard))
        }
      }
      return .mapping(Mapping(pairs))
    case .sequence(let items):
      guard let below = schema["items"] else { return node }
      return .sequence(items.map { admitted($0, below) })
    case .scalar: return node
    }
  }

  /// Where `object` breaks the rules of the schema.
  func problems(_ object: Node) -> [FieldProblem] {
    var found: [FieldProblem] = []
    for name in Self.strings(schema["required"]) where object[name] == nil {
      found.append(.required(name))
    }
    for pair in schema["properties"]?.mapping?.pairs ?? []
    where !["apiVersion", "kind", "metadata"].contains(pair.key) {
      if let value = object[pair.key] { Self.check(value, pair.value, pair.key, &found) }
    }
    return found
  }

  private static func strings(_ node: Node?) -> [String] {
    node?.sequence?.compactMap(\.string) ?? []
  }

  private static func check(
    _ node: Node, _ schema: Node, _ path: String, _ found: inout [FieldProblem]
  ) {
    if node.isNull, schema["nullable"]?.bool == true { return }
    if let wanted = schema["type"]?.string, !fits(node, wanted),
      schema["x-kubernetes-int-or-string"]?.bool != true
    {
      found.append(
        FieldProblem(
          reason: "FieldValueTypeInvalid", field: path,
          message:
            "Invalid value: \"\(word(node))\": \(path) in body must be of type \(wanted): \"\(word(node))\""
        ))
      return
    }
    if let allowed = schema["enum"]?.sequence, !allowed.contains(node) {
      found.append(.unsupported(path, node, allowed.compactMap { $0.scalar?.text }))
    }
    switch node {
    case .scalar(let scalar):
      guard let value = Double(scalar.text), scalar.tag == .int || scalar.tag == .float else {
        break
      }
      if let least = schema["minimum"]?.scalar.flatMap({ Double($0.text) }), value < least {
        found.append(
          .invalid(
            path, node,
            "\(path) in body should be greater than or equal to \(schema["minimum"]?.scalar?.text ?? "")"
          ))
      }
      if let most = schema["maximum"]?.scalar.flatMap({ Double($0.text) }), value > most {
        found.append(
          .invalid(
            path, node,
            "\(path) in body should be less than or equal to \(schema["maximum"]?.scalar?.text ?? "")"
          ))
      }
    case .sequence(let items):
      if let below = schema["items"] {
        for (index, item) in items.enumerated() { check(item, below, "\(path)[\(index)]", &found) }
      }
    case .mapping(let mapping):
      for name in strings(schema["required"]) where mapping[name] == nil {
        found.append(.required("\(path).\(name)"))
      }
      for pair in mapping.pairs {
        if let below = schema.value(at: "properties", pair.key) {
          check(pair.value, below, "\(path).\(pair.key)", &found)
        } else if let below = schema["additionalProperties"], below.mapping != nil {
          check(pair.value, below, "\(path).\(pair.key)", &found)
        }
      }
    }
  }

  private static func fits(_ node: Node, _ type: String) -> Bool {
    switch (type, node) {
    case ("object", .mapping), ("array", .sequence): true
    case ("string", .scalar(let scalar)): scalar.tag == .string
    case ("integer", .scalar(let scalar)): scalar.tag == .int
    case ("number", .scalar(let scalar)): scalar.tag == .int || scalar.tag == .float
    case ("boolean", .scalar(let scalar)): scalar.tag == .bool
    default: !["object", "array", "string", "integer", "number", "boolean"].contains(type)
    }
  }

  private static func word(_ node: Node) -> String {
    switch node {
    case .mapping: "object"
    case .sequence: "array"
    case .scalar(let scalar):
      switch scalar.tag {
      case .bool: "boolean"
      case .int: "integer"
      case .float: "number"
      case .null: "null"
      default: "string"
      }
    }
  }
}
