/// Reads YAML by recursive descent over checked bytes: block structure here, flow collections and
/// scalars in the extensions.
///
/// Columns are byte offsets from the start of the line, as indentation is made of spaces only.
struct YAMLReader<Builder: YAMLTreeBuilder> {
  typealias Tree = Builder.Tree

  let bytes: UnsafeBufferPointer<UInt8>
  let dialect: YAML.Dialect
  var builder: Builder
  var index = 0
  var lineStart = 0
  var line = 1
  /// Collects the text of scalars that do not stand in the source as they are.
  var scratch: [UInt8] = []

  private var depth = 0
  private var deepest = 0
  private var nodes = 0
  private var aliased = 0
  private var anchors: [String: Anchor] = [:]
  private var columnMark = (lineStart: 0, index: 0, column: 0)

  private struct Anchor {
    let tree: Tree
    /// Nodes in it, with aliases followed.
    let nodes: Int
    let height: Int
  }

  /// An anchor and a tag before a node.
  struct Properties {
    var anchor: String?
    var tag: String?
    var isEmpty: Bool { anchor == nil && tag == nil }
  }

  /// What may stand at the current place.
  enum Place {
    /// Behind a `-`, at the root or on a line of its own: everything.
    case open
    /// Behind `key:` on the same line: no block collection.
    case inline
  }

  init(_ bytes: UnsafeBufferPointer<UInt8>, dialect: YAML.Dialect, builder: Builder) {
    self.bytes = bytes
    self.dialect = dialect
    self.builder = builder
  }

  // MARK: Places

  /// The byte at `place`; 0, which the text cannot hold, beyond the end.
  @inline(__always)
  func at(_ place: Int) -> UInt8 { place < bytes.count ? bytes[place] : 0 }
  @inline(__always)
  var column: Int { index - lineStart }
  @inline(__always)
  func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
  @inline(__always)
  func endsLine(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0 }
  @inline(__always)
  func endsWord(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0
  }

  /// The current place, if the builder wants to know.
  @inline(__always)
  mutating func position() -> YAML.Position {
    Builder.locates ? locate(index) : YAML.Position(line: 0, column: 0)
  }

  private mutating func locate(_ index: Int) -> YAML.Position {
    if columnMark.lineStart != lineStart || columnMark.index > index {
      columnMark = (lineStart, lineStart, 0)
    }
    while columnMark.index < index {
      if at(columnMark.index) & 0xC0 != 0x80 { columnMark.column += 1 }
      columnMark.index += 1
    }
    return YAML.Position(line: line, column: columnMark.column + 1)
  }

  func fail(_ problem: String, at place: Int? = nil) -> YAML.ParseError {
    let place = min(place ?? index, bytes.count)
    var line = 1
    var start = 0
    for index in 0..<place where bytes[index] == 0x0A {
      line += 1
      start = index + 1
    }
    let column = bytes[start..<place].lazy.filter { $0 & 0xC0 != 0x80 }.count + 1
    return YAML.ParseError(line: line, column: column, problem: problem)
  }

  @inline(__always)
  mutating func newLine() {
    index += 1
    lineStart = index
    line += 1
  }

  /// Whether `---` or `...` stands at `place`, which is the start of a line.
  @inline(__always)
  func isMarker(_ place: Int) -> Bool {
    let byte = at(place)
    return (byte == 0x2D || byte == 0x2E) && at(place + 1) == byte && at(place + 2) == byte
      && endsWord(at(place + 3))
  }

  mutating func skipBlanks() { while isBlank(at(index)) { index += 1 } }

