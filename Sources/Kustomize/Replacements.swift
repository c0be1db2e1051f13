internal import Manifests
internal import SourceTree

/// `replacements`: copies one value into many places.
struct Replacements {
  let entries: [Kustomization.Replacement]
  let file: TreePath

  /// Reads the entries, those in files included.
  init(
    _ entries: [Kustomization.Replacement], in directory: Directory, file: TreePath
  ) throws(BuildError) {
    self.file = file
    var all: [Kustomization.Replacement] = []
    for entry in entries {
      guard !entry.path.isEmpty else {
        all.append(entry)
        continue
      }
      if entry.source != nil || entry.targets?.isEmpty == false {
        throw BuildError(
          .replacement, "cannot specify both path and inline replacement", file: file,
          line: entry.line)
      }
      do throws(BuildError) {
        all += try Self.read(entry.path, directory)
      } catch { throw error.at(file, line: entry.line) }
    }
    self.entries = all
  }

  private static func read(
    _ path: String, _ directory: Directory
  ) throws(BuildError) -> [Kustomization.Replacement] {
    let (file, bytes) = try directory.contents(path)
    let documents: [LocatedNode]
    do { documents = try YAML.parseLocated(bytes, dialect: .yaml11) } catch {
      throw BuildError(
        .malformedYAML, error.problem, file: file, line: error.line, column: error.column)
    }
    guard let root = documents.first else { return [] }
    let decoder = KustomizationDecoder(file: file, isStrict: false)
    let fields = root.sequence ?? [root]
    var result: [Kustomization.Replacement] = []
    for (index, node) in fields.enumerated() {
      result.append(
        try decoder.replacement(FieldDecoder.Field(path: "[\(index)]", node: node)))
    }
    return result
  }

  func apply(to resources: inout ResourceList, _ session: BuildSession) throws(BuildError) {
    for entry in entries {
      do throws(BuildError) { try apply(entry, &resources, session) } catch {
        throw error.at(file, line: entry.line)
      }
    }
  }

  private func fail(_ message: String) -> BuildError { BuildError(.replacement, message) }

  private func apply(
    _ entry: Kustomization.Replacement, _ resources: inout ResourceList,
    _ session: BuildSession
  ) throws(BuildError) {
    guard let source = entry.source, let targets = entry.targets else {
      throw fail("a replacement needs 'source' and 'targets'")
    }
    let value = try value(of: source, resources)
    for target in targets {
      guard let select = target.select else {
        throw fail("a target of a replacement needs 'select'")
      }
      let paths = (target.fieldPaths.isEmpty ? ["metadata.name"] : target.fieldPaths)
      let matcher = try TargetMatcher(select, target.reject)
      var isFound = false
      for index in resources.indices where matcher.matches(resources[index]) {
        isFound = true
        try resources.update(index) { resource throws(BuildError) in
          for path in paths {
            var writer = FieldWriter(
              value: value, options: target.options, path: FieldPath.split(path), text: path)
            try writer.write(into: &resource.node, resource.id)
          }
          resource.refreshID()
        }
      }
      if !isFound {
        session.warn(
          BuildWarning(
            file: file, line: target.line,
            message: "the target \(select.description) of this replacement selects no resource",
            remedy: "correct 'select' (its parts are taken literally) or remove the target"))
      }
    }
  }

  private func value(
    of source: Kustomization.Replacement.Source, _ resources: ResourceList
  ) throws(BuildError) -> Node {
    let found = resources.items.filter { resource in
      TargetMatcher.ids(resource).contains { TargetMatcher.selects(source.id, $0) }
    }
    let path = source.fieldPath.isEmpty ? "metadata.name" : source.fieldPath
    guard let resource = found.first else {
      throw fail(
        "the source \(source.id.description) selects no resource; correct it (its parts are taken "
          + "literally)")
    }
    guard found.count == 1 else {
      throw fail(
        "the source \(source.id.description) selects several resources: "
          + found.map(\.id.description).listed + "; add what tells them apart, such as the name")
    }
    guard let node = FieldPath.lookup(FieldPath.split(path), in: resource.node), !node.isNull,
      node.mapping?.isEmpty != true, node.sequence?.isEmpty != true
    else {
      throw fail(
        "\(resource.id), the source, has no field '\(path)' or nothing in it; correct 'fieldPath'")
    }
    guard let options = source.options, !options.delimiter.isEmpty else {
      return SharedScalars.separate(node)
    }
    guard var scalar = node.scalar else {
      throw fail(
        "'options.delimiter' needs a scalar, and '\(path)' of \(resource.id) is a list or mapping")
    }
    let parts = Self.split(scalar.text, options.delimiter)
    guard parts.indices.contains(options.index) else {
      throw fail(
        "'options.index' is \(options.index), and '\(path)' of \(resource.id) has "
          + "\(parts.count == 1 ? "1 part" : "\(parts.count) parts") between '\(options.delimiter)', "
          + "counted from 0")
    }
    scalar.text = parts[options.index]
    scalar.sharing = 0
    return .scalar(scalar)
  }

