internal import Manifests

/// Repairs the fields that name objects whose names have changed: once, at the end of a build.
struct NameReferences {
  private let references: [TransformerConfiguration.NameReference]
  /// Places of the resources that had a name once.
  private var byOldName: [String: [Int]] = [:]
  /// Per kind of referrer: what its fields may name, in order.
  private var fields: [String: [Field]] = [:]
  private var fieldsOfAnyKind: [Field] = []

  private let isDefault: Bool

  /// Kinds whose references are mappings with a name.
  private static let kindsWithMappings: Set = [
    "RoleBinding", "ClusterRoleBinding", "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
  ]

  private struct Field {
    var order: Int
    var target: GroupVersionKind
    var spec: FieldSpec
  }

  init(_ configuration: TransformerConfiguration) {
    references = configuration.nameReferences
    isDefault = configuration.isDefault
    var order = 0
    for reference in references {
      for spec in reference.referrers {
        let field = Field(order: order, target: reference.target, spec: spec)
        order += 1
        if spec.type.kind.isEmpty {
          fieldsOfAnyKind.append(field)
        } else {
          fields[spec.type.kind, default: []].append(field)
        }
      }
    }
  }

  private static let defaults = NameReferences(.defaults)

  static func apply(
    _ configuration: TransformerConfiguration, to resources: inout ResourceList
  ) throws(BuildError) {
    var references = configuration.isDefault ? defaults : NameReferences(configuration)
    try references.apply(to: &resources)
  }

  private mutating func apply(to resources: inout ResourceList) throws(BuildError) {
    for index in resources.indices {
      for previous in resources[index].history where byOldName[previous.name]?.last != index {
        byOldName[previous.name, default: []].append(index)
      }
    }
    // Without any new name nothing changes; only fields that lack a name are still errors.
    let isIdle = byOldName.isEmpty && isDefault
    let candidates = resources.items
    for index in resources.indices {
      let referrer = candidates[index]
      if isIdle, !Self.kindsWithMappings.contains(referrer.kind) { continue }
      let type = referrer.originalID.type
      var matching = (fields[type.kind] ?? []).filter { type.isSelected(by: $0.spec.type) }
      let others = fieldsOfAnyKind.filter { type.isSelected(by: $0.spec.type) }
      if !others.isEmpty {
        matching = (matching + others).sorted { $0.order < $1.order }
      }
      if matching.isEmpty { continue }
      let view = Referrer(referrer)
      for field in matching where Self.mayLead(field.spec.parts[...], referrer.node) {
        do throws(BuildError) {
          try resources.withNode(at: index) { node throws(BuildError) in
            try field.spec.apply(to: &node, creating: .nothing) { leaf throws(BuildError) in
              try set(&leaf, field, view, candidates)
            }
          }
        } catch {
          throw BuildError(
            error.class,
            "updating name reference in '\(field.spec.path)' field of '\(referrer.id)': "
              + error.message)
        }
      }
    }
  }

  /// Whether the first keys of a path exist: saves unsharing objects that lack the field.
  private static func mayLead(_ parts: ArraySlice<FieldSpec.Part>, _ node: Node) -> Bool {
    guard let part = parts.first else { return true }
    switch node {
    case .mapping(let mapping):
      guard let next = mapping[part.key] else { return false }
      return mayLead(parts.dropFirst(), next)
    case .sequence(let items): return items.contains { mayLead(parts, $0) }
    case .scalar(let scalar): return scalar.tag != .null
    }
  }

  /// What the sieves need to know about the object that refers.
  private struct Referrer {
    let resource: Resource
    /// Of a RoleBinding: the namespaces of its service accounts.
    let bindingNamespaces: Set<String>
    let role: GroupVersionKind?

    init(_ resource: Resource) {
      self.resource = resource
      var namespaces = Set<String>()
      if resource.kind == "RoleBinding" {
        for subject in resource.node["subjects"]?.sequence ?? []
        where subject["kind"]?.scalar?.text == "ServiceAccount" {
          if let namespace = subject["namespace"]?.scalar?.text { namespaces.insert(namespace) }
        }
      }
      bindingNamespaces = namespaces
      let reference = resource.node["roleRef"]
      if let group = reference?["apiGroup"]?.scalar?.text,
        let kind = reference?["kind"]?.scalar?.text
      {
        role = GroupVersionKind(group: group, kind: kind)
      } else {
        role = nil
      }
    }

    func sees(_ candidate: Resource) -> Bool {
      if resource.id.isClusterScoped || candidate.id.isClusterScoped { return true }
      return candidate.id.effectiveNamespace == resource.id.effectiveNamespace
        || bindingNamespaces.contains(candidate.namespace)
    }

