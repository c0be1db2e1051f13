internal import Manifests

/// kustomize's strategic merge, its accidents included (kyaml's walker over two trees).
///
/// A merge visits the whole destination, not only what the patch names: fields that are null in
/// the destination vanish, and duplicate elements of merging lists collapse.
struct StrategicMerge {
  let schema: MergeSchema
  private let shared = SharedScalars()

  init(schema: MergeSchema) { self.schema = schema }

  /// What a merge did to an object.
  enum Outcome {
    case changed(Node)
    case deleted
  }

  /// Applies `patch` to the whole object `node` of type `type`.
  func apply(
    _ patch: Node, to node: Node, type: GroupVersionKind, patchType: GroupVersionKind
  ) throws(BuildError) -> Outcome {
    let root = schema.root(type) ?? schema.root(patchType) ?? schema.otherRoot
    let field = MergeSchema.Field(type: root)
    let result = try merge(node, patch, field, [])
    guard let value = result.value, !value.isNull else { return .deleted }
    // `$patch: replace` on a whole object changes nothing: kustomize drops the new tree.
    guard result.isInPlace else { return .changed(node) }
    var merged = value
    shared.settle(&merged)
    return .changed(merged)
  }

  private static let directive = "$patch"

  private struct Result {
    var value: Node?
    /// Whether kustomize would have changed the destination itself, so that a list that still
    /// holds the destination sees the change.
    var isInPlace = false
  }

  private enum Shape { case none, mapping, sequence, scalar }

  private func shape(_ node: Node?) -> Shape {
    switch node {
    case nil: .none
    case .scalar(let scalar)?: scalar.tag == .null ? .none : .scalar
    case .sequence?: .sequence
    case .mapping?: .mapping
    }
  }

  private func merge(
    _ destination: Node?, _ patch: Node?, _ field: MergeSchema.Field?, _ path: [String]
  ) throws(BuildError) -> Result {
    var kind = shape(destination)
    if kind == .none { kind = shape(patch) }
    for node in [destination, patch] {
      let other = shape(node)
      if other != .none, other != kind { throw mismatch(kind, other, path) }
    }
    switch kind {
    case .none, .mapping: return try mergeMappings(destination, patch, field, path)
    case .scalar: return Result(value: mergeScalars(destination, patch))
    case .sequence:
      guard let field, field.list != .replace else {
        return Result(value: patch ?? destination)
      }
      return try mergeLists(destination, patch, field, path)
    }
  }

  private func mismatch(_ expected: Shape, _ found: Shape, _ path: [String]) -> BuildError {
    func name(_ shape: Shape) -> String {
      switch shape {
      case .mapping: "a mapping"
      case .sequence: "a list"
      case .scalar, .none: "a scalar"
      }
    }
    return BuildError(
      .wrongNodeKind,
      "wrong node kind at '\(path.joined(separator: "."))': expected \(name(expected)) as in the "
        + "resource, the patch has \(name(found))")
  }

  // MARK: Scalars

  /// The patch wins, but quotes of the destination stay and make a string of it.
  private func mergeScalars(_ destination: Node?, _ patch: Node?) -> Node? { patch ?? destination }

  /// A value of the patch where the destination has one.
  private func assigned(_ value: Node, over old: Node?) -> Node {
    guard case .scalar(var scalar) = value, case .scalar(let before)? = old else { return value }
    if before.style != .plain {
      scalar.tag = .string
      scalar.isUntagged = false
    }
    scalar.style = before.style
    shared.replace(before, with: &scalar)
    return .scalar(scalar)
  }

  /// A value that stays where it is, or comes where none was: kustomize gives quotes to a text that
  /// YAML 1.1 would take for something else, and what a later step puts in its place has them, too.
  private func kept(_ value: Node) -> Node {
    guard case .scalar(let scalar) = value, Self.lacksQuotes(scalar) else { return value }
    var quoted = Scalar(scalar.text, tag: .string, style: .doubleQuoted)
    shared.replace(scalar, with: &quoted)
    return .scalar(quoted)
  }

  private static func lacksQuotes(_ scalar: Scalar) -> Bool {
    scalar.style == .plain && (scalar.tag == .string || scalar.isUntagged)
      && ScalarFields.isMisread(scalar.text)
  }

  // MARK: Mappings

  private enum Directive { case merge, replace, delete }

