/// Flow collections: `{a: 1}` and `[a, b]`.
extension YAMLReader {
  /// Reads the flow collection that starts here, for a caller that has counted its level.
  mutating func flow(at position: YAML.Position) throws(YAML.ParseError) -> Tree {
    at(index) == 0x7B ? try flowMapping(at: position) : try flowSequence(at: position)
  }

  private mutating func flowSkip(_ begin: Int) throws(YAML.ParseError) {
    while true {
      switch at(index) {
      case 0x20, 0x09: index += 1
      case 0x0A: newLine()
      case 0x23: skipComment()
      case 0: throw fail("expected the end of the flow collection", at: begin)
      default:
        if index == lineStart, isMarker(index) {
          throw fail("expected the end of the flow collection, found a document marker")
        }
        return
      }
    }
  }

  private mutating func flowSequence(at position: YAML.Position) throws(YAML.ParseError) -> Tree {
    let begin = index
    index += 1
    var items: [Tree] = []
    while true {
      try flowSkip(begin)
      if at(index) == 0x5D { break }
      let itemPosition = self.position()
      let itemBegin = index
      let isExplicit = at(index) == 0x3F && endsWord(at(index + 1))
      if isExplicit {
        index += 1
        try flowSkip(begin)
      }
      let isJSON = at(index) == 0x22 || at(index) == 0x27
      let item = try flowNode()
      try flowSkip(begin)
      // A pair stands for a mapping of its own.
      if at(index) == 0x3A, isJSON || isExplicit || endsFlowKey(at(index + 1)) {
        guard let key = builder.scalar(of: item) else {
          throw fail("expected a scalar as key, found a collection", at: itemBegin)
        }
        let value = try flowValue(begin)
        items.append(
          try mapping(
            [builder.entry(key: key, at: itemPosition, value: value)], [], at: itemPosition,
            from: itemBegin))
        try flowSkip(begin)
      } else {
        items.append(item)
      }
      if at(index) == 0x2C {
        index += 1
      } else if at(index) != 0x5D {
        throw fail("expected ',' or ']'")
      }
    }
    index += 1
    return builder.sequence(items, at: position)
  }

  private func endsFlowKey(_ byte: UInt8) -> Bool {
    endsWord(byte) || byte == 0x2C || byte == 0x5D || byte == 0x7D || byte == 0x5B || byte == 0x7B
  }

  private mutating func flowMapping(at position: YAML.Position) throws(YAML.ParseError) -> Tree {
    let begin = index
    index += 1
    var entries: [Builder.Entry] = []
    var merges: [Tree] = []
    while true {
      try flowSkip(begin)
      if at(index) == 0x7D { break }
      if at(index) == 0x3F, endsWord(at(index + 1)) {
        index += 1
        try flowSkip(begin)
      }
      let keyPosition = self.position()
      let keyBegin = index
      guard let scalar = builder.scalar(of: try flowNode()) else {
        throw fail("expected a scalar as key, found a collection", at: keyBegin)
      }
      let key = Key(scalar: scalar, position: keyPosition)
      try flowSkip(begin)
      let value =
        at(index) == 0x3A
        ? try flowValue(begin) : builder.scalar(Self.missing, at: self.position())
      if key.isMerge {
        merges.append(value)
      } else {
        entries.append(builder.entry(key: scalar, at: keyPosition, value: value))
      }
      try flowSkip(begin)
      if at(index) == 0x2C {
        index += 1
      } else if at(index) != 0x7D {
        throw fail("expected ',' or '}'")
      }
    }
    index += 1
    return try mapping(entries, merges, at: position, from: begin)
  }

  /// Reads what follows the `:` of a key; null when nothing does.
  private mutating func flowValue(_ begin: Int) throws(YAML.ParseError) -> Tree {
    index += 1
    try flowSkip(begin)
    let byte = at(index)
    if byte == 0x2C || byte == 0x5D || byte == 0x7D {
      return builder.scalar(Self.missing, at: position())
    }
    return try flowNode()
  }

  /// The value of a key without one: null, but kustomize writes it as an empty string.
  private static var missing: Scalar { Scalar("", tag: .null, style: .singleQuoted) }

  private mutating func flowNode() throws(YAML.ParseError) -> Tree {
    try nested { reader throws(YAML.ParseError) in try reader.flowContent() }
  }

  private mutating func flowContent() throws(YAML.ParseError) -> Tree {
    let begin = index
    var properties = Properties()
    let measure = startMeasure()
    defer { endMeasure(measure) }
    if at(index) == 0x2A { return try alias(try aliasName(), begin) }
    if at(index) == 0x26 || at(index) == 0x21 {
      properties = try self.properties()
      try flowSkip(begin)
    }
    let position = position()
    let tree: Tree
    switch at(index) {
    case 0x7B, 0x5B: tree = try flow(at: position)
    case 0x22, 0x27: tree = builder.scalar(try retagged(try quoted(), properties), at: position)
    case 0x2C, 0x5D, 0x7D:
      guard !properties.isEmpty else { throw fail("expected a value") }
      let isString = properties.tag == "!!str" || properties.tag == "!"
      tree = builder.scalar(Scalar("", tag: isString ? .string : .null), at: position)
    case 0x3A where endsFlowKey(at(index + 1)):
      // A pair without a key.
      tree = builder.scalar(Scalar("", tag: .null), at: position)
    default: tree = builder.scalar(try retagged(try plainInFlow(), properties), at: position)
    }
    define(properties, tree, since: measure.nodes)
    return tree
  }
}
