import Manifests

/// Reads the fields of one mapping, or, without input, only notes which fields there are.
///
/// A codec for an object is one closure that asks for every field unconditionally and builds the
/// value last; it serves both purposes.
struct ObjectReader {
  private let input: (node: LocatedNode, mapping: LocatedMapping, context: DecodingContext)?
  private(set) var shape: ObjectShape
  /// Required fields that the file lacks, with what would belong there.
  private var missing: [(name: String, noun: String)] = []

  init(describing shape: ObjectShape) {
    input = nil
    self.shape = shape
  }

  init(
    _ node: LocatedNode, _ mapping: LocatedMapping, shape: ObjectShape, context: DecodingContext
  ) {
    input = (node, mapping, context)
    self.shape = shape
  }

  /// A field that must be there.
  mutating func required<Value>(
    _ name: String, _ codec: Codec<Value>, _ summary: String
  ) -> Value? {
    note(name, codec, summary, required: true, absent: nil)
    guard let input else { return nil }
    guard let value = input.mapping[name] else {
      missing.append((name, codec.shape().noun))
      return nil
    }
    return read(name, value, codec)
  }

  /// A field that may be absent; `absent` says what then holds.
  mutating func optional<Value>(
    _ name: String, _ codec: Codec<Value>, absent: String? = nil, _ summary: String
  ) -> Value? {
    note(name, codec, summary, required: false, absent: absent)
    guard let value = input?.mapping[name] else { return nil }
    return read(name, value, codec)
  }

  /// Where the mapping begins; `nil` when describing.
  var position: YAML.Position? { input?.node.position }

  /// Whether the file has this field, whatever is in it. Always true when describing.
  func has(_ name: String) -> Bool { input.map { $0.mapping[name] != nil } ?? true }

  /// Exactly one of the fields `names` must be there (or, unless `required`, at most one). Ask
  /// before reading them.
  mutating func alternatives(_ names: [String], required: Bool) {
    shape.alternatives.append((names, required))
    guard let input else { return }
    let present = input.mapping.entries.filter { names.contains($0.key) }
    if let second = present.dropFirst().first, let first = present.first {
      input.context.report(
        at: second.keyPosition,
        "\(shape.name) has '\(first.key)' and '\(second.key)', expected only one of "
          + names.listed(by: "or"),
        remedy: "remove one of them")
    } else if present.isEmpty, required, !hasUnknownFields(besides: names) {
      input.context.report(
        at: input.node.position, "\(shape.name) has none of \(names.listed(by: "or"))",
        remedy: "add one of them")
    }
  }

  /// At least one of `paths` must lead to a value. Reported only with a position, so that a fault
  /// which has been reported already causes no second one.
  mutating func demand(
    anyOf paths: [[String]], at position: YAML.Position?, _ message: String, remedy: String
  ) {
    shape.demands.append(paths)
    guard let input, let position else { return }
    let isMet = paths.contains { path in
      var node: LocatedNode? = input.node
      for key in path { node = node?[key] }
      return node != nil
    }
    if !isMet { input.context.report(at: position, message, remedy: remedy) }
  }

  /// An unknown field is the likelier fault and is reported by itself.
  private func hasUnknownFields(besides names: [String]) -> Bool {
    input?.mapping.entries.contains { !names.contains($0.key) } ?? false
  }

  private mutating func note<Value>(
    _ name: String, _ codec: Codec<Value>, _ summary: String, required: Bool, absent: String?
  ) {
    // While reading, only the names matter; shapes of nested objects would be built in vain.
    shape.fields.append(
      FieldShape(
        name: name, summary: summary, required: required, absent: absent,
        shape: input == nil ? codec.shape() : .anything))
  }

  private func read<Value>(_ name: String, _ value: LocatedNode, _ codec: Codec<Value>) -> Value? {
    guard let input else { return nil }
    let entry = input.mapping.entries.first { $0.key == name }
    if let reason = input.context.availability.refusal(of: name, in: shape.name, value: value) {
      input.context.report(
        at: entry?.keyPosition ?? value.position, reason.message,
        remedy: reason.remedy)
      return nil
    }
    return codec.decode(value, input.context)
  }

  /// Reports a fault that concerns several fields.
  func report(at position: YAML.Position, _ message: String, remedy: String? = nil) {
    input?.context.report(at: position, message, remedy: remedy)
  }

  /// Reports what nobody asked for and what is not there. A misspelt required field is reported
  /// once.
  func finish() {
    guard let input else { return }
    let known = shape.fields.map(\.name)
    var misspelt = Set<String>()
    for entry in input.mapping.entries where !known.contains(entry.key) {
      let meant = Suggestion.nearest(to: entry.key, among: known)
      if let meant { misspelt.insert(meant) }
      let otherwise =
        Codec<Credentials>.valueFields.contains(entry.key.lowercased())
        ? "credentials are references, never values: put the value into a file of the hub's "
          + "credentials directory and name that file"
        : "known fields are \(known.joined(separator: ", "))"
      input.context.report(
        at: entry.keyPosition, "unknown field '\(entry.key.clipped)' in \(shape.name)",
        remedy: meant.map { "did you mean '\($0)'?" } ?? otherwise)
    }
    for field in missing where !misspelt.contains(field.name) {
      input.context.report(
        at: input.node.position, "\(shape.name) has no '\(field.name)'",
        remedy: "add '\(field.name)': \(field.noun)")
    }
    input.context.reportDuplicates(in: input.mapping)
  }
}

extension DecodingContext {
  func reportDuplicates(in mapping: LocatedMapping) {
    for entry in mapping.duplicates {
      let first = mapping.entries.first { $0.key == entry.key }?.keyPosition
      report(
        at: entry.keyPosition,
        "'\(entry.key.clipped)' stands here twice"
          + (first.map { ", first in line \($0.line)" } ?? ""),
        remedy: "remove one of them")
    }
  }
}

extension String {
  /// Short enough for a message.
  var clipped: String { count <= 60 ? self : prefix(57) + "…" }
}

extension Codec {
  /// A mapping with fixed fields.
  static func object(
    _ name: String, _ summary: String,
    _ build: @escaping @Sendable (inout ObjectReader) -> Value?
  ) -> Codec {
    Codec(
      .object(
        {
          var reader = ObjectReader(describing: ObjectShape(name: name, summary: summary))
          _ = build(&reader)
          return reader.shape
        }()),
      decode: { node, context in
        guard let mapping = node.mapping else {
          context.mismatch(node, expected: "a mapping with the fields of \(name)")
          return nil
        }
        var reader = ObjectReader(
          node, mapping, shape: ObjectShape(name: name, summary: summary), context: context)
        let value = build(&reader)
        reader.finish()
        return value
      })
  }
}