  /// The directive of a patch mapping, which is taken out of it.
  private func directive(_ patch: inout Node?) throws(BuildError) -> Directive {
    guard case .mapping(var mapping)? = patch, let node = mapping[Self.directive] else {
      return .merge
    }
    let directive: Directive
    switch node.scalar?.text {
    case "delete": directive = .delete
    case "replace": directive = .replace
    case "merge": directive = .merge
    default:
      throw BuildError(
        .patch,
        "'$patch: \(node.scalar?.text ?? "")' is no directive; expected merge, replace or delete")
    }
    mapping[Self.directive] = nil
    patch = .mapping(mapping)
    return directive
  }

  private func mergeMappings(
    _ destination: Node?, _ original: Node?, _ field: MergeSchema.Field?, _ path: [String]
  ) throws(BuildError) -> Result {
    var patch = original
    var base: Node
    var isInPlace = false
    if let destination, !destination.isNull {
      if patch?.isNull == true { return Result() }
      switch try directive(&patch) {
      case .delete: return Result()
      case .replace:
        guard let patch else { return Result() }
        base = patch
      case .merge:
        if patch == nil, isClean(destination, field) {
          return Result(value: destination, isInPlace: true)
        }
        base = destination
        isInPlace = true
      }
    } else if let destination, patch == nil, destination.scalar?.text.isEmpty == false {
      // An explicit null that no patch mentions stays.
      return Result(value: destination)
    } else {
      // An unknown directive is data where there is nothing to merge with.
      let strategy = (try? directive(&patch)) ?? .merge
      guard strategy != .delete, let added = patch else { return Result() }
      // The patch meets itself, so that its nulls and directives vanish.
      base = added
    }
    guard case .mapping(var mapping) = base else { return Result(value: base) }
    base = .null
    let patchMapping = patch?.mapping
    for key in fieldNames(mapping, patchMapping) {
      let before = mapping[key]
      let merged = try merge(
        before, patchMapping?[key], schema.field(key, of: field?.type), path + [key])
      if let value = merged.value, !value.isNull || staysNull(value, patchMapping?[key]) {
        if let place = mapping.index(of: key) {
          let isPatched = isInPlace && patchMapping?[key] != nil
          mapping.pairs[place].value = isPatched ? assigned(value, over: before) : kept(value)
        } else {
          let tag = patchMapping?.index(of: key).map { patchMapping?.pairs[$0].keyTag ?? .string }
          mapping.pairs.append(Mapping.Pair(key, kept(value), keyTag: tag ?? .string))
        }
      } else {
        mapping[key] = nil
      }
    }
    return Result(value: .mapping(mapping), isInPlace: isInPlace)
  }

  /// Whether an explicit null of the destination, which no patch mentions, stays.
  private func staysNull(_ value: Node, _ patch: Node?) -> Bool {
    patch == nil && value.scalar?.text.isEmpty == false
  }

  private func fieldNames(_ a: Mapping, _ b: Mapping?) -> [String] {
    var names = a.keys
    if let b { for pair in b.pairs where a.index(of: pair.key) == nil { names.append(pair.key) } }
    // The order shows where scalars share.
    return names.sorted(by: ByteOrder.precedes)
  }

  /// Whether a walk over `node` without a patch would leave it as it is.
  private func isClean(_ node: Node, _ field: MergeSchema.Field?) -> Bool {
    switch node {
    case .scalar(let scalar):
      return (scalar.tag != .null || !scalar.text.isEmpty) && !Self.lacksQuotes(scalar)
    case .mapping(let mapping):
      return mapping.pairs.allSatisfy { pair in
        pair.key != Self.directive
          && isClean(pair.value, schema.field(pair.key, of: field?.type))
      }
    case .sequence(let items):
      switch field?.list {
      case nil, .replace?: return true
      case .set?: return false
      case .byKeys(let keys)?:
        guard keys.count == 1 else { return items.isEmpty }
        var seen: [String] = []
        for item in items {
          guard case .mapping(let mapping) = item, let key = mapping[keys[0]]?.scalar,
            key.tag != .null, !seen.contains(key.text),
            isClean(item, MergeSchema.Field(type: field?.elements))
          else { return false }
          seen.append(key.text)
        }
        return true
      }
    }
  }

