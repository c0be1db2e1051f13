internal import Manifests

/// The schemas of one CustomResourceDefinition, by version.
struct CustomResourceSchema: Sendable {
  let group: String
  let kind: String
  let table: SchemaTable
  /// Structures of the versions that the cluster will serve; `nil` for a version without a schema.
  let versions: [String: Int32?]

  /// `nil` for anything but a CustomResourceDefinition that names a group, a kind and versions.
  init?(_ definition: Node) {
    guard definition["kind"]?.string == "CustomResourceDefinition", let spec = definition["spec"],
      let group = spec["group"]?.string, let kind = spec.value(at: "names", "kind")?.string
    else { return nil }
    self.group = group
    self.kind = kind
    var builder = Builder(table: BuiltinSchema.shared.table)
    // In apiextensions.k8s.io/v1beta1 unknown fields stay unless this says otherwise.
    let isBeta = definition["apiVersion"]?.string == "apiextensions.k8s.io/v1beta1"
    let keepsUnknown = spec["preserveUnknownFields"]?.bool ?? isBeta
    let shared = spec.value(at: "validation", "openAPIV3Schema")
    var versions: [String: Int32?] = [:]
    for version in spec["versions"]?.sequence ?? [] where version["served"]?.bool == true {
      guard let name = version["name"]?.string else { continue }
      let schema = version.value(at: "schema", "openAPIV3Schema") ?? shared
      versions[name] = .some(schema.flatMap { builder.root($0, keepsUnknown: keepsUnknown) })
    }
    if versions.isEmpty, let name = spec["version"]?.string {
      versions[name] = .some(shared.flatMap { builder.root($0, keepsUnknown: keepsUnknown) })
    }
    if versions.isEmpty { return nil }
    self.versions = versions
    table = builder.table
  }

  /// Turns structural schemas into structures.
  private struct Builder {
    var table: SchemaTable

    mutating func root(_ schema: Node, keepsUnknown: Bool) -> Int32? {
      guard case .structure(let index) = object(schema, isRoot: true, keepsUnknown: keepsUnknown)
      else { return nil }
      return index
    }

    private mutating func type(_ schema: Node, keepsUnknown: Bool) -> FieldType {
      if schema["x-kubernetes-int-or-string"]?.bool == true { return .integerOrString }
      switch schema["type"]?.string {
      case "object": return object(schema, isRoot: false, keepsUnknown: keepsUnknown)
      case "array":
        let element = schema["items"].map { type($0, keepsUnknown: keepsUnknown) }
        return table.list(of: element ?? .anything)
      case "string":
        let words = schema["enum"]?.sequence?.compactMap(\.string) ?? []
        // An empty text means a default only where the schema says so.
        return words.isEmpty ? .string : table.word(of: words)
      case "integer": return .integer
      case "number": return .number
      case "boolean": return .boolean
      default: return .anything
      }
    }

    private mutating func object(
      _ schema: Node, isRoot: Bool, keepsUnknown inherited: Bool
    ) -> FieldType {
      let keepsUnknown =
        inherited || schema["x-kubernetes-preserve-unknown-fields"]?.bool == true
      let isEmbedded = schema["x-kubernetes-embedded-resource"]?.bool == true
      let required = Set(schema["required"]?.sequence?.compactMap(\.string) ?? [])
      var fields: [Structure.Field] = []
      for property in schema["properties"]?.mapping?.pairs ?? [] {
        if isRoot || isEmbedded, ["apiVersion", "kind", "metadata"].contains(property.key) {
          continue
        }
        fields.append(
          Structure.Field(
            name: property.key, type: type(property.value, keepsUnknown: inherited),
            // A default stands in for a required field that is absent.
            isRequired: required.contains(property.key) && property.value["default"] == nil))
      }
      if isRoot || isEmbedded {
        fields += [
          Structure.Field(name: "apiVersion", type: .string, isRequired: false),
          Structure.Field(name: "kind", type: .string, isRequired: false),
          Structure.Field(
            name: "metadata", type: BuiltinSchema.shared.objectMetadata, isRequired: false),
        ]
      }
      var others: FieldType?
      if let additional = schema["additionalProperties"], additional.bool != false {
        others =
          additional.mapping == nil ? .anything : type(additional, keepsUnknown: inherited)
      } else if keepsUnknown {
        others = .anything
      }
      return table.structure(Structure(fields: fields, others: others))
    }
  }
}
