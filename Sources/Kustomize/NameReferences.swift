internal import Manifests

/// Repairs the fields that name objects whose names have changed: once, at the end of a build.
struct NameReferences {
  /// By kind of referrer.
  private var fields: [String: Fields] = [:]
  /// For the kinds without fields of their own.
  private let fieldsOfAnyKind: Fields

  private final class Field: Sendable {
    let target: GroupVersionKind
    let spec: FieldSpec

    init(target: GroupVersionKind, spec: FieldSpec) {
      self.target = target
      self.spec = spec
    }
  }

  init(_ configuration: TransformerConfiguration) {
    let all = configuration.nameReferences.flatMap { reference in
      reference.referrers.map { Field(target: reference.target, spec: $0) }
    }
    fieldsOfAnyKind = Fields(all.filter(\.spec.type.kind.isEmpty))
    for kind in Set(all.lazy.map(\.spec.type.kind)) where !kind.isEmpty {
      fields[kind] = Fields(
        all.filter { $0.spec.type.kind.isEmpty || $0.spec.type.kind == kind })
    }
  }

  private static let defaults = NameReferences(.defaults)

  static func apply(
    _ configuration: TransformerConfiguration, to resources: inout ResourceList
  ) throws(BuildError) {
    let references = configuration.isDefault ? defaults : NameReferences(configuration)
    try references.apply(to: &resources)
  }

  private func apply(to resources: inout ResourceList) throws(BuildError) {
    let candidates = Candidates(resources.items)
    for index in resources.indices {
      // Where no name is new the walk still finds what stands in the way of a path.
      let type = candidates.all[index].originalType
      let fields = fields[type.kind] ?? fieldsOfAnyKind
      try checkVersion(of: candidates.all[index], fields)
      let concerned = fields.concerned(by: resources.node(at: index), candidates.isNameChanged)
      if concerned.isEmpty { continue }
      let referrer = Referrer(candidates.all[index])
      for field in concerned.map({ fields.inOrder[$0] })
      where type.isSelected(by: field.spec.type) {
        do throws(BuildError) {
          try resources.withNode(at: index) { node throws(BuildError) in
            try field.spec.apply(to: &node, creating: .nothing) { leaf throws(BuildError) in
              try set(&leaf, field, referrer, candidates)
            }
          }
        } catch {
          throw error.about(
            "the reference '\(field.spec.path)' of \(referrer.resource.id)")
        }
      }
    }
  }

  /// kustomize looks for references in no object whose API version is not its group and version.
  private func checkVersion(of resource: Resource, _ fields: Fields) throws(BuildError) {
    guard resource.type.group.isEmpty,
      let version = resource.node["apiVersion"]?.scalar?.text, version.utf8.first == 0x2F,
      fields.inOrder.contains(where: { resource.originalType.isSelected(by: $0.spec.type) })
    else { return }
    throw BuildError(
      .wrongNodeKind,
      "the apiVersion '\(version)' of \(resource.id) has a slash and no group before it")
  }

  /// The resources as they are before any reference is repaired.
  private final class Candidates {
    let all: [Resource]
    /// Places of the resources that had a name once.
    let byOldName: [String: [Int]]
    /// Old names that do not stand for the same name still.
    private let changedNames: Set<String>

    init(_ resources: [Resource]) {
      all = resources
      var byOldName: [String: [Int]] = Dictionary(minimumCapacity: all.count)
      var changedNames = Set<String>()
      for index in all.indices {
        for previous in all[index].history {
          if byOldName[previous.name]?.last != index {
            byOldName[previous.name, default: []].append(index)
          }
          if previous.name != all[index].name { changedNames.insert(previous.name) }
        }
      }
      self.byOldName = byOldName
      self.changedNames = changedNames
    }

    func isNameChanged(_ name: String) -> Bool { changedNames.contains(name) }
  }

  /// What the fields of one kind of referrer may name.
  private final class Fields: Sendable {
    let inOrder: [Field]
    private let steps: [Step]

    /// A key on the way to fields.
    private struct Step {
      let key: String
      /// Whether a path wants a list here.
      var isSequence = false
      /// Places of the fields that this key leads to, and of those that it is itself.
      var fields: [Int] = []
      var leaves: [Int] = []
      var next: [Step] = []

