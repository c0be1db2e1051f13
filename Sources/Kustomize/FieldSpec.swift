internal import Manifests

/// Which field of which objects a transformer changes.
struct FieldSpec: Hashable, Sendable {
  var type: GroupVersionKind
  /// As it is written: parts joined by `/`.
  var path: String
  var create: Bool
  var parts: [Part]

  /// One key of the path.
  struct Part: Hashable, Sendable {
    var key: String
    /// Written with `[]`: the field must be a list already.
    var isSequence: Bool
  }

  init(_ path: String, type: GroupVersionKind = GroupVersionKind(), create: Bool = false) {
    self.type = type
    self.path = path
    self.create = create
    parts = Self.split(path)
  }

  /// Splits at `/`; `\/` stands for a slash inside a key, a leading slash says nothing.
  static func split(_ path: String) -> [Part] {
    let slash = UInt8(ascii: "/")
    var parts: [Part] = []
    var key: [UInt8] = []
    func endPart() {
      let isSequence = key.suffix(2).elementsEqual("[]".utf8)
      if isSequence { key.removeLast(2) }
      parts.append(Part(key: String(decoding: key, as: UTF8.self), isSequence: isSequence))
      key.removeAll(keepingCapacity: true)
    }
    for byte in path.utf8.first == slash ? path.utf8.dropFirst() : path.utf8[...] {
      if byte != slash {
        key.append(byte)
      } else if key.last == UInt8(ascii: "\\") {
        key[key.count - 1] = slash
      } else {
        endPart()
      }
    }
    endPart()
    return parts
  }

  /// What to create at the end of a path.
  enum Created {
    case nothing, mapping, scalar
  }

  /// Runs `change` on every node that the path leads to, through lists too. With ``create``,
  /// missing fields are made where `created` says what. Throws when a scalar stands in the way.
  func apply(
    to node: inout Node, creating created: Created,
    _ change: (inout Node) throws(BuildError) -> Void
  ) throws(BuildError) {
    try walk(&node, 0, created, change)
  }

  /// Walks from a node that `depth` parts of the path have led to.
  private func walk(
    _ node: inout Node, _ depth: Int, _ created: Created,
    _ change: (inout Node) throws(BuildError) -> Void
  ) throws(BuildError) {
    if depth == parts.count { return try change(&node) }
    let part = parts[depth]
    switch node {
    case .sequence(var items):
      node = .null
      defer { node = .sequence(items) }
      for index in items.indices { try walk(&items[index], depth, created, change) }
    case .mapping(var mapping):
      let creates = create && created != .nothing && !part.isSequence
      var place = mapping.index(of: part.key)
      if place == nil {
        guard creates else { return }
        place = mapping.count
      }
      guard let place else { return }
      node = .null
      defer { node = .mapping(mapping) }
      let isLast = depth == parts.count - 1
      let fresh: Node =
        isLast && created == .scalar
        ? .scalar(Scalar("", tag: .null)) : .emptyMapping
      if place == mapping.count {
        mapping.pairs.append(Mapping.Pair(part.key, fresh))
      } else if mapping.pairs[place].value.isNull {
        if creates {
          mapping.pairs[place].value = fresh
        } else if part.isSequence {
          mapping.pairs[place].value = .sequence([])
        } else if !isLast {
          return
        }
      }
      try walk(&mapping.pairs[place].value, depth + 1, created, change)
    case .scalar(let scalar):
      if scalar.tag == .null { return }
      throw BuildError(
        .wrongNodeKind,
        "the field '\(path)' leads through the scalar '\(scalar.text)'; expected a mapping or a list "
          + "there")
    }
  }
}

/// Field specs found by kind, so that each object looks at those that may concern it only.
struct FieldSpecs: Sendable {
  private(set) var all: [FieldSpec]
  private var byKind: [String: [FieldSpec]] = [:]
  private var anyKind: [FieldSpec] = []

  init(_ specs: [FieldSpec] = []) {
    all = specs
    for spec in specs { index(spec) }
  }

  private mutating func index(_ spec: FieldSpec) {
    if spec.type.kind.isEmpty {
      anyKind.append(spec)
    } else {
      byKind[spec.type.kind, default: []].append(spec)
    }
  }

  var isEmpty: Bool { all.isEmpty }

  func matching(_ type: GroupVersionKind) -> [FieldSpec] {
    let others = Self.selected(anyKind, type)
    guard let specific = byKind[type.kind] else { return others }
    return Self.selected(specific, type) + others
  }

  /// The same list where all match, as nearly always.
  private static func selected(_ specs: [FieldSpec], _ type: GroupVersionKind) -> [FieldSpec] {
    let all = specs.indices.allSatisfy { type.isSelected(by: specs[$0].type) }
    return all ? specs : specs.filter { type.isSelected(by: $0.type) }
  }

  /// Adds a spec unless an equal one is there.
  mutating func merge(_ spec: FieldSpec) throws(BuildError) {
    for known in all where known.path == spec.path {
      if known.type == spec.type || known.type.isSelected(by: spec.type) {
        if known.create != spec.create {
          throw BuildError(
            .configuration,
            "the field '\(spec.path)' is configured twice, with different 'create'; remove one")
        }
        return
      }
    }
    all.append(spec)
    index(spec)
  }

  mutating func merge(_ specs: [FieldSpec]) throws(BuildError) {
    for spec in specs { try merge(spec) }
  }
}
