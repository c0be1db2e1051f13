public import Manifests

/// An expression about a Kubernetes object in a subset of the Common Expression Language
/// (github.com/google/cel-spec, doc/langdef.md): docs/health-expressions.md defines it.
///
/// Evaluation reads the object and nothing else, ends within ``stepLimit`` steps, and fails with an
/// error where CEL does. Equality is that of the text.
public struct CommonExpression: Sendable {
  /// Bounds of what is parsed. They may grow and never shrink: what was stored must be read again.
  public static let maximumLength = 8192
  /// Of brackets, conditionals and macros inside each other.
  public static let maximumNesting = 50
  /// Of the expression as a tree, so that no evaluation needs more stack than there is.
  public static let maximumDepth = 100
  /// What one evaluation may do: each operation, element and 16 bytes of text that it looks at or
  /// makes is a step.
  public static let stepLimit = 100_000

  /// As it was written.
  public let text: String
  let root: Term

  /// Throws the first fault, with its place.
  public init(parsing text: String) throws(ExpressionFault) {
    guard text.utf8.count <= Self.maximumLength else {
      throw ExpressionFault(
        offset: 0,
        message: "the expression has \(text.utf8.count) bytes, more than the "
          + "\(Self.maximumLength) that it may have")
    }
    var parser = Parser(try Lexer.lexemes(of: text))
    root = try parser.wholeExpression()
    self.text = text
  }

  /// What cannot come out well on any object: names that are unknown, operations on types that have
  /// none such, a result that is neither true nor false. In the order of the text.
  ///
  /// - Parameter fields: names of top-level fields that objects may have. Others are known by a
  ///   leading dot: `.results`.
  public func faults(fields: [String]) -> [ExpressionFault] {
    var check = TypeCheck(fields: fields)
    check.demandCondition(root)
    return check.faults.sorted { $0.offset < $1.offset }
  }

  /// Whether the expression is true for `object`, whose top-level fields are its variables. Any other
  /// result than true or false is an error.
  public func isTrue(for object: Node) throws(EvaluationFailure) -> Bool {
    var evaluation = Evaluation(object)
    return try evaluation.condition(root)
  }

  /// The value of the expression for `object`.
  public func value(for object: Node) throws(EvaluationFailure) -> Value {
    var evaluation = Evaluation(object)
    return try evaluation.value(of: root)
  }

  /// The expression with as few brackets and spaces as it takes; means the same.
  public var canonicalText: String { Printer.text(of: root) }
}

extension CommonExpression: Hashable {
  public static func == (a: CommonExpression, b: CommonExpression) -> Bool { a.text == b.text }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// Encoded as its text.
extension CommonExpression: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    try self.init(parsing: container.decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

extension CommonExpression: CustomStringConvertible {
  public var description: String { text }
}

/// What is wrong with an expression, whatever the object.
public struct ExpressionFault: Error, Sendable, Hashable, CustomStringConvertible {
  /// A name that nothing has, and those that something has.
  public struct UnknownName: Sendable, Hashable {
    public let name: String
    public let known: [String]
  }

  /// Where in the text, in bytes of UTF-8.
  public let offset: Int
  /// What is wrong and what was expected.
  public let message: String
  /// What to do about it, as an order without a full stop.
  public let remedy: String?
  public let unknown: UnknownName?

  init(offset: Int, message: String, remedy: String? = nil, unknown: UnknownName? = nil) {
    self.offset = offset
    self.message = message
    self.remedy = remedy
    self.unknown = unknown
  }

  public var description: String {
    "at \(offset): \(message)" + (remedy.map { "; \($0)" } ?? "")
  }
}

/// Why an expression has no value for an object: an error in the sense of CEL, or its end by
/// ``CommonExpression/stepLimit``.
public struct EvaluationFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// Where in the text, in bytes of UTF-8.
  public let offset: Int
  public let message: String
  /// Whether the evaluation was ended because it took too long. No operator absorbs that.
  public let isOutOfSteps: Bool

  init(offset: Int, message: String, isOutOfSteps: Bool = false) {
    self.offset = offset
    self.message = message
    self.isOutOfSteps = isOutOfSteps
  }

  public var description: String { message }
}