      /// Notes that the rest of a path leads to the field at `place`.
      static func add(_ path: ArraySlice<FieldSpec.Part>, _ place: Int, to steps: inout [Step]) {
        guard let part = path.first else { return }
        let index = steps.firstIndex { $0.key == part.key } ?? steps.count
        if index == steps.count { steps.append(Step(key: part.key)) }
        steps[index].isSequence = steps[index].isSequence || part.isSequence
        steps[index].fields.append(place)
        if path.count == 1 { steps[index].leaves.append(place) }
        add(path.dropFirst(), place, to: &steps[index].next)
      }
    }

    init(_ fields: [Field]) {
      inOrder = fields
      var steps: [Step] = []
      for (place, field) in fields.enumerated() {
        Step.add(field.spec.parts[...], place, to: &steps)
      }
      self.steps = steps
    }

    /// The places of the fields of `object` that something can come of, in order. Looks without
    /// changing, so that untouched objects stay shared, and at all fields in one walk.
    func concerned(by object: Node, _ isNameChanged: (String) -> Bool) -> [Int] {
      var found: [Int] = []
      collect(object, steps, isNameChanged, &found)
      return found.count < 2 ? found : Set(found).sorted()
    }

    private func collect(
      _ node: Node, _ steps: [Step], _ isNameChanged: (String) -> Bool, _ found: inout [Int]
    ) {
      guard case .mapping(let mapping) = node else { return }
      for index in steps.indices {
        if let place = mapping.index(of: steps[index].key) {
          collect(mapping.pairs[place].value, steps[index], isNameChanged, &found)
        }
      }
    }

    private func collect(
      _ node: Node, _ step: Step, _ isNameChanged: (String) -> Bool, _ found: inout [Int]
    ) {
      switch node {
      case .mapping:
        found += step.leaves
        collect(node, step.next, isNameChanged, &found)
      case .sequence(let items):
        for item in items {
          // A list in the place of a name is an error.
          if case .sequence = item { found += step.leaves }
          collect(item, step, isNameChanged, &found)
        }
      case .scalar(let scalar):
        if scalar.tag == .null {
          // A list that is null becomes an empty one.
          if step.isSequence { found += step.fields }
        } else if !step.next.isEmpty {
          // A scalar in the way is an error.
          found += step.fields
        } else if isNameChanged(scalar.text) {
          found += step.leaves
        }
      }
    }
  }

  /// What the sieves need to know about the object that refers.
  private final class Referrer {
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
    _ node: inout Node, _ field: Field, _ referrer: Referrer, _ candidates: Candidates
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
          throw BuildError(.wrongNodeKind, "expected a name or a mapping with one, found a list")
        }
      }
    }
  }

  private func setScalar(
    _ node: inout Node, _ name: String, _ field: Field, _ referrer: Referrer,
    _ candidates: Candidates
  ) throws(BuildError) {
    let visible = (candidates.byOldName[name] ?? []).map { candidates.all[$0] }
      .filter(referrer.sees)
    guard let target = try select(visible, name, field, referrer, comparesNamespace: false) else {
      return
    }
    if target.name != name { ScalarFields.set(&node, text: target.name) }
  }

  private func setMapping(
    _ node: inout Node, _ field: Field, _ referrer: Referrer, _ candidates: Candidates
  ) throws(BuildError) {
    guard let name = node["name"] else {
      throw BuildError(
        .configuration, "expected a mapping with 'name'; correct the object or the 'nameReference'")
    }
    guard let text = name.scalar?.text else { return }
    var visible = (candidates.byOldName[text] ?? []).map { candidates.all[$0] }
      .filter(referrer.sees)
    if let wanted = node["namespace"]?.scalar?.text {
      let inOriginal = candidates.all.contains { candidate in
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
    var found = visible.filter { $0.hadType(selectedBy: field.target) }
    if field.spec.path.hasSuffix("roleRef/name"), let role = referrer.role {
      found = found.filter { $0.hadType(selectedBy: role) }
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
      "'\(name)' may mean any of \(found.map(\.id.description).joined(separator: ", ")); give them names "
        + "that differ before prefixes and suffixes are added")
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
