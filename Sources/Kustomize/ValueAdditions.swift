internal import Manifests
internal import SourceTree

/// The built-in ValueAddTransformer: one text put into fields, or into paths that fields hold.
struct ValueAdditions {
  struct Target {
    var selector: Selector?
    var fieldPath: String
    /// From 1; 0 replaces the field.
    var position: Int
  }

  private var value: String
  private var targets: [Target] = []

  init(
    _ fields: FieldDecoder.Object, _ decoder: KustomizationDecoder, _ directory: Directory
  ) throws(BuildError) {
    value = try decoder.decode.string(fields["value"]).trimmed(where: \.isWhitespace)
    // The name of the directory, if nothing else is said.
    if value.isEmpty { value = directory.root.name }
    try add(fields, decoder)
    let path = try decoder.decode.string(fields["targetFilePath"])
    if !path.isEmpty {
      let (file, bytes) = try directory.contents(path)
      let documents: [LocatedNode]
      do { documents = try YAML.parseLocated(bytes, dialect: .yaml11) } catch {
        throw BuildError(
          .malformedYAML, error.problem, file: file, line: error.line, column: error.column)
      }
      if let root = documents.first {
        let other = KustomizationDecoder(file: file, isStrict: false)
        let field = FieldDecoder.Field(path: "", node: root)
        try add(try other.decode.object(field, known: ["targets"]), other)
      }
    }
    if targets.isEmpty {
      throw BuildError(.configuration, "it has no 'targets'; give it one")
    }
  }

  private mutating func add(
    _ fields: FieldDecoder.Object, _ decoder: KustomizationDecoder
  ) throws(BuildError) {
    for item in try decoder.decode.list(fields["targets"]) {
      let inner = try decoder.decode.object(
        item, known: ["selector", "notSelector", "fieldPath", "filePathPosition"])
      let position = try decoder.decode.int(inner["filePathPosition"])
      guard position >= 0 else {
        throw BuildError(
          .configuration,
          "'filePathPosition' is \(position); expected 0 or more")
      }
      targets.append(
        Target(
          selector: try decoder.selector(inner["selector"]),
          fieldPath: try decoder.decode.string(inner["fieldPath"]), position: position))
    }
  }

  func apply(to resources: inout ResourceList) throws(BuildError) {
    for target in targets {
      let matcher = try ResourceMatcher(target.selector ?? Selector())
      for index in resources.indices where matcher.matches(resources[index]) {
        try resources.update(index) { resource throws(BuildError) in
          if target.fieldPath == "metadata/namespace" {
            try NamespaceTransformer(namespace: value, specs: FieldSpecs()).apply(to: &resource)
          } else {
            let path = FieldSpec.split(target.fieldPath).map(\.key)
            let shared = SharedScalars()
            try set(&resource.node, path[...], target, shared)
            shared.settle(&resource.node)
          }
          resource.refreshID()
        }
      }
    }
  }

  private func set(
    _ node: inout Node, _ path: ArraySlice<String>, _ target: Target, _ shared: SharedScalars
  ) throws(BuildError) {
    guard let part = path.first else {
      guard let scalar = node.scalar else {
        throw BuildError(
          .wrongNodeKind, "the field '\(target.fieldPath)' is no scalar")
      }
      let old = scalar.tag == .null ? "" : scalar.text
      ScalarFields.set(
        &node,
        text: target.position > 0 ? Self.inserted(value, into: old, at: target.position) : value)
      if case .scalar(var new) = node {
        shared.replace(scalar, with: &new)
        node = .scalar(new)
      }
      return
    }
    let isLast = path.count == 1
    if FieldPath.isElement(part), case .sequence(var items) = node,
      let (key, text) = FieldPath.element(part)
    {
      var place = items.firstIndex { (key.isEmpty ? $0 : $0[key])?.scalar?.text == text }
      if place == nil {
        let scalar = Node.scalar(Scalar(text, tag: YAML.tag(of: text)))
        items.append(key.isEmpty ? scalar : .mapping(Mapping([Mapping.Pair(key, scalar)])))
        place = items.count - 1
      }
      if let place { try set(&items[place], path.dropFirst(), target, shared) }
      node = .sequence(items)
      return
    }
    guard case .mapping(var mapping) = node else {
      throw BuildError(
        .wrongNodeKind,
        "the field '\(target.fieldPath)' leads through '\(part)', which is in no mapping")
    }
    let fresh: Node = isLast ? .scalar(Scalar("", tag: .null)) : .emptyMapping
    var next = mapping[part] ?? fresh
    try set(&next, path.dropFirst(), target, shared)
    mapping[part] = next
    node = .mapping(mapping)
  }

  /// `part` as the element of a path at `position`, counted from 1; an absolute path stays one.
  private static func inserted(_ part: String, into path: String, at position: Int) -> String {
    var parts = path.split(separator: "/").map(String.init)
    parts.insert(part, at: min(position - 1, parts.count))
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }
}