  /// Moves over white space, line breaks and comments to the next content; false at a document
  /// marker and at the end.
  mutating func skip() throws(YAML.ParseError) -> Bool {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20: index += 1
      case 0x0A: newLine()
      case 0x23: skipComment()
      case 0x09:
        let start = index
        let indents = bytes[lineStart..<index].allSatisfy { $0 == 0x20 }
        skipBlanks()
        let next = at(index)
        if indents, !endsLine(next), next != 0x23 {
          throw fail("expected spaces as indentation, found a tab", at: start)
        }
      default: return !(index == lineStart && isMarker(index))
      }
    }
    return false
  }

  mutating func skipComment() { while !endsLine(at(index)) { index += 1 } }

  // MARK: Documents

  mutating func documents() throws(YAML.ParseError) -> [Tree] {
    var trees: [Tree] = []
    while true {
      let hasContent = try skip()
      if index >= bytes.count { return trees }
      anchors.removeAll(keepingCapacity: true)
      if hasContent {
        if at(index) == UInt8(ascii: "%"), column == 0 {
          throw fail("expected a document; directives (%YAML, %TAG) are not supported")
        }
        trees.append(try node(parent: -1, .open))
      } else if at(index) == 0x2E {
        index += 3
        skipBlanks()
        if !endsLine(at(index)), at(index) != 0x23 {
          throw fail("expected nothing behind the end marker '...'")
        }
        continue
      } else {
        trees.append(try markedDocument())
      }
      if try skip() { throw fail("expected the end of the document or a marker '---'") }
    }
  }

  private mutating func markedDocument() throws(YAML.ParseError) -> Tree {
    index += 3
    skipBlanks()
    if !endsLine(at(index)), at(index) != 0x23 { return try node(parent: -1, .inline) }
    if try skip() { return try node(parent: -1, .open) }
    return empty(Properties(), at: position())
  }

  // MARK: Nodes

  /// Reads the node that starts here. `parent` is the column of the collection around it.
  mutating func node(parent: Int, _ place: Place) throws(YAML.ParseError) -> Tree {
    try enter()
    defer { depth -= 1 }
    let start = column
    let position = position()
    switch at(index) {
    case 0x2D where endsWord(at(index + 1)):
      guard place == .open else {
        throw fail("expected a value; a list must start on a line of its own")
      }
      return try blockSequence(start, at: position)
    case 0x3F where endsWord(at(index + 1)):
      guard place == .open else {
        throw fail("expected a value; a mapping must start on a line of its own")
      }
      return try blockMapping(start, first: nil, at: position)
    case 0x7C, 0x3E:
      return scalar(try blockScalar(parent: parent), at: position)
    case 0x5B, 0x7B:
      let tree = try flow(at: position)
      try refuseKey()
      return tree
    case 0x26, 0x21, 0x2A:
      return try decorated(parent: parent, place, start, at: position)
    case 0x22, 0x27:
      let text = try quoted()
      if try keyFollows(place) {
        return try blockMapping(start, first: Key(scalar: text, position: position), at: position)
      }
      return scalar(text, at: position)
    default:
      if let end = keyEnd() {
        if place == .inline { throw inlineMapping(end) }
        return try blockMapping(start, first: nil, at: position)
      }
      return scalar(try plain(parent: parent), at: position)
    }
  }

  /// Reads a node with an anchor or a tag, an alias, or a mapping whose first key has either.
  private mutating func decorated(
    parent: Int, _ place: Place, _ start: Int, at position: YAML.Position
  ) throws(YAML.ParseError) -> Tree {
    let begin = index
    if at(index) == 0x2A {
      let name = try aliasName()
      if try keyFollows(place) {
        let key = Key(scalar: try aliasedKey(name, begin), position: position)
        return try blockMapping(start, first: key, at: position)
      }
      return try alias(name, begin)
    }
    let nodesBefore = nodes + aliased
    let outer = deepest
    deepest = depth
    let properties = try self.properties()
    let tree: Tree
    if endsLine(at(index)) || at(index) == 0x23 {
      tree = try nodeBelow(parent: parent, place, properties)
    } else {
      let own = self.position()
      switch at(index) {
      case 0x2A: throw fail("expected a value; an alias takes neither anchor nor tag")
      case 0x2D where endsWord(at(index + 1)), 0x3F where endsWord(at(index + 1)):
        throw fail("expected a value; a block collection must start on a line of its own")
      case 0x7C, 0x3E:
        tree = scalar(try retagged(try blockScalar(parent: parent), properties), at: own)
      case 0x5B, 0x7B:
        tree = try retagged(try flow(at: own), properties)
        try refuseKey()
      case 0x22, 0x27:
        let text = try retagged(try quoted(), properties)
        if try keyFollows(place) {
          define(properties, builder.scalar(text, at: own), since: nodesBefore)
          return try blockMapping(start, first: Key(scalar: text, position: own), at: position)
        }
        tree = scalar(text, at: own)
      default:
        if keyEnd() != nil {
          if place == .inline { throw inlineMapping(index) }
          let key = Key(
            scalar: try retagged(try plainKey(), properties), position: own)
          define(properties, builder.scalar(key.scalar, at: own), since: nodesBefore)
          return try blockMapping(start, first: key, at: position)
        }
        tree = scalar(try retagged(try plain(parent: parent), properties), at: own)
      }
    }
    define(properties, tree, since: nodesBefore)
    deepest = max(outer, deepest)
    return tree
  }

  /// Reads the node on the lines below its key or its properties; null when there is none.
  private mutating func nodeBelow(
    parent: Int, _ place: Place, _ properties: Properties
  ) throws(YAML.ParseError) -> Tree {
    let position = position()
    guard try skip() else { return empty(properties, at: position) }
    let start = column
    if start > parent {
      if properties.tag == nil { return try node(parent: parent, .open) }
      return try retagged(try node(parent: parent, .open), properties)
    }
    if place == .inline, start == parent, at(index) == 0x2D, endsWord(at(index + 1)) {
      try enter()
      defer { depth -= 1 }
      return try blockSequence(start, at: self.position())
    }
    return empty(properties, at: position)
  }

  private mutating func empty(_ properties: Properties, at position: YAML.Position) -> Tree {
    if let tag = properties.tag, tag != "!!null" {
      return scalar(Scalar("", tag: .string), at: position)
    }
    return scalar(Scalar("", tag: .null), at: position)
  }

  private func inlineMapping(_ place: Int) -> YAML.ParseError {
    fail(
      "mapping values are not allowed here; expected the nested mapping on its own line",
      at: place)
  }

  private mutating func enter() throws(YAML.ParseError) {
    depth += 1
    nodes += 1
    if depth > deepest { deepest = depth }
    if depth > YAML.maximumDepth {
      throw fail("expected at most \(YAML.maximumDepth) levels of nesting")
    }
    if nodes > YAML.maximumNodes {
      throw fail("expected at most \(YAML.maximumNodes) values")
    }
  }

  /// Runs `read` one level deeper.
  mutating func nested<Result>(
    _ read: (inout Self) throws(YAML.ParseError) -> Result
  ) throws(YAML.ParseError) -> Result {
    try enter()
    defer { depth -= 1 }
    return try read(&self)
  }

  @inline(__always)
  func scalar(_ scalar: Scalar, at position: YAML.Position) -> Tree {
    builder.scalar(scalar, at: position)
  }

  // MARK: Block collections

  struct Key {
    var scalar: Scalar
    var position: YAML.Position
    /// Written as `<<` without quotes.
    var isMerge: Bool { scalar.text == "<<" && scalar.style == .plain }
  }

  private mutating func blockSequence(
    _ start: Int, at position: YAML.Position
  ) throws(YAML.ParseError) -> Tree {
    var items: [Tree] = []
    while true {
      index += 1
      while at(index) == 0x20 { index += 1 }
      let byte = at(index)
      if endsLine(byte) || byte == 0x23 {
        items.append(try nodeBelow(parent: start, .open, Properties()))
      } else {
        items.append(try node(parent: start, .open))
      }
      guard try skip(), column >= start else { break }
      guard column == start else { throw fail("expected the indentation of the list") }
      guard at(index) == 0x2D, endsWord(at(index + 1)) else { break }
    }
    return builder.sequence(items, at: position)
  }

  private mutating func blockMapping(
    _ start: Int, first: Key?, at position: YAML.Position
  ) throws(YAML.ParseError) -> Tree {
    var entries: [Builder.Entry] = []
    var merges: [Tree] = []
    var pending = first
    let begin = index
    while true {
      let value: Tree
      let key: Key
      if pending == nil, at(index) == 0x3F, endsWord(at(index + 1)) {
        key = try explicitKey(start)
        guard try skip(), column == start, at(index) == 0x3A, endsWord(at(index + 1)) else {
          let missing = empty(Properties(), at: self.position())
          if key.isMerge {
            merges.append(missing)
          } else {
            entries.append(builder.entry(key: key.scalar, at: key.position, value: missing))
          }
          guard try skip(), column >= start else { break }
          guard column == start else { throw fail("expected the indentation of the mapping") }
          continue
        }
        index += 1
        skipBlanks()
        let byte = at(index)
        value =
          endsLine(byte) || byte == 0x23
          ? try nodeBelow(parent: start, .inline, Properties()) : try node(parent: start, .open)
      } else {
        if let found = pending {
          key = found
          pending = nil
        } else {
          key = try implicitKey()
        }
        guard at(index) == 0x3A else { throw fail("expected ':' after the key") }
        index += 1
        skipBlanks()
        let byte = at(index)
        value =
          endsLine(byte) || byte == 0x23
          ? try nodeBelow(parent: start, .inline, Properties()) : try node(parent: start, .inline)
      }
      if key.isMerge {
        merges.append(value)
      } else {
        entries.append(builder.entry(key: key.scalar, at: key.position, value: value))
      }
      guard try skip(), column >= start else { break }
      guard column == start else { throw fail("expected the indentation of the mapping") }
      if at(index) == 0x2D, endsWord(at(index + 1)) {
        throw fail("expected a key, found a list entry; indent the list below its key")
      }
    }
    return try mapping(entries, merges, at: position, from: begin)
  }

  mutating func mapping(
    _ entries: [Builder.Entry], _ merges: [Tree], at position: YAML.Position, from begin: Int
  ) throws(YAML.ParseError) -> Tree {
    // Merging multiplies like an alias does.
    aliased += merges.isEmpty ? 0 : entries.count
    do { return try builder.mapping(entries, merges: merges, at: position) } catch {
      throw fail(error.problem, at: begin)
    }
  }

  private mutating func explicitKey(_ start: Int) throws(YAML.ParseError) -> Key {
    let place = index
    index += 1
    skipBlanks()
    let position = position()
    let byte = at(index)
    let tree =
      endsLine(byte) || byte == 0x23
      ? try nodeBelow(parent: start, .open, Properties()) : try node(parent: start, .open)
    guard let scalar = builder.scalar(of: tree) else {
      throw fail("expected a scalar as key, found a collection", at: place)
    }
    return Key(scalar: scalar, position: position)
  }

  /// Reads a key on one line and stops at its `:`.
  private mutating func implicitKey() throws(YAML.ParseError) -> Key {
    let position = position()
    let begin = index
    switch at(index) {
    case 0x22, 0x27:
      let text = try quoted()
      try expectColon(begin)
      return Key(scalar: text, position: position)
    case 0x2A:
      let name = try aliasName()
      try expectColon(begin)
      return Key(scalar: try aliasedKey(name, begin), position: position)
    case 0x26, 0x21:
      let properties = try properties()
      let own = self.position()
      let text: Scalar
      if at(index) == 0x22 || at(index) == 0x27 {
        text = try quoted()
        try expectColon(begin)
      } else {
        text = try plainKey()
      }
      let key = try retagged(text, properties)
      define(properties, builder.scalar(key, at: own), since: nodes + aliased - 1)
      return Key(scalar: key, position: own)
    case 0x5B, 0x7B: throw fail("expected a scalar as key, found a collection")
    default: return Key(scalar: try plainKey(), position: position)
    }
  }

  private mutating func expectColon(_ begin: Int) throws(YAML.ParseError) {
    skipBlanks()
    guard at(index) == 0x3A, endsWord(at(index + 1)) else {
      throw fail("expected ':' after the key", at: begin)
    }
  }

  private mutating func plainKey() throws(YAML.ParseError) -> Scalar {
    guard let end = keyEnd() else { throw fail("expected a key and ':'") }
    try checkPlainStart(inFlow: false)
    var stop = end
    while stop > index, isBlank(at(stop - 1)) { stop -= 1 }
    let text = plainScalar(index, stop)
    index = end
    return text
  }

  /// Where the `:` of an implicit plain key stands on this line.
  @inline(__always)
  private func keyEnd() -> Int? {
    var place = index
    while place < bytes.count {
      let byte = bytes[place]
      if byte == 0x3A {
        if endsWord(at(place + 1)) { return place }
      } else if byte == 0x0A {
        return nil
      } else if byte == 0x23, place > index, isBlank(bytes[place - 1]) {
        return nil
      }
      place += 1
    }
    return nil
  }

  /// Whether the scalar just read is a key, moving to its `:`.
  private mutating func keyFollows(_ place: Place) throws(YAML.ParseError) -> Bool {
    var next = index
    while isBlank(at(next)) { next += 1 }
    guard at(next) == 0x3A, endsWord(at(next + 1)) else { return false }
    if place == .inline { throw inlineMapping(next) }
    index = next
    return true
  }

  private func refuseKey() throws(YAML.ParseError) {
    var next = index
    while isBlank(at(next)) { next += 1 }
    if at(next) == 0x3A, endsWord(at(next + 1)) {
      throw fail("expected a scalar as key, found a collection", at: next)
    }
  }

  // MARK: Anchors, aliases, tags

  /// Reads anchor and tag, in any order, and the blanks behind them.
  mutating func properties() throws(YAML.ParseError) -> Properties {
    var properties = Properties()
    while true {
      let begin = index
      if at(index) == 0x26 {
        guard properties.anchor == nil else { throw fail("expected at most one anchor") }
        index += 1
        properties.anchor = try name("anchor")
      } else if at(index) == 0x21 {
        guard properties.tag == nil else { throw fail("expected at most one tag") }
        while !endsWord(at(index)), !isFlowEnd(at(index)) { index += 1 }
        let text = String(
          decoding: UnsafeBufferPointer(rebasing: bytes[begin..<index]), as: UTF8.self)
        properties.tag = Self.shortTag(text)
      } else {
        return properties
      }
      let next = at(index)
      guard endsWord(next) || isFlowEnd(next) else {
        throw fail("expected white space after an anchor or a tag")
      }
      skipBlanks()
    }
  }

  private func isFlowEnd(_ byte: UInt8) -> Bool { byte == 0x2C || byte == 0x5D || byte == 0x7D }

  private static func shortTag(_ text: String) -> String {
    let long = "!<tag:yaml.org,2002:"
    if text.hasPrefix(long), text.hasSuffix(">") {
      return "!!" + text.dropFirst(long.count).dropLast()
    }
    return text
  }

  private mutating func name(_ what: String) throws(YAML.ParseError) -> String {
    let begin = index
    while true {
      let byte = at(index)
      let isWord =
        byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 || byte == 0x5F || byte == 0x2D
      if !isWord { break }
      index += 1
    }
    guard index > begin else { throw fail("expected the name of an \(what)") }
    return String(decoding: UnsafeBufferPointer(rebasing: bytes[begin..<index]), as: UTF8.self)
  }

  mutating func aliasName() throws(YAML.ParseError) -> String {
    index += 1
    return try name("alias")
  }

  mutating func alias(_ name: String, _ begin: Int) throws(YAML.ParseError) -> Tree {
    guard let anchor = anchors[name] else {
      throw fail("unknown anchor '\(name)'; expected one defined earlier", at: begin)
    }
    aliased += anchor.nodes
    if aliased > YAML.maximumAliasedNodes {
      throw fail(
        "excessive aliasing; expected aliases for at most \(YAML.maximumAliasedNodes) values",
        at: begin)
    }
    deepest = max(deepest, depth + anchor.height)
    if deepest > YAML.maximumDepth {
      throw fail("expected at most \(YAML.maximumDepth) levels of nesting", at: begin)
    }
    return anchor.tree
  }

  private mutating func aliasedKey(
    _ name: String, _ begin: Int
  ) throws(YAML.ParseError) -> Scalar {
    guard var scalar = builder.scalar(of: try alias(name, begin)) else {
      throw fail("expected a scalar as key, found a collection", at: begin)
    }
    // An aliased `<<` is a key like any other.
    if scalar.text == "<<" { scalar.style = .doubleQuoted }
    return scalar
  }

  /// Remembers `tree` under the anchor of `properties`. `before` is what had been counted when it
  /// began.
  mutating func define(_ properties: Properties, _ tree: Tree, since before: Int) {
    guard let name = properties.anchor else { return }
    var size = max(1, nodes + aliased - before)
    if let scalar = builder.scalar(of: tree) { size += scalar.text.utf8.count >> 6 }
    anchors[name] = Anchor(tree: tree, nodes: size, height: max(0, deepest - depth))
  }

  mutating func startMeasure() -> (nodes: Int, deepest: Int) {
    let outer = deepest
    deepest = depth
    return (nodes + aliased, outer)
  }

  mutating func endMeasure(_ measure: (nodes: Int, deepest: Int)) {
    deepest = max(measure.deepest, deepest)
  }

  private mutating func retagged(
    _ tree: Tree, _ properties: Properties
  ) throws(YAML.ParseError) -> Tree {
    guard let scalar = builder.scalar(of: tree) else {
      return properties.tag == "!!set" ? builder.set(tree) : tree
    }
    return builder.scalar(try retagged(scalar, properties), at: position())
  }

  /// Applies an explicit tag. Unknown tags say nothing, as in kustomize.
  func retagged(
    _ scalar: Scalar, _ properties: Properties
  ) throws(YAML.ParseError) -> Scalar {
    guard let tag = properties.tag else { return scalar }
    var result = scalar
    let plain = YAMLResolver.tag(of: scalar.text, dialect: dialect)
    switch tag {
    case "!!str", "!": result.tag = .string
    case "!!binary": result.tag = .binary
    case "!!null", "!!bool", "!!int", "!!timestamp":
      let expected: ScalarTag =
        switch tag {
        case "!!null": .null
        case "!!bool": .bool
        case "!!int": .int
        default: .timestamp
        }
      guard plain == expected || tag == "!!timestamp" && dialect == .yaml11 else {
        throw fail("expected a scalar that fits its tag \(tag)")
      }
      result.tag = plain
      if plain == .null { result.style = .plain }
    case "!!float":
      guard plain == .float || plain == .int else {
        throw fail("expected a scalar that fits its tag \(tag)")
      }
      result.tag = .float
    default: break
    }
    return result
  }
}
