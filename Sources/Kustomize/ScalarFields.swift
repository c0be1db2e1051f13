internal import Manifests

/// How transformers write values: kustomize's setters keep the style of what was there.
enum ScalarFields {
  /// A string as kustomize makes one: without quotes of its own, so that what replaces it keeps
  /// its type.
  static func plain(_ text: String) -> Node {
    .scalar(Scalar(text, tag: .string, style: text.contains("\n") ? .literal : .plain))
  }

  /// A string as kustomize adds it to a mapping: with quotes where it would not be one without.
  static func text(_ text: String) -> Node {
    isMisread(text) ? .string(text) : plain(text)
  }

  /// Whether YAML 1.1 takes `text` for something else than a text. What is no YAML counts as text.
  static func isMisread(_ text: String) -> Bool {
    if text.isEmpty || text.utf8.contains(0x0A) { return false }
    if YAML.tag(of: text, dialect: .yaml11) != .string { return true }
    guard mayBeStructure(text), let documents = try? YAML.parse(text, dialect: .yaml11) else {
      return false
    }
    guard let scalar = documents.first?.scalar else { return true }
    return scalar.tag != .string
  }

  /// Whether a text of one line may be something else than one plain scalar to YAML.
  private static func mayBeStructure(_ text: String) -> Bool {
    var previous: UInt8 = 0x20
    for (index, byte) in text.utf8.enumerated() {
      let isIndicator = index == 0 && "-?#&*!|>'\"%@`{[,]}. \t".utf8.contains(byte)
      if isIndicator || previous == 0x3A && (byte == 0x20 || byte == 0x09) { return true }
      previous = byte
    }
    return previous == 0x3A
  }

  /// Makes all annotations of an object strings, as kustomize does whenever it writes its own
  /// among them. Nulls become what is written for them.
  static func makeAnnotationsTexts(of node: inout Node) {
    guard var annotations = node.value(at: "metadata", "annotations")?.mapping else { return }
    for index in annotations.pairs.indices {
      guard let scalar = annotations.pairs[index].value.scalar else { continue }
      annotations.pairs[index].value = text(scalar.text)
    }
    node["metadata"]?["annotations"] = .mapping(annotations)
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
    node = untagged(text, style)
  }

  /// A scalar as kustomize's setters make it: without quotes the text means what YAML reads, and
  /// so does a text that a replacement puts in its place.
  static func untagged(_ text: String, _ style: ScalarStyle = .plain) -> Node {
    guard style == .plain else { return .scalar(Scalar(text, tag: .string, style: style)) }
    var scalar = Scalar(text, tag: YAML.tag(of: text))
    scalar.isUntagged = true
    return .scalar(scalar)
  }

  /// Puts a whole number where a scalar stands. The quotes of the old one stay.
  static func set(_ node: inout Node, integer: Int) {
    let style = node.isNull ? .plain : node.scalar?.style ?? .plain
    node = .scalar(Scalar(String(integer), tag: style == .plain ? .int : .string, style: style))
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
