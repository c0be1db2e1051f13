internal import Manifests

/// The merge rules of a kind of custom resources, as its CustomResourceDefinition
/// (apiextensions.k8s.io/v1) gives them to the API server: lists of type `map` merge by their keys,
/// lists of type `set` as sets, all others are replaced. The older words
/// `x-kubernetes-patch-strategy` and `x-kubernetes-patch-merge-key` count where there is no list
/// type.
enum CustomResourceSchema {
  static func isDefinition(_ resource: Resource) -> Bool {
    resource.kind == "CustomResourceDefinition" && resource.type.group == "apiextensions.k8s.io"
      && resource.type.version == "v1"
  }

  /// Whether `definition` is that of the kind of `type`, in whatever version.
  static func defines(_ type: GroupVersionKind, _ definition: Node) -> Bool {
    definition.value(at: "spec", "names")?["kind"]?.scalar?.text == type.kind
      && definition.value(at: "spec", "group")?.scalar?.text == type.group
  }

  /// `nil` when the definition says nothing about the version of `type`.
  static func read(_ definition: Node, for type: GroupVersionKind) -> MergeSchema? {
    let versions = definition.value(at: "spec", "versions")?.sequence ?? []
    guard
      let schema = versions.first(where: { $0["name"]?.scalar?.text == type.version })?.value(
        at: "schema", "openAPIV3Schema")
    else { return nil }
    var builder = Builder()
    builder.build(schema, type)
    return builder.schema
  }

  private struct Builder {
    var schema = MergeSchema()
    private var metadata: MergeSchema.Field?

    mutating func build(_ root: Node, _ type: GroupVersionKind) {
      let metadata = MergeSchema.Field(type: schema.add(MergeSchema.metadata))
      self.metadata = metadata
      var record = record(root)
      record.fields["metadata"] = metadata
      schema.setRoot(schema.add(record), for: type)
    }

    private mutating func record(_ node: Node) -> MergeSchema.TypeRecord {
      var record = MergeSchema.TypeRecord()
      for pair in node["properties"]?.mapping?.pairs ?? [] {
        if let field = field(pair.value) { record.fields[pair.key] = field }
      }
      if let additional = node["additionalProperties"] { record.additional = field(additional) }
      if node["x-kubernetes-embedded-resource"]?.scalar?.text == "true" {
        record.fields["metadata"] = metadata
      }
      return record
    }

    /// `nil` for what leads to no list that merges.
    private mutating func field(_ node: Node) -> MergeSchema.Field? {
      let record = record(node)
      var field = MergeSchema.Field(list: strategy(node))
      if !record.fields.isEmpty || record.additional != nil { field.type = schema.add(record) }
      if field.list != .replace, let items = node["items"] {
        field.elements = self.field(items)?.type
      }
      return field.type == nil && field.list == .replace ? nil : field
    }

    private func strategy(_ node: Node) -> MergeSchema.ListStrategy {
      let keys = node["x-kubernetes-list-map-keys"]?.sequence?.compactMap(\.scalar?.text) ?? []
      switch node["x-kubernetes-list-type"]?.scalar?.text {
      case "map": return keys.isEmpty ? .replace : .byKeys(keys)
      case "set": return .set
      case .some: return .replace
      case nil: break
      }
      let strategy = node["x-kubernetes-patch-strategy"]?.scalar?.text ?? ""
      guard strategy.split(separator: ",").contains("merge") else { return .replace }
      if let key = node["x-kubernetes-patch-merge-key"]?.scalar?.text { return .byKeys([key]) }
      return .set
    }
  }
}

/// Where lists merge while one patch is applied.
struct MergeRules {
  private let session: BuildSession
  /// Definitions of custom resources among what has been accumulated when the patch begins.
  private let definitions: [Node]

  init(_ session: BuildSession, _ resources: ResourceList) {
    self.session = session
    definitions =
      session.options.compatibility == .kustomize
      ? []
      : resources.items.filter(CustomResourceSchema.isDefinition).map(\.node)
  }

  /// The schema that knows `type`. That of `openapi` comes first, then the definitions of the build.
  func schema(for type: GroupVersionKind) -> MergeSchema {
    let isKnown = session.schemaIsSet && session.schema.root(type) != nil
    guard session.options.compatibility == .kubernetes, !isKnown else { return session.schema }
    if let definition = definitions.last(where: { CustomResourceSchema.defines(type, $0) }),
      let schema = session.customSchema(of: type, definition)
    {
      return schema
    }
    return .current
  }
}
