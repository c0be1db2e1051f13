internal import Manifests
internal import SourceTree

/// Files that `configurations` names: more field specs for the transformers.
enum ConfigurationFile {
  static func read(
    _ path: String, in directory: Directory
  ) throws(BuildError) -> TransformerConfiguration {
    let (file, bytes) = try directory.contents(path)
    let documents: [LocatedNode]
    do { documents = try YAML.parseLocated(bytes, dialect: .yaml11) } catch {
      throw BuildError(
        .malformedYAML, error.problem, file: file, line: error.line, column: error.column)
    }
    var result = TransformerConfiguration()
    guard let root = documents.first, root.scalar?.tag != .null else { return result }
    let decoder = KustomizationDecoder(file: file)
    let fields = try decoder.decode.object(
      FieldDecoder.Field(path: "", node: root),
      known: [
        "namePrefix", "nameSuffix", "namespace", "labels", "commonLabels", "templateLabels",
        "commonAnnotations", "nameReference", "varReference", "images", "replicas",
      ])
    result.namePrefix = try decoder.specs(fields["namePrefix"])
    result.nameSuffix = try decoder.specs(fields["nameSuffix"])
    result.namespace = try decoder.specs(fields["namespace"])
    result.labels = try decoder.specs(fields["labels"])
    result.commonLabels = try decoder.specs(fields["commonLabels"])
    result.templateLabels = try decoder.specs(fields["templateLabels"])
    result.commonAnnotations = try decoder.specs(fields["commonAnnotations"])
    result.variableReferences = try decoder.specs(fields["varReference"])
    result.images = try decoder.specs(fields["images"])
    result.replicas = try decoder.specs(fields["replicas"])
    for item in try decoder.decode.list(fields["nameReference"]) {
      let reference = try decoder.decode.object(
        item, known: ["group", "version", "kind", "fieldSpecs"])
      let target = GroupVersionKind(
        group: try decoder.decode.string(reference["group"]),
        version: try decoder.decode.string(reference["version"]),
        kind: try decoder.decode.string(reference["kind"]))
      result.nameReferences.append(
        TransformerConfiguration.NameReference(
          target: target, referrers: try decoder.fieldSpecs(reference["fieldSpecs"])))
    }
    return result
  }
}

extension KustomizationDecoder {
  func specs(_ field: Field?) throws(BuildError) -> FieldSpecs {
    FieldSpecs(try fieldSpecs(field))
  }
}

/// Files that `crds` names: OpenAPI definitions with hints for the transformers.
enum CustomTypeFile {
  static func read(
    _ path: String, in directory: Directory
  ) throws(BuildError) -> TransformerConfiguration {
    let (file, bytes) = try directory.contents(path)
    let documents: [Node]
    do { documents = try YAML.parse(bytes, dialect: .yaml11, duplicateKeys: .lastWins) } catch {
      throw BuildError(
        .malformedYAML,
        "'\(path)' holds no OpenAPI definitions: \(error.problem)", file: file,
        line: error.line, column: error.column)
    }
    var result = TransformerConfiguration()
    guard let types = documents.first?.mapping else { return result }
    for pair in types.pairs {
      guard let properties = properties(pair.value),
        ["kind", "apiVersion", "metadata"].allSatisfy({ properties[$0] != nil })
      else { continue }
      let names = pair.key.split(separator: ".", omittingEmptySubsequences: false)
      guard names.count >= 3 else {
        throw BuildError(
          .configuration,
          "the definition '\(pair.key)' is not named in the form group.version.kind",
          file: file)
      }
      let type = GroupVersionKind(kind: names.last.map(String.init) ?? "")
      try walk(pair.key, types, type, [], [], &result)
    }
    return result
  }

  private static func properties(_ definition: Node) -> Mapping? {
    (definition["Schema"] ?? definition["schema"])?["properties"]?.mapping
  }

  private static func walk(
    _ name: String, _ types: Mapping, _ type: GroupVersionKind, _ path: [String],
    _ visited: Set<String>, _ result: inout TransformerConfiguration
  ) throws(BuildError) {
    guard !visited.contains(name), let definition = types[name],
      let properties = properties(definition)
    else { return }
    for pair in properties.pairs {
      let spec = FieldSpec((path + [pair.key]).joined(separator: "/"), type: type)
      let property = pair.value
      if property["x-kubernetes-annotation"]?.string != nil {
        try result.commonAnnotations.merge(spec)
      }
      if property["x-kubernetes-label-selector"]?.string != nil {
        try result.commonLabels.merge(spec)
      }
      if property["x-kubernetes-identity"]?.string != nil { try result.namePrefix.merge(spec) }
      if let version = property["x-kubernetes-object-ref-api-version"]?.string,
        let kind = property["x-kubernetes-object-ref-kind"]?.string
      {
        let key = property["x-kubernetes-object-ref-name-key"]?.string ?? "name"
        var added = TransformerConfiguration()
        added.nameReferences = [
          TransformerConfiguration.NameReference(
            target: GroupVersionKind(version: version, kind: kind),
            referrers: [FieldSpec("\(spec.path)/\(key)", type: type)])
        ]
        try result.merge(added)
      }
      if let reference = property["$ref"]?.string {
        try walk(
          reference, types, type, path + [pair.key], visited.union([name]), &result)
      }
    }
  }
}
