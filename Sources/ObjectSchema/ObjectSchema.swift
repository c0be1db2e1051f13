internal import FleetModel
public import Manifests

/// What the fields of Kubernetes objects may hold.
///
/// Known are the built-in kinds of all supported Kubernetes versions, and custom resources whose
/// definitions are among the same objects. A field counts as known when any version knows it, and as required when
/// every version requires it, so that nothing is reported which one of the versions would accept.
/// Custom resources without a definition have no faults.
public enum ObjectSchema {
  /// Everything about `objects` that API servers would refuse or drop, in the order of the objects
  /// and their fields, with the index of the object.
  public static func violations(
    in objects: some Collection<Node>
  ) -> [(object: Int, violation: SchemaViolation)] {
    var found: [(Int, SchemaViolation)] = []
    // Read when the first object asks.
    var definitions: [CustomResourceSchema]?
    for (index, object) in objects.enumerated() {
      let violations = violations(in: object) { group, kind in
        let known = definitions ?? objects.compactMap(CustomResourceSchema.init)
        definitions = known
        return known.first { $0.group == group && $0.kind == kind }
      }
      for violation in violations { found.append((index, violation)) }
    }
    return found
  }

  private static func violations(
    in object: Node,
    definition: (_ group: String, _ kind: String) -> CustomResourceSchema?
  ) -> [SchemaViolation] {
    guard let kind = object["kind"]?.string, !kind.isEmpty else { return [missing("kind")] }
    guard let apiVersion = object["apiVersion"]?.string, !apiVersion.isEmpty else {
      return [missing("apiVersion")]
    }
    let builtin = BuiltinSchema.shared
    if let structure = builtin.kinds[apiVersion]?[kind] {
      return ObjectCheck.violations(
        in: object, structure: structure, of: builtin.table)
    }
    let group = BuiltinSchema.group(apiVersion)
    if let definition = definition(group, kind) {
      return definition.violations(in: object, apiVersion: apiVersion)
    }
    return strangeKind(kind, apiVersion).map { [$0] } ?? []
  }

  private static func missing(_ field: String) -> SchemaViolation {
    SchemaViolation(
      path: NodePath(), problem: .missingField(field), message: "'\(field)' is missing",
      remedy: "add '\(field)'")
  }

  /// What is wrong with a kind that no supported version has under this `apiVersion`, where that is
  /// certain: it is a kind of its own in a group of Kubernetes, or nearly one. Kinds that a newer
  /// version may have added pass.
  private static func strangeKind(_ kind: String, _ apiVersion: String) -> SchemaViolation? {
    let builtin = BuiltinSchema.shared
    let group = BuiltinSchema.group(apiVersion)
    func violation(_ field: String, _ message: String, _ remedy: String?) -> SchemaViolation {
      SchemaViolation(
        path: NodePath([.key(field)]), problem: .wrongValue, message: message, remedy: remedy)
    }
    let range = "Kubernetes \(builtin.oldest) to \(builtin.newest)"
    guard let versions = builtin.versions[group] else {
      // Groups of custom resources are domain names.
      if group.contains(".") { return nil }
      return violation(
        "apiVersion", "no API group '\(ObjectCheck.clipped(group))' in \(range)",
        Suggestion.remedy(
          for: group, among: builtin.versions.keys.filter { !$0.isEmpty },
          otherwise: builtin.homes[kind].map { "use \(ObjectCheck.listed($0))" }))
    }
    let siblings = Set(versions.flatMap { (builtin.kinds[$0] ?? [:]).keys })
    if siblings.contains(kind) {
      let homes = builtin.homes[kind] ?? []
      let known = homes.filter { BuiltinSchema.group($0) == group }
      return violation(
        "apiVersion", "\(kind) is not in \(ObjectCheck.clipped(apiVersion)) of \(range)",
        "use \(ObjectCheck.listed(known.isEmpty ? homes : known))")
    }
    if let homes = builtin.homes[kind] {
      return violation(
        "apiVersion", "\(kind) is not in \(ObjectCheck.clipped(apiVersion)) of \(range)",
        "use \(ObjectCheck.listed(homes))")
    }
    return Suggestion.nearest(to: kind, among: siblings).map {
      violation(
        "kind", "no kind '\(ObjectCheck.clipped(kind))' in \(apiVersion) of \(range)",
        "did you mean '\($0)'?")
    }
  }
}

extension CustomResourceSchema {
  fileprivate func violations(in object: Node, apiVersion: String) -> [SchemaViolation] {
    let version = apiVersion.split(separator: "/").last.map(String.init) ?? ""
    guard let structure = versions[version] else {
      let served = versions.keys.sorted()
      return [
        SchemaViolation(
          path: NodePath([.key("apiVersion")]), problem: .wrongValue,
          message: "the CustomResourceDefinition of \(kind) serves no version '\(version)'",
          remedy: served.isEmpty
            ? nil : "use \(ObjectCheck.listed(served.map { "\(group)/\($0)" }))")
      ]
    }
    guard let structure else { return [] }
    return ObjectCheck.violations(in: object, structure: structure, of: table)
  }
}