  fileprivate static func split(_ text: String, _ delimiter: String) -> [String] {
    text.split(separator: delimiter, omittingEmptySubsequences: false).map(String.init)
  }

  /// Which resources a target means. Parts of ids are compared literally with all ids of a
  /// resource.
  private struct TargetMatcher {
    typealias ID = (type: GroupVersionKind, name: String, namespace: String)

    let select: Selector
    let reject: [Selector]
    let selectors: (LabelSelector?, LabelSelector?)
    let rejectSelectors: [(LabelSelector?, LabelSelector?)]

    init(_ select: Selector, _ reject: [Selector]) throws(BuildError) {
      self.select = select
      self.reject = reject
      selectors = (
        try ResourceMatcher.labels(select.annotations), try ResourceMatcher.labels(select.labels)
      )
      var others: [(LabelSelector?, LabelSelector?)] = []
      for selector in reject where !selector.annotations.isEmpty || !selector.labels.isEmpty {
        others.append(
          (
            try ResourceMatcher.labels(selector.annotations),
            try ResourceMatcher.labels(selector.labels)
          ))
      }
      rejectSelectors = others
    }

    static func ids(_ resource: Resource) -> [ID] {
      let current: ID = (
        resource.type, resource.name, resource.namespace.isEmpty ? "default" : resource.namespace
      )
      return [current]
        + resource.previousIDs.map { ($0.type, $0.name, $0.effectiveNamespace) }
    }

    static func selects(_ selector: Selector, _ id: ID) -> Bool {
      (selector.name.isEmpty || selector.name == id.name)
        && (selector.namespace.isEmpty || selector.namespace == id.namespace)
        && id.type.isSelected(
          by: GroupVersionKind(
            group: selector.group, version: selector.version, kind: selector.kind))
    }

    func matches(_ resource: Resource) -> Bool {
      guard Self.agrees(selectors, resource) else { return false }
      if rejectSelectors.contains(where: { Self.agrees($0, resource) }) { return false }
      let ids = Self.ids(resource)
      let isRejected = reject.contains { selector in
        Self.names(selector) && ids.contains { Self.selects(selector, $0) }
      }
      return !isRejected && ids.contains { Self.selects(select, $0) }
    }

    /// Whether a selector says anything about ids.
    private static func names(_ selector: Selector) -> Bool {
      !(selector.group.isEmpty && selector.version.isEmpty && selector.kind.isEmpty
        && selector.name.isEmpty && selector.namespace.isEmpty)
    }

    private static func agrees(
      _ selectors: (LabelSelector?, LabelSelector?), _ resource: Resource
    ) -> Bool {
      if let annotations = selectors.0,
        !annotations.matches(resource.scalarMap("metadata", "annotations"))
      {
        return false
      }
      if let labels = selectors.1, !labels.matches(resource.scalarMap("metadata", "labels")) {
        return false
      }
      return true
    }
  }
}

/// Writes one value to all places of a path, making fields where the options ask for it.
private struct FieldWriter {
  let value: Node
  let options: Kustomization.Replacement.Options?
  let path: [String]
  let text: String
  private var count = 0
  private let shared = SharedScalars()
  /// Whether the scalar to write has just been made.
  private var isFresh = false

  init(
    value: Node, options: Kustomization.Replacement.Options?, path: [String], text: String
  ) {
    self.value = value
    self.options = options
    self.path = path
    self.text = text
  }

  private var creates: Bool { options?.create ?? false }

  private func fail(_ reason: String) -> BuildError {
    BuildError(
      .replacement,
      "the target of this replacement has no field '\(text)'"
        + (creates ? " and it cannot be made" : "") + ": \(reason)")
  }

  mutating func write(into node: inout Node, _ id: ResourceID) throws(BuildError) {
    do throws(BuildError) { try walk(&node, path[...]) } catch {
      throw error.about("\(id)")
    }
    shared.settle(&node)
    if count == 0 {
      throw fail("correct 'fieldPaths', or make it with 'options: {create: true}'").about("\(id)")
    }
  }