  /// A mapping of a patch after a merge with it: kustomize takes the directives out of the patch
  /// itself as it meets them.
  fileprivate static func withoutDirectives(_ node: Node) -> Node {
    guard case .mapping(var mapping) = node else { return node }
    let isDeletion = mapping[directive]?.scalar?.text == "delete"
    mapping[directive] = nil
    if isDeletion { return .mapping(mapping) }
    for index in mapping.pairs.indices {
      mapping.pairs[index].value = withoutDirectives(mapping.pairs[index].value)
    }
    return .mapping(mapping)
  }

  // MARK: Lists

  /// The directive of a patch list: an element that holds `$patch` and little else.
  private func directive(list patch: inout [Node]) throws(BuildError) -> Directive {
    guard
      let element = patch.lazy.compactMap(\.mapping).first(where: { $0[Self.directive] != nil }),
      element.count <= 1, let value = element[Self.directive]?.scalar?.text
    else { return .merge }
    let directive: Directive
    switch value {
    case "delete": directive = .delete
    case "replace": directive = .replace
    case "merge": directive = .merge
    default:
      throw BuildError(
        .patch, "'$patch: \(value)' is no directive; expected merge, replace or delete")
    }
    patch.removeAll { $0[Self.directive]?.scalar?.text == value }
    return directive
  }

  private func mergeLists(
    _ destination: Node?, _ patch: Node?, _ field: MergeSchema.Field, _ path: [String]
  ) throws(BuildError) -> Result {
    var changes = patch?.sequence
    var items: [Node]
    if case .sequence(let found)? = destination {
      if patch?.isNull == true { return Result() }
      items = found
      if var list = changes {
        let strategy = try directive(list: &list)
        changes = list
        switch strategy {
        case .delete: return Result()
        case .replace: items = list
        case .merge: break
        }
      }
    } else {
      items = changes ?? []
    }
    let keys: [String]
    if case .byKeys(let found) = field.list { keys = found } else { keys = [] }
    if keys.isEmpty { return Result(value: .sequence(union(changes ?? [], items))) }
    var list = AssociativeList(
      destination: items, patch: changes, keys: keys, field: field, path: path)
    return Result(value: .sequence(try list.merge(self)))
  }

  /// Scalars of the patch first.
  private func union(_ patch: [Node], _ destination: [Node]) -> [Node] {
    var seen = Set<String>()
    return (patch + destination).filter { node in
      guard let scalar = node.scalar, scalar.tag != .null else { return false }
      return seen.insert(scalar.text).inserted
    }
  }

  /// Merges two elements of an associative list.
  fileprivate func element(
    _ destination: Node?, _ patch: Node?, _ type: MergeSchema.TypeID?, _ path: [String]
  ) throws(BuildError) -> (value: Node?, isInPlace: Bool) {
    let result = try merge(destination, patch, MergeSchema.Field(type: type), path)
    return (result.value, result.isInPlace)
  }
}

/// The merge of two lists whose elements have keys.
private struct AssociativeList {
  var destination: [Node]
  var patch: [Node]?
  let keys: [String]
  let field: MergeSchema.Field
  let path: [String]

  mutating func merge(_ merger: StrategicMerge) throws(BuildError) -> [Node] {
    var tuples = keyTuples()
    if keys.count > 1 { unify(&tuples) }
    guard !tuples.isEmpty else { return destination }
    let valid = validKeys(tuples)
    // Tuples that have become equal are merged twice.
    let repeats = keys.count > 1 && Set(tuples).count < tuples.count
    var added: [Node] = []
    for tuple in tuples {
      let values = valid.map { tuple[$0.index] }
      let names = valid.map(\.key)
      let (soughtNames, soughtValues) = sought(names, values)
      let place = destination.firstIndex { matches($0, soughtNames, soughtValues) }
      let change = patch?.firstIndex { matches($0, soughtNames, soughtValues) }
      let (value, isInPlace) = try merger.element(
        place.map { destination[$0] }, change.flatMap { patch?[$0] }, field.elements,
        path + ["[\(names[0])=\(values[0])]"])
      if repeats, let change, let element = patch?[change] {
        patch?[change] = StrategicMerge.withoutDirectives(element)
      }
      guard var merged = value, !merged.isNull, merged.mapping?.isEmpty != true else {
        remove(names, values, from: &destination)
        continue
      }
      for (name, text) in zip(names, values) where merged[name] == nil && !text.isEmpty {
        merged[name] = .scalar(Scalar(text, tag: YAML.tag(of: text)))
      }
      if isInPlace, let place { destination[place] = merged }
      set(merged, names, values, in: &added)
    }
    let names = valid.map(\.key)
    for element in destination { try append(element, names, to: &added) }
    return added
  }

