internal import Manifests

/// RFC 6902 patches with the deviations of the library that kustomize uses: `replace` of a missing
/// key adds it, `test` and `copy` take a missing key for null, negative indexes count from the end.
struct JSONPatch: Sendable {
  struct Operation: Sendable {
    var name: String
    var path: String
    var from: String
    var value: Node
    /// Whether the value is written as Go writes JSON. For `test`, kustomize compares the texts.
    var isSpelledLikeGo = true
  }

  var operations: [Operation]

  init(operations: [Operation]) { self.operations = operations }

  /// Reads operations; `nil` when the documents are no list of mappings. `json` is the text that
  /// they are written in, if that is JSON.
  init?(_ documents: [Node], json: [UInt8]? = nil) {
    guard case .sequence(let items)? = documents.first else { return nil }
    operations = []
    for item in items {
      guard case .mapping(let mapping) = item else { return nil }
      operations.append(
        Operation(
          name: mapping["op"]?.scalar?.text ?? "", path: mapping["path"]?.scalar?.text ?? "",
          from: mapping["from"]?.scalar?.text ?? "",
          value: NumberForm.throughJSON(mapping["value"] ?? .null, throughDouble: true)))
    }
    if let json, operations.contains(where: { $0.name == "test" }) { noteSpelling(items, json) }
  }

  private mutating func noteSpelling(_ items: [Node], _ json: [UInt8]) {
    // The text has been read once, so what cannot be read is how it is spelled.
    let raw = (try? JSON.parse(GoJSON.withEscapesUnread(json)))?.sequence ?? []
    for (index, (item, raw)) in zip(items, raw).enumerated() {
      guard let value = item["value"], let raw = raw["value"] else { continue }
      operations[index].isSpelledLikeGo = GoJSON.wrote(value, as: raw)
    }
  }

  /// Whether an operation before that at `index` has written where it looks.
  private func isWritten(before index: Int) -> Bool {
    let path = operations[index].path
    return operations[..<index].contains {
      $0.name != "test" && (path.hasPrefix($0.path) || $0.path.hasPrefix(path))
    }
  }

  func apply(to node: inout Node) throws(BuildError) {
    for (index, operation) in operations.enumerated() {
      do throws(BuildError) {
        try apply(operation, &node)
        if !operation.isSpelledLikeGo, operation.name == "test", !isWritten(before: index) {
          throw fail(
            operation,
            "kustomize compares JSON texts; write the value as Go does (\\u0026 for &, \\u003c for "
              + "<, \\u003e for >, no other escapes), or write the patch as YAML")
        }
      } catch {
        throw operations.count == 1 ? error : error.about("operation \(index + 1)")
      }
    }
  }

  private func fail(_ operation: Operation, _ reason: String) -> BuildError {
    BuildError(.patch, "\(operation.name) of '\(operation.path)' does not apply: \(reason)")
  }

  /// What to do where a path leads nowhere.
  private func missing(_ operation: Operation, _ key: String) -> BuildError {
    fail(
      operation,
      "there is no '\(key)'; correct the path"
        + (operation.name == "add" ? ", or add '\(key)' first" : ""))
  }

  private func apply(_ operation: Operation, _ node: inout Node) throws(BuildError) {
    let path = try keys(operation.path, operation)
    switch operation.name {
    case "add": try add(operation.value, at: path, &node, operation)
    case "remove": _ = try remove(path, &node, operation)
    case "replace":
      guard !path.isEmpty else {
        node = operation.value
        return
      }
      try container(of: path, &node, operation) { container, key throws(BuildError) in
        switch container {
        case .mapping(var mapping):
          mapping[key] = operation.value
          container = .mapping(mapping)
        case .sequence(var items):
          items[try index(key, items.count, operation)] = operation.value
          container = .sequence(items)
        case .scalar: throw fail(operation, "it leads into a scalar")
        }
      }
    case "move":
      let value = try remove(try keys(operation.from, operation), &node, operation)
      try add(value, at: path, &node, operation)
    case "copy":
      let value = try value(at: keys(operation.from, operation), node, operation)
      try add(value ?? .null, at: path, &node, operation)
    case "test":
      let found = try value(at: path, node, operation) ?? .null
      guard NumberForm.throughJSON(found, throughDouble: true) == operation.value else {
        throw fail(operation, "the value is another one")
      }
    default:
      throw BuildError(
        .patch,
        "unexpected operation '\(operation.name)'; expected add, remove, replace, move, copy or "
          + "test")
    }
  }