    func isNear(_ candidate: Resource) -> Bool {
      resource.id.isClusterScoped || candidate.id.isClusterScoped
        || candidate.kind == "ServiceAccount"
        || candidate.id.effectiveNamespace == resource.id.effectiveNamespace
    }
  }

  private func set(
    _ node: inout Node, _ field: Field, _ referrer: Referrer, _ candidates: [Resource]
  ) throws(BuildError) {
    switch node {
    case .scalar(let scalar):
      if scalar.tag != .null { try setScalar(&node, scalar.text, field, referrer, candidates) }
    case .mapping: try setMapping(&node, field, referrer, candidates)
    case .sequence(var items):
      node = .null
      defer { node = .sequence(items) }
      for index in items.indices {
        switch items[index] {
        case .scalar(let scalar):
          if scalar.tag != .null {
            try setScalar(&items[index], scalar.text, field, referrer, candidates)
          }
        case .mapping: try setMapping(&items[index], field, referrer, candidates)
        case .sequence:
          throw BuildError(.wrongNodeKind, "expected a scalar or a mapping, found a list")
        }
      }
    }
  }

  private func setScalar(
    _ node: inout Node, _ name: String, _ field: Field, _ referrer: Referrer,
    _ candidates: [Resource]
  ) throws(BuildError) {
    let visible = (byOldName[name] ?? []).lazy.map { candidates[$0] }.filter(referrer.sees)
    guard
      let target = try select(Array(visible), name, field, referrer, comparesNamespace: false)
    else { return }
    if target.name != name { ScalarFields.set(&node, text: target.name) }
  }

  private func setMapping(
    _ node: inout Node, _ field: Field, _ referrer: Referrer, _ candidates: [Resource]
  ) throws(BuildError) {
    guard let name = node["name"] else {
      throw BuildError(.configuration, "path config error; no 'name' field in node")
    }
    guard let text = name.scalar?.text else { return }
    var visible = (byOldName[text] ?? []).map { candidates[$0] }.filter(referrer.sees)
    if let wanted = node["namespace"]?.scalar?.text {
      let inOriginal = candidates.contains { candidate in
        candidate.originalID.effectiveNamespace == wanted && referrer.sees(candidate)
      }
      visible = visible.filter { candidate in
        inOriginal
          ? candidate.originalID.effectiveNamespace == wanted
          : candidate.id.effectiveNamespace == wanted && !candidate.id.isClusterScoped
      }
    }
    guard let target = try select(visible, text, field, referrer, comparesNamespace: true) else {
      return
    }
    if target.name == text && target.namespace.isEmpty { return }
    var value = name
    ScalarFields.set(&value, text: target.name)
    node["name"] = value
    if !target.namespace.isEmpty {
      var value = node["namespace"] ?? .null
      ScalarFields.set(&value, text: target.namespace)
      node["namespace"] = value
    }
  }

  /// Picks the one candidate that is meant, if that can be told.
  private func select(
    _ visible: [Resource], _ name: String, _ field: Field, _ referrer: Referrer,
    comparesNamespace: Bool
  ) throws(BuildError) -> Resource? {
    var found = visible.filter { candidate in
      candidate.previousIDs.contains { $0.type.isSelected(by: field.target) }
    }
    if field.spec.path.hasSuffix("roleRef/name"), let role = referrer.role {
      found = found.filter { $0.previousIDs.contains { $0.type.isSelected(by: role) } }
    }
    found = found.filter(referrer.isNear)
    if found.count <= 1 { return found.first }
    found = found.filter { Self.affixesAgree($0, referrer.resource, emptyIsFine: true) }
    if found.count > 1 {
      found = found.filter { Self.affixesAgree($0, referrer.resource, emptyIsFine: false) }
    }
    guard let first = found.first, found.count > 1 else { return found.first }
    let isSame = found.allSatisfy { candidate in
      candidate.name == first.name
        && (!comparesNamespace || candidate.namespace == first.namespace)
    }
    if isSame { return first }
    throw BuildError(
      .ambiguous,
      "found multiple possible referrals of '\(name)': "
        + found.map(\.id.description).joined(separator: ", "))
  }

  private static func affixesAgree(
    _ a: Resource, _ b: Resource, emptyIsFine: Bool
  ) -> Bool {
    func agree(_ x: [String], _ y: [String]) -> Bool {
      if x.isEmpty || y.isEmpty { return emptyIsFine || x.isEmpty == y.isEmpty }
      let count = min(x.count, y.count)
      return x.suffix(count) == y.suffix(count)
    }
    return agree(a.prefixes, b.prefixes) && agree(a.suffixes, b.suffixes)
  }
}
