/// Writes YAML byte for byte as kustomize's emitter (go-yaml v2, default width 80) does.
struct YAMLEmitter {
  var output: [UInt8] = []
  private var path: [String] = []

  /// Characters on a line after which the next single space becomes a line break.
  static let width = 80

  mutating func document(_ node: Node) throws(YAML.SerializeError) {
    switch node {
    case .mapping(let mapping) where !mapping.isEmpty: try write(mapping, indent: 0, compact: false)
    case .sequence(let items) where !items.isEmpty: try write(items, indent: 0, compact: false)
    default: try leaf(node, indent: 2, column: 0)
    }
  }

  private func fail(_ problem: String) -> YAML.SerializeError {
    YAML.SerializeError(path: path, problem: problem)
  }

  private mutating func spaces(_ count: Int) {
    output.append(contentsOf: repeatElement(0x20, count: count))
  }

  /// Writes the entries of a mapping at column `indent`; a compact one continues the line.
  private mutating func write(
    _ mapping: Mapping, indent: Int, compact: Bool
  ) throws(YAML.SerializeError) {
    var isFirst = compact
    let pairs = YAMLKeyOrder.sorted(mapping.pairs)
    for index in pairs.indices {
      if isFirst { isFirst = false } else { spaces(indent) }
      let key = pairs[index].key
      if index > 0, pairs[index - 1].key == key {
        throw fail("mapping key \"\(key)\" already defined")
      }
      if pairs[index].keyTag != .string, !path.isEmpty {
        throw fail("unsupported type: the mapping has the key \(key), which is no string")
      }
      path.append(key)
      let column = writeKey(key, indent: indent)
      try value(pairs[index].value, indent: indent, column: column)
      path.removeLast()
    }
  }

  /// Writes a key and its `:` and answers the column behind them; `nil` when the key took lines of
  /// its own, so that the value starts on the line of the `:` whatever it is.
  private mutating func writeKey(_ key: String, indent: Int) -> Int? {
    let start = output.count
    var key = key
    let (isSimple, characters) = key.withUTF8 { text -> (Bool, Int) in
      var layout = ScalarLayout(text)
      if layout.style == .plain, text.count <= 128 {
        output.append(contentsOf: text)
        return (true, layout.isASCII ? text.count : -1)
      }
      let isSimple = text.count <= 128 && !layout.hasBreaks
      if isSimple, layout.style == .literal { layout.style = .doubleQuoted }
      if !isSimple { output.append(contentsOf: [0x3F, 0x20]) }
      let column = isSimple ? indent : indent + 2
      writer(text, layout, at: column, indent: indent + 2, folds: !isSimple)
      return (isSimple, -1)
    }
    if !isSimple {
      if output.last != 0x0A { output.append(0x0A) }
      spaces(indent)
      output.append(0x3A)
      return nil
    }
    output.append(0x3A)
    if characters >= 0 { return indent + characters + 1 }
    return indent + output[start...].lazy.filter { $0 & 0xC0 != 0x80 }.count
  }

  private mutating func value(
    _ node: Node, indent: Int, column: Int?
  ) throws(YAML.SerializeError) {
    guard let column else { return try inline(node, indent: indent + 2) }
    switch node {
    case .mapping(let mapping) where !mapping.isEmpty:
      output.append(0x0A)
      try write(mapping, indent: indent + 2, compact: false)
    case .sequence(let items) where !items.isEmpty:
      output.append(0x0A)
      try write(items, indent: indent, compact: false)
    default:
      output.append(0x20)
      try leaf(node, indent: indent + 2, column: column + 1)
    }
  }

  private mutating func write(
    _ items: [Node], indent: Int, compact: Bool
  ) throws(YAML.SerializeError) {
    var isFirst = compact
    for index in items.indices {
      if isFirst { isFirst = false } else { spaces(indent) }
      output.append(0x2D)
      path.append(String(index))
      try inline(items[index], indent: indent + 2)
      path.removeLast()
    }
  }

