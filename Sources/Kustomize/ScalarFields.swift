internal import Manifests

/// How transformers write values: kustomize's setters keep the style of what was there.
enum ScalarFields {
  /// A string as kustomize makes one: without quotes of its own, so that what replaces it keeps
  /// its type.
  static func plain(_ text: String) -> Node {
    .scalar(Scalar(text, tag: .string, style: text.contains("\n") ? .literal : .plain))
  }

  /// Puts `text` where a scalar stands. The quotes of the old one stay; without quotes the text
  /// means what YAML reads.
  static func set(_ node: inout Node, text: String) {
    let style: ScalarStyle
    if case .scalar(let scalar) = node, scalar.tag != .null {
      style = scalar.style
    } else {
      style = .plain
    }
    node = .scalar(
      Scalar(text, tag: style == .plain ? YAML.tag(of: text) : .string, style: style))
  }

  /// Puts the string `text` where a scalar stands.
  static func set(_ node: inout Node, string text: String) {
    let style = node.scalar?.style ?? .plain
    node = .scalar(Scalar(text, tag: .string, style: style))
  }

  /// Sets string values in the mapping `node`, whose fields keep their place.
  /// What is added shares the number that `sharing` has for its key.
  static func set(
    _ node: inout Node, _ pairs: [(key: String, value: String)], path: String, sharing: UInt32,
    _ shared: SharedScalars
  ) throws(BuildError) {
    guard case .mapping(var mapping) = node else {
      throw BuildError(
        .wrongNodeKind, "the field '\(path)' is no mapping, and labels or annotations belong there")
    }
    node = .null
    for (offset, (key, value)) in pairs.enumerated() {
      if let index = mapping.index(of: key) {
        let old = mapping.pairs[index].value.scalar
        var scalar = Scalar(value, tag: .string, style: old?.style ?? .plain)
        if let old { shared.replace(old, with: &scalar) }
        mapping.pairs[index].value = .scalar(scalar)
      } else {
        var scalar = Scalar(value, tag: .string)
        scalar.sharing = sharing &+ UInt32(truncatingIfNeeded: offset)
        // kustomize writes new keys without quotes: `on` and `1` are no strings then.
        mapping.pairs.append(
          Mapping.Pair(key, .scalar(scalar), keyTag: YAML.tag(of: key)))
      }
    }
    node = .mapping(mapping)
  }

  static func sorted(_ map: [String: String]) -> [(key: String, value: String)] {
    map.sorted { ByteOrder.precedes($0.key, $1.key) }
  }
}
