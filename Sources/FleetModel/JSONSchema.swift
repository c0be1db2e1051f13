public import Manifests

extension FleetSchema {
  /// The JSON Schema (draft 2020-12) of one kind of fleet file, for editors and validators. It
  /// accepts what the decoder accepts of a single object; relations between objects are beyond
  /// it.
  public static func jsonSchema(for kind: FleetKind) -> Node {
    var writer = JSONSchemaWriter()
    let reference = writer.reference(to: shape(of: kind))
    return document(
      id: "https://flotilla.dev/schemas/v1/\(kind.rawValue.lowercased()).json",
      title: "Flotilla \(kind.rawValue)", body: [Mapping.Pair("$ref", reference)], writer)
  }

  /// One JSON Schema for an object of any kind.
  public static func jsonSchema() -> Node {
    var writer = JSONSchemaWriter()
    // Chosen by `kind`, so that a validator complains about the fault and not about six kinds.
    let kinds = FleetKind.allCases.filter {
      Availability.thisVersion.refusal(ofKind: $0) == nil
    }
    let branches = kinds.map { kind -> Node in
      .object([
        "if": .object([
          "properties": .object(["kind": .object(["const": .string(kind.rawValue)])]),
          "required": .sequence([.string("kind")]),
        ]),
        "then": .object(["$ref": writer.reference(to: shape(of: kind))]),
      ])
    }
    return document(
      id: "https://flotilla.dev/schemas/v1/fleet-files.json", title: "Flotilla fleet files",
      body: [
        Mapping.Pair("type", .string("object")),
        Mapping.Pair("required", .sequence([.string("apiVersion"), .string("kind")])),
        Mapping.Pair(
          "properties",
          .object([
            "kind": .object([
              "enum": .sequence(kinds.map { .string($0.rawValue) })
            ])
          ])),
        Mapping.Pair("allOf", .sequence(branches)),
      ], writer)
  }

  private static func document(
    id: String, title: String, body: [Mapping.Pair], _ writer: JSONSchemaWriter
  ) -> Node {
    .mapping(
      Mapping(
        [
          Mapping.Pair("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
          Mapping.Pair("$id", .string(id)), Mapping.Pair("title", .string(title)),
        ] + body + [Mapping.Pair("$defs", writer.definitions)]))
  }
}

/// Shapes as JSON Schemas; every object becomes one definition.
private struct JSONSchemaWriter {
  private var objects: [String: Node] = [:]

  var definitions: Node {
    .mapping(Mapping(objects.sorted { $0.key < $1.key }.map { Mapping.Pair($0.key, $0.value) }))
  }

  mutating func reference(to shape: ObjectShape) -> Node {
    let name = shape.name.filter { $0 != " " }
    if objects[name] == nil {
      objects[name] = .emptyMapping
      objects[name] = object(shape)
    }
    return .string("#/$defs/\(name)")
  }

  private mutating func object(_ shape: ObjectShape) -> Node {
    var properties = Mapping()
    for field in shape.fields {
      properties[field.name] = property(field, of: shape)
    }
    var schema = Mapping([
      Mapping.Pair("description", .string(shape.summary)),
      Mapping.Pair("type", .string("object")),
      Mapping.Pair("additionalProperties", .bool(false)),
      Mapping.Pair("properties", .mapping(properties)),
    ])
    let required = shape.fields.filter(\.required).map(\.name)
    if !required.isEmpty { schema["required"] = .sequence(required.map { .string($0) }) }
    let groups = shape.alternatives.map(alternatives) + shape.demands.map(demand)
    if !groups.isEmpty { schema["allOf"] = .sequence(groups) }
    return .mapping(schema)
  }

  /// Exactly one of the names, or at most one.
  private func alternatives(_ names: [String], required: Bool) -> Node {
    func present(_ name: String) -> Node {
      .object(["required": .sequence([.string(name)])])
    }
    let one = Node.object(["oneOf": .sequence(names.map(present))])
    if required { return one }
    let none = Node.object(["not": .object(["anyOf": .sequence(names.map(present))])])
    return .object(["anyOf": .sequence([none, one])])
  }

  private func demand(_ paths: [[String]]) -> Node {
    func exists(_ path: ArraySlice<String>) -> Node {
      guard let key = path.first else { return .emptyMapping }
      return .object([
        "required": .sequence([.string(key)]),
        "properties": .object([key: exists(path.dropFirst())]),
      ])
    }
    return .object(["anyOf": .sequence(paths.map { exists($0[...]) })])
  }

  private mutating func property(_ field: FieldShape, of owner: ObjectShape) -> Node {
    let availability = Availability.thisVersion
    if let feature = availability.unavailable["\(owner.name).\(field.name)"] {
      return .object([
        "description": .string(
          "\(field.summary) Not available in this version (\(feature))."),
        "not": .emptyMapping,
      ])
    }
    var schema = self.schema(field.shape).mapping ?? Mapping()
    let absent = field.absent.map { " Default: \($0.filter { $0 != "`" })." } ?? ""
    schema["description"] = .string(field.summary + absent)
    let refused = availability.refusedValues(of: field.name, in: owner.name)
    if !refused.isEmpty {
      // A boolean in YAML is a boolean in JSON.
      let values = refused.map { text -> Node in
        switch text {
        case "true": .bool(true)
        case "false": .bool(false)
        default: .string(text)
        }
      }
      schema["not"] = .object(["enum": .sequence(values)])
    }
    return .mapping(schema)
  }

  private mutating func schema(_ shape: Shape) -> Node {
    switch shape {
    case .text(_, let pattern):
      var schema = Mapping([Mapping.Pair("type", .string("string"))])
      if let pattern { schema["pattern"] = .string(pattern) }
      return .mapping(schema)
    case .boolean: return .object(["type": .string("boolean")])
    case .integer(let minimum, let maximum):
      var schema = Mapping([
        Mapping.Pair("type", .string("integer")), Mapping.Pair("minimum", .int(minimum)),
      ])
      if let maximum { schema["maximum"] = .int(maximum) }
      return .mapping(schema)
    case .choice(let words):
      return .object(["enum": .sequence(words.map { .string($0) })])
    case .list(let item, let minimum):
      var schema = Mapping([
        Mapping.Pair("type", .string("array")), Mapping.Pair("items", self.schema(item)),
      ])
      if minimum > 0 { schema["minItems"] = .int(minimum) }
      return .mapping(schema)
    case .map(let value, _, let keyPattern):
      return .object([
        "type": .string("object"),
        "propertyNames": .object(["pattern": .string(keyPattern)]),
        "additionalProperties": schema(value),
      ])
    case .object(let object): return .object(["$ref": reference(to: object)])
    case .either(let shapes): return .object(["anyOf": .sequence(shapes.map { schema($0) })])
    case .anything: return .emptyMapping
    }
  }
}