  /// Writes a node behind an indicator, on its line.
  private mutating func inline(_ node: Node, indent: Int) throws(YAML.SerializeError) {
    output.append(0x20)
    switch node {
    case .mapping(let mapping) where !mapping.isEmpty:
      try write(mapping, indent: indent, compact: true)
    case .sequence(let items) where !items.isEmpty:
      try write(items, indent: indent, compact: true)
    default: try leaf(node, indent: indent, column: indent)
    }
  }

  /// Writes a scalar or an empty collection and ends the line. `indent` is for further lines.
  private mutating func leaf(
    _ node: Node, indent: Int, column: Int
  ) throws(YAML.SerializeError) {
    switch node {
    case .mapping: output.append(contentsOf: [0x7B, 0x7D])
    case .sequence: output.append(contentsOf: [0x5B, 0x5D])
    case .scalar(let scalar):
      switch scalar.tag {
      case .string:
        let text = scalar.style == .folded ? FoldedText.rewritten(scalar.text) : scalar.text
        try write(text, indent: indent, column: column)
      case .null where scalar.style != .plain: output.append(contentsOf: [0x22, 0x22])
      case .null: output.append(contentsOf: "null".utf8)
      case .bool:
        guard YAMLResolver.tag(of: scalar.text, dialect: .yaml11) == .bool else {
          throw fail("cannot decode `\(scalar.text)` as a !!bool")
        }
        let isTrue = scalar.text.utf8.first.map { $0 | 0x20 == UInt8(ascii: "t") } ?? false
        output.append(contentsOf: (isTrue ? "true" : "false").utf8)
      case .int, .float: try write(number: scalar)
      case .timestamp:
        try write(
          YAMLTimestamp.text(of: scalar.text) ?? scalar.text, indent: indent, column: column)
      case .binary:
        guard let bytes = Base64.decode(scalar.text) else {
          throw fail("!!binary value contains invalid base64 data")
        }
        try write(String(decoding: bytes, as: UTF8.self), indent: indent, column: column)
      }
    }
    if output.last != 0x0A { output.append(0x0A) }
  }

  private mutating func write(number scalar: Scalar) throws(YAML.SerializeError) {
    let text = scalar.text.utf8
    if scalar.tag == .int, !text.isEmpty, text.count < 19, text.allSatisfy({ $0 &- 48 < 10 }),
      text.count == 1 || text.first != 0x30
    {
      output.append(contentsOf: text)
      return
    }
    guard let value = YAMLNumber.value(of: scalar),
      scalar.tag == .float || value.integer != nil
    else {
      throw fail("cannot decode `\(scalar.text)` as a number")
    }
    if let integer = value.integer {
      output.append(contentsOf: integer.text.utf8)
    } else {
      guard value.double.isFinite else { throw fail("unsupported value: \(scalar.text)") }
      output.append(contentsOf: YAMLNumber.text(of: value.double).utf8)
    }
  }

  private mutating func write(
    _ string: String, indent: Int, column: Int
  ) throws(YAML.SerializeError) {
    var string = string
    var holdsNextLine = false
    let isRefused = string.withUTF8 { text in
      let layout = ScalarLayout(text)
      holdsNextLine = layout.hasNextLine
      if layout.isRefused || holdsNextLine { return layout.isRefused }
      if layout.style == .plain, layout.isASCII, !layout.hasSpace || column + text.count <= 80 {
        output.append(contentsOf: text)
      } else {
        writer(text, layout, at: column, indent: indent, folds: true)
      }
      return false
    }
    if isRefused { throw fail("control characters are not allowed") }
    if holdsNextLine {
      try write(NextLine.folded(string), indent: indent, column: column)
    }
  }

  private mutating func writer(
    _ text: UnsafeBufferPointer<UInt8>, _ layout: ScalarLayout, at column: Int, indent: Int,
    folds: Bool
  ) {
    var writer = ScalarWriter(
      text: text, indent: indent, folds: folds, output: output, column: column)
    output = []
    writer.write(layout.style)
    output = writer.output
  }
}