  /// The values of the keys of all elements, those of the patch first, each once.
  private func keyTuples() -> [[String]] {
    var tuples: [[String]] = []
    var seen = Set<[String]>()
    for element in (patch ?? []) + destination {
      let tuple = keys.map { key -> String in
        guard let scalar = element[key]?.scalar, scalar.tag != .null else { return "" }
        return scalar.text
      }
      if seen.insert(tuple).inserted { tuples.append(tuple) }
    }
    return tuples
  }

  /// Makes tuples equal that agree somewhere and contradict nowhere. As in kustomize, a tuple meets
  /// the others as it was at first, so one without any key takes the values of the last.
  private func unify(_ tuples: inout [[String]]) {
    for i in tuples.indices {
      let first = tuples[i]
      for j in tuples.indices {
        if let both = unified(first, tuples[j]) {
          tuples[i] = both
          tuples[j] = both
        }
      }
    }
  }

  private func unified(_ a: [String], _ b: [String]) -> [String]? {
    var agrees = false
    var result: [String] = []
    for (x, y) in zip(a, b) {
      if x == y {
        agrees = true
        result.append(x)
      } else if !x.isEmpty && !y.isEmpty {
        return nil
      } else {
        result.append(x.isEmpty ? y : x)
      }
    }
    return agrees ? result : nil
  }

  /// The keys for which any element has a value; all of them when none has.
  private func validKeys(_ tuples: [[String]]) -> [(index: Int, key: String)] {
    let used = keys.indices.filter { index in tuples.contains { !$0[index].isEmpty } }
    return (used.isEmpty ? Array(keys.indices) : used).map { ($0, keys[$0]) }
  }

  /// Keys without a value are not looked at, unless no key has one.
  private func sought(_ names: [String], _ values: [String]) -> ([String], [String]) {
    let given = values.indices.filter { !values[$0].isEmpty }
    return given.isEmpty
      ? (names, values) : (given.map { names[$0] }, given.map { values[$0] })
  }

  /// To kustomize, the text of what is no scalar is empty.
  private func matches(_ element: Node, _ names: [String], _ values: [String]) -> Bool {
    guard case .mapping(let mapping) = element else { return false }
    return zip(names, values).allSatisfy { name, value in
      mapping[name].map { $0.scalar?.text ?? "" } == value
    }
  }

  /// As kyaml's setter matches: an empty value stands for any.
  private func settable(_ element: Node, _ names: [String], _ values: [String]) -> Bool {
    guard case .mapping(let mapping) = element, !values.isEmpty else { return false }
    for (index, name) in names.enumerated() where index < values.count {
      guard let found = mapping[name] else { return false }
      if !values[index].isEmpty, found.scalar?.text != values[index] { return false }
    }
    return true
  }

  private func isHollow(_ node: Node) -> Bool { node.isNull || node.mapping?.isEmpty == true }

  private func remove(_ names: [String], _ values: [String], from list: inout [Node]) {
    list.removeAll { element in
      isHollow(element) || settable(element, names, values)
        || values.isEmpty && element.mapping != nil
    }
  }

  private func set(
    _ element: Node, _ names: [String], _ values: [String], in list: inout [Node]
  ) {
    var isFound = false
    var result: [Node] = []
    for item in list where !isHollow(item) {
      if settable(item, names, values) {
        isFound = true
        result.append(element)
      } else if !values.isEmpty || item.mapping == nil {
        result.append(item)
      }
    }
    if !isFound { result.append(element) }
    list = result
  }

  private func append(
    _ element: Node, _ names: [String], to list: inout [Node]
  ) throws(BuildError) {
    guard element.mapping != nil || element.isNull else {
      throw BuildError(
        .wrongNodeKind,
        "wrong node kind at '\(path.joined(separator: "."))': expected a list of mappings with "
          + names.joined(separator: " and ") + ", found an element that is none")
    }
    var values: [String] = []
    for name in names {
      if let node = element[name], !node.isNull {
        values.append(node.scalar?.text ?? "")
      } else {
        list.append(element)
      }
    }
    if names.count > 1 { remove(names, values, from: &list) }
    set(element, names, values, in: &list)
  }
}