  private func keys(_ path: String, _ operation: Operation) throws(BuildError) -> [String] {
    if path.isEmpty { return [] }
    guard path.hasPrefix("/") else { throw fail(operation, "the path must start with '/'") }
    return path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
      String($0).replacing("~1", with: "/").replacing("~0", with: "~")
    }
  }

  private func index(
    _ key: String, _ count: Int, _ operation: Operation
  ) throws(BuildError) -> Int {
    guard var index = Int(key) else { throw fail(operation, "'\(key)' is no index") }
    if index < 0 { index += count }
    guard (0..<count).contains(index) else {
      throw fail(operation, "index \(key) is outside of the list of \(count)")
    }
    return index
  }

  /// Runs `change` on the container of the last key of `path`.
  private func container(
    of path: [String], _ node: inout Node, _ operation: Operation,
    _ change: (inout Node, String) throws(BuildError) -> Void
  ) throws(BuildError) {
    try descend(path[...], &node, operation, change)
  }

  private func descend(
    _ path: ArraySlice<String>, _ node: inout Node, _ operation: Operation,
    _ change: (inout Node, String) throws(BuildError) -> Void
  ) throws(BuildError) {
    guard let key = path.first else { throw fail(operation, "missing path") }
    if path.count == 1 { return try change(&node, key) }
    switch node {
    case .mapping(var mapping):
      guard let place = mapping.index(of: key), !mapping.pairs[place].value.isNull else {
        throw missing(operation, key)
      }
      node = .null
      defer { node = .mapping(mapping) }
      try descend(path.dropFirst(), &mapping.pairs[place].value, operation, change)
    case .sequence(var items):
      let place = try index(key, items.count, operation)
      node = .null
      defer { node = .sequence(items) }
      try descend(path.dropFirst(), &items[place], operation, change)
    case .scalar: throw missing(operation, key)
    }
  }

  private func add(
    _ value: Node, at path: [String], _ node: inout Node, _ operation: Operation
  ) throws(BuildError) {
    try container(of: path, &node, operation) { container, key throws(BuildError) in
      switch container {
      case .mapping(var mapping):
        mapping[key] = value
        container = .mapping(mapping)
      case .sequence(var items):
        if key == "-" {
          items.append(value)
        } else {
          guard var place = Int(key) else { throw fail(operation, "'\(key)' is no index") }
          if place < 0 { place += items.count + 1 }
          guard (0...items.count).contains(place) else {
            throw fail(operation, "index \(key) is outside of the list of \(items.count)")
          }
          items.insert(value, at: place)
        }
        container = .sequence(items)
      case .scalar: throw fail(operation, "it leads into a scalar")
      }
    }
  }

  private func remove(
    _ path: [String], _ node: inout Node, _ operation: Operation
  ) throws(BuildError) -> Node {
    var removed = Node.null
    try container(of: path, &node, operation) { container, key throws(BuildError) in
      switch container {
      case .mapping(var mapping):
        guard let value = mapping[key] else { throw missing(operation, key) }
        removed = value
        mapping[key] = nil
        container = .mapping(mapping)
      case .sequence(var items):
        removed = items.remove(at: try index(key, items.count, operation))
        container = .sequence(items)
      case .scalar: throw fail(operation, "it leads into a scalar")
      }
    }
    return removed
  }

  /// The value at a path whose container exists; `nil` when the key does not.
  private func value(
    at path: [String], _ node: Node, _ operation: Operation
  ) throws(BuildError) -> Node? {
    var node = node
    if path.isEmpty { return node }
    var found: Node?
    try container(of: path, &node, operation) { container, key throws(BuildError) in
      switch container {
      case .mapping(let mapping): found = mapping[key]
      case .sequence(let items): found = items[try index(key, items.count, operation)]
      case .scalar: throw fail(operation, "it leads into a scalar")
      }
    }
    return found
  }
}
