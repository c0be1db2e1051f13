public import Manifests

extension KustomizeBuild {
  /// An object in the form in which objects leave a build: decimal numbers, no timestamps, keys
  /// that are strings.
  public static func finalForm(of object: Node) throws(BuildError) -> Node {
    var object = object
    try FinalForm.apply(to: &object)
    return object
  }
}

/// The form in which objects leave a build: what a reader of kustomize's output would see. Numbers
/// are decimal, timestamps are strings, keys are strings.
enum FinalForm {
  /// Brings `node` into its final form. Most objects are in it already and are left untouched.
  static func apply(to node: inout Node) throws(BuildError) {
    guard case .mapping(let mapping) = node else { return }
    if mapping.pairs.allSatisfy({ isFinal($0.value) }) { return }
    try walk(&node, [])
  }

  private static func isFinal(_ node: Node) -> Bool {
    switch node {
    case .scalar(let scalar): return isFinal(scalar)
    case .sequence(let items): return items.allSatisfy(isFinal)
    case .mapping(let mapping):
      return mapping.pairs.allSatisfy { $0.keyTag == .string && isFinal($0.value) }
    }
  }

  private static func isFinal(_ scalar: Scalar) -> Bool {
    switch scalar.tag {
    case .string: return scalar.style != .folded
    case .null: return scalar.style == .plain && isNull(scalar)
    case .bool: return scalar.text == "true" || scalar.text == "false"
    case .int:
      let digits = scalar.text.utf8
      return digits.count < 19 && !digits.isEmpty && digits.allSatisfy { $0 &- 48 < 10 }
        && (digits.count == 1 || digits.first != 0x30)
    case .float, .timestamp, .binary: return false
    }
  }

  private static func isNull(_ scalar: Scalar) -> Bool {
    scalar.text.isEmpty || YAML.tag(of: scalar.text) == .null
  }

  private static func fail(_ path: [String], _ problem: String) -> BuildError {
    BuildError(.output, "\(path.joined(separator: ".")): \(problem)")
  }

  private static func walk(_ node: inout Node, _ path: [String]) throws(BuildError) {
    switch node {
    case .scalar(let scalar):
      if isFinal(scalar) { return }
      if scalar.tag == .bool, YAML.tag(of: scalar.text, dialect: .yaml11) != .bool {
        throw fail(path, "cannot decode `\(scalar.text)` as a !!bool")
      }
      if scalar.tag == .int || scalar.tag == .float {
        guard let text = NumberForm.text(of: scalar),
          scalar.tag == .float || YAML.number(scalar)?.integer != nil
        else { throw fail(path, "'\(scalar.text)' is no number that JSON has; quote it") }
        node = NumberForm.number(text)
        return
      }
      if scalar.tag == .null, !isNull(scalar) {
        throw fail(path, "cannot decode `\(scalar.text)` as a !!null: a replacement keeps the null")
      }
      if scalar.tag == .timestamp, YAML.timestamp(scalar.text) == nil {
        throw fail(
          path,
          "cannot decode `\(scalar.text)` as a !!timestamp: a replacement keeps the date; quote it")
      }
      if scalar.tag == .binary, Base64.decode(scalar.text) == nil {
        throw fail(path, "!!binary value contains invalid base64 data")
      }
      node = NumberForm.throughJSON(node)
    case .sequence(var items):
      if isFinal(node) { return }
      node = .null
      defer { node = .sequence(items) }
      for index in items.indices { try walk(&items[index], path + [String(index)]) }
    case .mapping(var mapping):
      if isFinal(node) { return }
      node = .null
      defer { node = .mapping(mapping) }
      for index in mapping.pairs.indices {
        let key = mapping.pairs[index].key
        if mapping.pairs[index].keyTag != .string {
          guard path.isEmpty else {
            throw fail(
              path, "the key \(key) is no string; quote it")
          }
          mapping.pairs[index].keyTag = .string
        }
        try walk(&mapping.pairs[index].value, path + [key])
      }
    }
  }
}
