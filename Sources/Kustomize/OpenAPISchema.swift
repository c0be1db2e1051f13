internal import Manifests
internal import SourceTree

/// Files that `openapi.path` names: the merge rules in place of the built-in ones.
enum OpenAPISchema {
  /// Reads definitions and puts them over those of `base`.
  static func read(
    _ path: String, in directory: Directory, adding base: MergeSchema
  ) throws(BuildError) -> MergeSchema {
    let (file, bytes) = try directory.contents(path)
    let documents: [Node]
    do { documents = try YAML.parse(bytes, dialect: .yaml11, duplicateKeys: .lastWins) } catch {
      throw BuildError(
        .malformedYAML, "openapi schema: \(error.problem)", file: file, line: error.line,
        column: error.column)
    }
    guard let definitions = documents.first?["definitions"]?.mapping else { return base }
    var builder = Builder(definitions, base)
    builder.build()
    return builder.schema
  }

  private struct Builder {
    let definitions: Mapping
    var schema: MergeSchema

    init(_ definitions: Mapping, _ base: MergeSchema) {
      self.definitions = definitions
      schema = base
    }

    mutating func build() {
      // All types exist before their fields do, as they may lead to each other.
      for pair in definitions.pairs where schema.named[pair.key] == nil {
        schema.named[pair.key] = schema.add()
      }
      for pair in definitions.pairs {
        guard let type = schema.named[pair.key] else { continue }
        schema.set(record(pair.value), at: type)
        for kind in pair.value["x-kubernetes-group-version-kind"]?.sequence ?? [] {
          schema.setRoot(
            type,
            for: GroupVersionKind(
              group: kind["group"]?.scalar?.text ?? "",
              version: kind["version"]?.scalar?.text ?? "",
              kind: kind["kind"]?.scalar?.text ?? ""))
        }
      }
    }

    private mutating func record(_ node: Node) -> MergeSchema.TypeRecord {
      var record = MergeSchema.TypeRecord()
      for pair in node["properties"]?.mapping?.pairs ?? [] {
        record.fields[pair.key] = field(pair.value)
      }
      if let additional = node["additionalProperties"], additional.mapping != nil {
        record.additional = field(additional)
      }
      return record
    }

    private mutating func field(_ node: Node) -> MergeSchema.Field {
      var result = MergeSchema.Field(type: type(node))
      if let items = node["items"] { result.elements = type(items) }
      let strategy = node["x-kubernetes-patch-strategy"]?.scalar?.text ?? ""
      let strategies = strategy.split(separator: ",")
      guard strategies.contains("merge") else { return result }
      if let keys = node["x-kubernetes-list-map-keys"]?.sequence {
        result.list = .byKeys(keys.compactMap(\.scalar?.text))
      } else if let key = node["x-kubernetes-patch-merge-key"]?.scalar?.text {
        result.list = .byKeys([key])
      } else {
        result.list = .set
      }
      return result
    }

    private mutating func type(_ node: Node) -> MergeSchema.TypeID? {
      if let reference = node["$ref"]?.scalar?.text {
        let name = reference.split(separator: "/").last.map(String.init) ?? reference
        return schema.named[name]
      }
      guard node["properties"] != nil || node["additionalProperties"] != nil else { return nil }
      let record = record(node)
      return schema.add(record)
    }
  }
}
