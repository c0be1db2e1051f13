extension FleetSchema {
  /// The reference of all kinds and fields as Markdown: what docs/fleet-files.md shows. Derived
  /// from the decoder, so that it cannot promise another format.
  public static func fieldReference() -> String {
    var writer = FieldReferenceWriter()
    for kind in FleetKind.allCases { writer.document(kind) }
    while writer.text.hasSuffix("\n\n") { writer.text.removeLast() }
    return writer.text
  }
}

private struct FieldReferenceWriter {
  var text = ""
  private var written = Set<String>()

  mutating func document(_ kind: FleetKind) {
    let shape = FleetSchema.shape(of: kind)
    text += "### \(kind.rawValue)\n\n\(shape.summary)\n"
    if Availability.thisVersion.refusal(ofKind: kind) != nil {
      text += "\nNot available in this version.\n"
    }
    for field in shape.fields where field.name == "spec" {
      guard case .object(let spec) = field.shape else { continue }
      written.insert(spec.name)
      table(spec, heading: "spec")
    }
  }

  private mutating func table(_ shape: ObjectShape, heading: String) {
    text += "\n| \(heading) | value | meaning | if absent |\n|---|---|---|---|\n"
    for field in shape.fields {
      let refusal = Availability.thisVersion.unavailable["\(shape.name).\(field.name)"]
      let values = Availability.thisVersion.refusedValues(of: field.name, in: shape.name)
      var note = refusal == nil ? "" : " *Not available in this version.*"
      if !values.isEmpty {
        note =
          " *Not available in this version: \(values.map { "`\($0)`" }.joined(separator: ", ")).*"
      }
      let absent = field.required ? "required" : field.absent ?? ""
      text +=
        "| `\(field.name)` | \(summary(of: field.shape)) | \(field.summary)\(note) | "
        + "\(absent) |\n"
    }
    for group in shape.alternatives {
      let names = group.names.map { "`\($0)`" }.joined(separator: ", ")
      text += "\n\(group.required ? "Exactly" : "At most") one of \(names).\n"
    }
    text += "\n"
    for field in shape.fields { nested(field.shape) }
  }

  /// The tables of objects that appear for the first time.
  private mutating func nested(_ shape: Shape) {
    switch shape {
    case .object(let object):
      guard written.insert(object.name).inserted else { return }
      text += "\n**\(object.name)**: \(object.summary)\n"
      table(object, heading: object.name)
    case .list(let item, _): nested(item)
    case .either(let shapes): for shape in shapes { nested(shape) }
    default: break
    }
  }

  private func summary(of shape: Shape) -> String {
    switch shape {
    case .text(let form, _): form
    case .boolean: "true or false"
    case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
    case .list(let item, _): "list of: \(summary(of: item))"
    case .map(_, let keys, _): "mapping from \(keys) to text"
    case .object(let object): object.name
    case .either(let shapes):
      // Zero may stand without a unit; that is no news to a reader of the table.
      shapes.filter { if case .integer(0, 0) = $0 { false } else { true } }.map(summary)
        .joined(separator: ", or ")
    case .integer, .anything: shape.noun
    }
  }
}