  private mutating func walk(
    _ node: inout Node, _ rest: ArraySlice<String>
  ) throws(BuildError) {
    guard let part = rest.first else {
      count += 1
      return try set(&node)
    }
    let next = rest.dropFirst()
    if Int(part) != nil || FieldPath.isElement(part) || part == "*" {
      guard case .sequence(var items) = node else {
        if node.isNull { return }
        throw fail("'\(part)' is looked for in something that is no list")
      }
      node = .null
      defer { node = .sequence(items) }
      if let index = Int(part) {
        try element(at: index, &items, next)
      } else if part == "*" {
        for index in items.indices { try walk(&items[index], next) }
      } else {
        try matching(part, &items, next)
      }
      return
    }
    if node.isNull { return }
    guard case .mapping(var mapping) = node else {
      throw fail(
        "'\(part)' is looked for in a "
          + (node.sequence == nil
            ? "text, and replacements do not look into texts" : "list; name the element first"))
    }
    node = .null
    defer { node = .mapping(mapping) }
    var place = mapping.index(of: part)
    if place == nil, creates {
      place = mapping.count
      mapping.pairs.append(
        Mapping.Pair(part, created(before: next.first), keyTag: YAML.tag(of: part)))
    }
    if let place { try walk(&mapping.pairs[place].value, next) }
  }

  /// What a missing field starts as: what the next part of the path needs.
  private mutating func created(before next: String?) -> Node {
    guard let next else {
      isFresh = true
      switch value {
      case .scalar: return .scalar(Scalar("", tag: .null))
      case .sequence: return .sequence([])
      case .mapping: return .emptyMapping
      }
    }
    return Int(next) != nil || FieldPath.isElement(next) ? .sequence([]) : .emptyMapping
  }

  private mutating func element(
    at index: Int, _ items: inout [Node], _ next: ArraySlice<String>
  ) throws(BuildError) {
    if index == items.count, creates { items.append(created(before: next.first)) }
    guard items.indices.contains(index) else {
      throw fail("element \(index) is asked for, and the list has \(items.count)")
    }
    try walk(&items[index], next)
  }

  private mutating func matching(
    _ part: String, _ items: inout [Node], _ next: ArraySlice<String>
  ) throws(BuildError) {
    guard let (key, expression) = FieldPath.element(part) else {
      throw fail("expected [key=value], found '\(part)'")
    }
    let pattern: Pattern
    do { pattern = try Pattern(expression, anchored: false) } catch {
      throw fail(error.description)
    }
    let before = count
    for index in items.indices {
      let text = key.isEmpty ? items[index].scalar?.text : items[index][key]?.scalar?.text
      guard let text, pattern.matches(text.trimmed(where: \.isWhitespace)) else { continue }
      if key.isEmpty {
        count += 1
        try set(&items[index])
      } else {
        try walk(&items[index], next)
      }
    }
    guard count == before, creates else { return }
    let scalar = Node.scalar(Scalar(expression, tag: YAML.tag(of: expression)))
    items.append(key.isEmpty ? scalar : .mapping(Mapping([Mapping.Pair(key, scalar)])))
    if key.isEmpty {
      count += 1
      try set(&items[items.count - 1])
    } else {
      try walk(&items[items.count - 1], next)
    }
  }

  /// A scalar keeps what it means and how it is written and gets the text; anything else is
  /// replaced as a whole.
  ///
  /// A null stays one, so that a text in its place is refused at the end.
  private mutating func set(_ node: inout Node) throws(BuildError) {
    defer { isFresh = false }
    var text = value.scalar?.text
    if let options, !options.delimiter.isEmpty {
      guard let old = node.scalar else {
        throw BuildError(
          .replacement,
          "'options.delimiter' needs a scalar, and '\(self.text)' is a list or mapping")
      }
      var parts = Replacements.split(
        old.tag == .null && old.text.isEmpty ? "" : old.text, options.delimiter)
      let part = text ?? ""
      if options.index < 0 {
        parts.insert(part, at: 0)
      } else if options.index >= parts.count {
        parts.append(part)
      } else {
        parts[options.index] = part
      }
      text = parts.joined(separator: options.delimiter)
    }
    guard case .scalar(var scalar) = node else {
      node = value
      return
    }
    let before = scalar
    scalar.text = text ?? ""
    if isFresh || scalar.isUntagged {
      scalar.tag = YAML.tag(of: scalar.text)
      scalar.isUntagged = true
    } else if scalar.tag == .null, scalar.text.isEmpty, !before.text.isEmpty {
      // A null that was written as a word becomes an empty text.
      scalar.tag = .string
    }
    shared.replace(before, with: &scalar)
    node = .scalar(scalar)
  }
}

extension [String] {
  /// The first few of them.
  fileprivate var listed: String {
    prefix(3).joined(separator: ", ") + (count > 3 ? " and \(count - 3) more" : "")
  }
}
