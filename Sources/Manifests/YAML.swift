/// YAML into and out of ``Node``, with kustomize's rules for scalars on both sides.
///
/// The reader is total: on any bytes it answers or throws ``YAML/ParseError``, within bounds for
/// size, depth and the work that aliases can cause. Own code because it is thirty times faster
/// than the alternatives, keeps the order of keys and the text of numbers, and knows positions.
public enum YAML {
  /// Which plain scalars are more than strings.
  public enum Dialect: Sendable {
    /// What kustomize applies to resources: YAML 1.2 booleans, octal numbers and timestamps.
    case resource
    /// What kustomize applies to its own files: `yes`, `on`, `n` … are booleans, too, and
    /// timestamps are strings.
    case yaml11
  }

  /// What becomes of a key that a mapping has twice.
  public enum DuplicateKeys: Sendable {
    case refuse
    case lastWins
  }

  /// A place in a text; both counts start at 1, columns count characters.
  public struct Position: Sendable, Hashable, CustomStringConvertible {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }

    public var description: String { "\(line):\(column)" }
  }

  /// Why a text is no YAML that is read here, with the place of the fault.
  public struct ParseError: Error, Sendable, Equatable, CustomStringConvertible {
    public let line: Int
    public let column: Int
    /// What was found wrong and what was expected instead.
    public let problem: String

    public init(line: Int, column: Int, problem: String) {
      self.line = line
      self.column = column
      self.problem = problem
    }

    public var position: Position { Position(line: line, column: column) }
    public var description: String { "line \(line), column \(column): \(problem)" }
  }

  /// Longest text that is read, in bytes.
  public static let maximumSize = 32 << 20
  /// Deepest nesting that is read, aliases followed.
  public static let maximumDepth = 512
  /// Most nodes that a text may hold.
  public static let maximumNodes = 4 << 20
  /// Most nodes that the aliases of a text may stand for.
  public static let maximumAliasedNodes = 1 << 20

  /// Reads all documents of a text. Anchors, aliases and merge keys are expanded. An empty
  /// document between explicit markers is null; a text without content has no documents.
  public static func parse(
    _ bytes: [UInt8], dialect: Dialect = .resource, duplicateKeys: DuplicateKeys = .refuse
  ) throws(ParseError) -> [Node] {
    try read(bytes, dialect, NodeBuilder(duplicateKeys: duplicateKeys))
  }

  public static func parse(
    _ text: String, dialect: Dialect = .resource, duplicateKeys: DuplicateKeys = .refuse
  ) throws(ParseError) -> [Node] {
    try parse(Array(text.utf8), dialect: dialect, duplicateKeys: duplicateKeys)
  }

  /// Reads all documents of a text and keeps the place of every key and value. Duplicate keys are
  /// reported in ``LocatedMapping/duplicates``, not refused.
  public static func parseLocated(
    _ bytes: [UInt8], dialect: Dialect = .resource
  ) throws(ParseError) -> [LocatedNode] {
    try read(bytes, dialect, LocatedBuilder())
  }

  public static func parseLocated(
    _ text: String, dialect: Dialect = .resource
  ) throws(ParseError) -> [LocatedNode] {
    try parseLocated(Array(text.utf8), dialect: dialect)
  }

  private static func read<Builder: YAMLTreeBuilder>(
    _ bytes: [UInt8], _ dialect: Dialect, _ builder: Builder
  ) throws(ParseError) -> [Builder.Tree] {
    let text = try YAMLText.checked(bytes)
    // A typed throw through `withUnsafeBufferPointer` needs the detour over a result.
    return try text.withUnsafeBufferPointer { buffer -> Result<[Builder.Tree], ParseError> in
      var reader = YAMLReader(buffer, dialect: dialect, builder: builder)
      do throws(ParseError) {
        return .success(try reader.documents())
      } catch {
        return .failure(error)
      }
    }.get()
  }

  /// Writes one document exactly as kustomize does: block style, keys in kustomize's order, lines
  /// folded after column 80, strings quoted where YAML 1.1 would misread them.
  ///
  /// Throws ``SerializeError`` for what the JSON between kustomize's reader and writer cannot
  /// hold.
  public static func serialize(_ node: Node) throws(SerializeError) -> [UInt8] {
    var emitter = YAMLEmitter()
    try emitter.document(node)
    return emitter.output
  }

  /// Why a tree has no output.
  public struct SerializeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Keys and indexes from the root to the fault.
    public internal(set) var path: [String]
    public let problem: String

    public var description: String {
      path.isEmpty ? problem : "\(path.joined(separator: ".")): \(problem)"
    }
  }
}

extension YAML {
  /// The value of a number scalar in any of YAML's spellings: the decimal text of an integer that
  /// fits 64 bits, and the value as a double. `nil` for what is no number.
  public static func number(_ scalar: Scalar) -> (integer: String?, double: Double)? {
    YAMLNumber.value(of: scalar).map { ($0.integer?.text, $0.double) }
  }

  /// A finite double as kustomize prints it.
  public static func text(of number: Double) -> String { YAMLNumber.text(of: number) }

  /// A finite double as Go's JSON has it: what a number's text becomes in a member of a list.
  public static func jsonText(of number: Double) -> String { YAMLNumber.jsonText(of: number) }

  /// A finite double as Go's `%g` prints it: what a number's text becomes in a JSON 6902 patch.
  public static func generalText(of number: Double) -> String {
    YAMLNumber.generalText(of: number)
  }

  /// The RFC 3339 form of a YAML timestamp; `nil` for what is none.
  public static func timestamp(_ text: String) -> String? { YAMLTimestamp.text(of: text) }

  /// What kustomize makes of the value of a folded scalar (`>`) when it writes and reads it again.
  public static func refolded(_ text: String) -> String { FoldedText.rewritten(text) }

  /// Whether a string with this text is not written plainly.
  public static func needsQuotes(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { ScalarLayout($0).style != .plain }
  }

  /// What a plain scalar with this text means.
  public static func tag(of text: String, dialect: Dialect = .resource) -> ScalarTag {
    YAMLResolver.tag(of: text, dialect: dialect)
  }
}
