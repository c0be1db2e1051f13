internal import Manifests

/// `namespace`: puts everything that is not certainly cluster-scoped into one namespace.
struct NamespaceTransformer {
  enum Subjects: String {
    /// Subjects of role bindings that are called `default`.
    case defaultOnly
    case allServiceAccounts
    case none
  }

  var namespace: String
  var specs: FieldSpecs
  var subjects = Subjects.defaultOnly
  /// Only where no namespace is set.
  var unsetOnly = false

  func apply(to resources: inout ResourceList) throws(BuildError) {
    if namespace.isEmpty { return }
    for index in resources.indices {
      do throws(BuildError) {
        try resources.update(index) { resource throws(BuildError) in
          resource.recordPreviousName()
          try apply(to: &resource)
          resource.refreshID()
        }
      } catch { throw error.about("\(resources[index].id)") }
    }
    for index in resources.indices {
      let id = resources[index].id
      let places = resources.places(current: id)
      if places.count > 1 {
        var error = BuildError(
          .idConflict,
          "the namespace '\(namespace)' gives \(places.count) objects the same id, \(id); rename "
            + "all but one")
        for place in places { error = error.mentioning("one is from", resources[place].place) }
        throw error
      }
    }
  }

  private func set(_ node: inout Node) throws(BuildError) {
    guard node.scalar != nil else {
      throw BuildError(
        .wrongNodeKind, "expected a scalar as namespace, found a mapping or a list")
    }
    if unsetOnly, let scalar = node.scalar, scalar.tag != .null, !scalar.text.isEmpty { return }
    ScalarFields.set(&node, string: namespace)
  }

  func apply(to resource: inout Resource) throws(BuildError) {
    let type = resource.type
    if !type.isClusterScoped {
      let spec = FieldSpec("metadata/namespace", create: true)
      try spec.apply(to: &resource.node, creating: .scalar) { node throws(BuildError) in
        try set(&node)
      }
    }
    let isBinding = type.kind == "RoleBinding" || type.kind == "ClusterRoleBinding"
    if isBinding { try applyToSubjects(&resource.node) }
    for spec in specs.matching(type) {
      // These two have rules of their own, above.
      let isOwn =
        spec.path == "metadata/namespace" || isBinding && spec.path.hasPrefix("subjects")
      if isOwn { continue }
      try spec.apply(to: &resource.node, creating: .scalar) { node throws(BuildError) in
        try set(&node)
      }
    }
  }

  private func applyToSubjects(_ node: inout Node) throws(BuildError) {
    guard subjects != .none else { return }
    _ = try node.withMapping { mapping throws(BuildError) in
      guard let place = mapping.index(of: "subjects"), !mapping.pairs[place].value.isNull else {
        return
      }
      guard mapping.pairs[place].value.sequence?.allSatisfy({ $0.mapping != nil }) == true else {
        throw BuildError(
          .wrongNodeKind, "expected a list of mappings as subjects of the role binding")
      }
      _ = try mapping.pairs[place].value.withSequence { items throws(BuildError) in
        for index in items.indices {
          if let name = items[index]["name"], name.scalar == nil {
            throw BuildError(
              .wrongNodeKind,
              "expected a scalar as name of subject \(index) of the role binding")
          }
          let isMeant =
            subjects == .defaultOnly
            ? items[index]["name"]?.scalar?.text == "default"
            : items[index]["kind"]?.scalar?.text == "ServiceAccount"
          if isMeant {
            var value = items[index]["namespace"] ?? .null
            try set(&value)
            items[index]["namespace"] = value
          }
        }
      }
    }
  }
}
