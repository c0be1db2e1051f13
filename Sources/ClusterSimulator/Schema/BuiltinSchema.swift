/// The types of the built-in kinds, read once.
enum BuiltinSchema {
  private static let structures: [String: MapType] = {
    var text = SchemaText(BuiltinSchemaFirstHalf.text + "\n" + BuiltinSchemaSecondHalf.text)
    var found: [String: MapType] = [:]
    let names = BuiltinResources.all.map(structureName) + ["ObjectMeta"]
    for name in names { found[name] = text.structure(name) }
    return found
  }()

  private static func structureName(_ resource: ResourceType) -> String {
    resource.group == "autoscaling" && resource.version == "v2"
      ? "V2HorizontalPodAutoscaler" : resource.kind
  }

  /// The type of objects of a built-in resource.
  static func type(of resource: ResourceType) -> MapType {
    structures[structureName(resource)] ?? MapType(element: .deduced)
  }

  static let objectMetadata: FieldType = .map(
    structures["ObjectMeta"] ?? MapType(element: .deduced))
}
