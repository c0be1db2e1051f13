internal import Manifests

/// How generated objects join the others: `behavior: create`, `merge`, `replace`.
enum Absorption {
  static func absorb(
    _ generated: DataGenerator.Generated, into resources: inout ResourceList
  ) throws(BuildError) {
    let resource = generated.resource
    func fail(_ message: String) -> BuildError {
      BuildError(
        .generatorBehavior, message, file: resource.place?.file, line: resource.place?.line)
    }
    let places = resources.places(any: resource.id)
    guard let place = places.first else {
      guard generated.behavior == .create else {
        throw fail(
          "there is no \(resource.id) to \(generated.behavior.rawValue); correct name and namespace, "
            + "or remove 'behavior'")
      }
      return try resources.append(resource)
    }
    guard places.count == 1 else {
      throw fail(
        "several objects are or were called \(resource.id): "
          + places.map { "\(resources[$0].id)" }.joined(separator: ", ")
          + "; give the generator a name that only one of them has")
    }
    guard generated.behavior != .create else {
      throw fail(
        "\(resource.id) is there already; set 'behavior' to merge or replace, or rename one"
      ).mentioning("it is from", resources[place].place)
    }
    let merged = merge(resource, over: resources[place], data: generated.behavior == .merge)
    guard resources.places(current: merged.id) == [place] else {
      throw fail(
        "\(merged.id) cannot be merged into \(resources[place].id), whose kind or version has "
          + "changed; change it after the generator has run")
    }
    resources.update(place) { $0 = merged }
  }

  /// The new object with the name, the history, the labels and the annotations of the old one.
  private static func merge(_ new: Resource, over old: Resource, data: Bool) -> Resource {
    var result = new
    result.history = old.history
    result.prefixes = old.prefixes
    result.suffixes = old.suffixes
    result.variables = old.variables
    result.trace = old.trace
    result.transformations = old.transformations
    result.needsHash = new.needsHash && old.needsHash
    for field in ["labels", "annotations"] {
      combine(&result.node, old.node, ["metadata", field])
    }
    for field in ["name", "namespace"] {
      let text = old.node.value(at: "metadata", field)?.scalar?.text
      result.node["metadata"]?[field] = text.map { ScalarFields.untagged($0) }
    }
    if data {
      for field in ["data", "binaryData"] { combine(&result.node, old.node, [field]) }
      // An empty Secret has data where it is made, and none where it is merged.
      if result.node["data"]?.mapping?.isEmpty == true { result.node["data"] = nil }
      result.origin = old.origin ?? new.origin
    }
    result.refreshID()
    return result
  }

  /// Adds the pairs of `old` that the mapping at `path` lacks; all values become strings.
  private static func combine(_ node: inout Node, _ old: Node, _ path: [String]) {
    func mapping(_ node: Node) -> Mapping? {
      var current = node
      for key in path {
        guard let next = current[key] else { return nil }
        current = next
      }
      return current.mapping
    }
    guard let before = mapping(old), !before.isEmpty else { return }
    var result = mapping(node) ?? Mapping()
    for pair in before.pairs where result[pair.key] == nil {
      result.pairs.append(Mapping.Pair(pair.key, ScalarFields.plain(pair.value.scalar?.text ?? "")))
    }
    if path.count == 1 {
      node[path[0]] = .mapping(result)
    } else {
      node[path[0]]?[path[1]] = .mapping(result)
    }
  }
}
