import Manifests

/// How one kind of value stands in a fleet file: what it looks like, and how it is read. The
/// decoder, the JSON Schemas and the reference pages all come from the same codec, so they cannot
/// tell different stories.
struct Codec<Value>: Sendable {
  /// Computed on demand: describing an object runs its reader without input.
  let shape: @Sendable () -> Shape
  /// The value, or `nil` after having reported why there is none.
  let decode: @Sendable (LocatedNode, DecodingContext) -> Value?

  init(
    _ shape: @escaping @autoclosure @Sendable () -> Shape,
    decode: @escaping @Sendable (LocatedNode, DecodingContext) -> Value?
  ) {
    self.shape = shape
    self.decode = decode
  }

  /// The same form in files, another value in memory.
  func map<Other>(_ change: @escaping @Sendable (Value) -> Other) -> Codec<Other> {
    Codec<Other>(shape(), decode: { node, context in decode(node, context).map(change) })
  }

  /// The value together with its place.
  var located: Codec<Located<Value>> {
    Codec<Located<Value>>(
      shape(),
      decode: { node, context in
        decode(node, context).map { Located(value: $0, position: node.position) }
      })
  }
}

/// A value and where it stands.
struct Located<Value> {
  let value: Value
  let position: YAML.Position
}

extension Located: Sendable where Value: Sendable {}

/// What a value looks like, for schemas, reference pages and messages.
indirect enum Shape: Sendable {
  /// Text; `form` completes 'expected …', `pattern` is a regular expression for schemas.
  case text(form: String, pattern: String?)
  case boolean
  case integer(minimum: Int, maximum: Int?)
  case choice([String])
  case list(of: Shape, minimum: Int)
  /// Keys are free within `keyPattern`; `keys` is their plural in words.
  case map(of: Shape, keys: String, keyPattern: String)
  case object(ObjectShape)
  case either([Shape])
  /// Known to the model, read by no version yet.
  case anything

  /// Completes 'expected …'.
  var noun: String {
    switch self {
    case .text(let form, _): form
    case .boolean: "true or false"
    case .integer(let minimum, nil): "a whole number from \(minimum) up"
    case .integer(let minimum, let maximum?): "a whole number from \(minimum) to \(maximum)"
    case .choice(let words): words.isEmpty ? "nothing" : words.listed(by: "or")
    case .list(let item, _): "a list of \(item.plural)"
    case .map(_, let keys, _): "a mapping from \(keys) to text"
    case .object(let object): "a mapping with the fields of \(object.name)"
    case .either(let shapes): shapes.map(\.noun).joined(separator: ", or ")
    case .anything: "any value"
    }
  }

  private var plural: String {
    switch self {
    case .object(let object): "\(object.name) mappings"
    case .choice(let words): words.listed(by: "and")
    default: "items, each \(noun)"
    }
  }
}

/// The fields of one mapping.
struct ObjectShape: Sendable {
  /// As messages and schemas call it, such as `Environment` or `Wave`.
  let name: String
  let summary: String
  var fields: [FieldShape] = []
  /// Groups of fields of which one must be there, or at most one may be.
  var alternatives: [(names: [String], required: Bool)] = []
  /// Groups of paths of which at least one must lead to a value.
  var demands: [[[String]]] = []
}

struct FieldShape: Sendable {
  let name: String
  let summary: String
  let required: Bool
  /// What holds when the field is absent, in words or as it would be written.
  let absent: String?
  let shape: Shape
}

extension [String] {
  /// `'a', 'b' or 'c'`.
  func listed(by conjunction: String) -> String {
    let quoted = map { "'\($0)'" }
    guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
    return quoted.dropLast().joined(separator: ", ") + " \(conjunction) \(last)"
  }
}

/// Where the reader of one file notes what it finds. Used by one task at a time.
final class DecodingContext {
  let file: String
  let availability: Availability
  private(set) var findings: [Finding] = []
  private let source: [UInt8]
  /// Places inside of scalars that are still looked for: a file with more faults is no honest one,
  /// and each takes a walk through it.
  private var placesLeft = 50

  init(file: String, source: [UInt8], availability: Availability) {
    self.file = file
    self.source = source
    self.availability = availability
  }

  /// The place of a byte of a scalar's text.
  func position(of offset: Int, in scalar: LocatedNode) -> YAML.Position {
    guard placesLeft > 0 else { return scalar.position }
    placesLeft -= 1
    return YAML.position(of: offset, in: scalar, source: source)
  }

  func report(
    _ severity: Finding.Severity = .error, at position: YAML.Position, _ message: String,
    remedy: String? = nil
  ) {
    findings.append(
      Finding(
        file: file, line: position.line, column: position.column, severity: severity,
        message: message, remedy: remedy))
  }

  /// Says that `node` is of the wrong type. Its text is not repeated: it may be a credential that
  /// somebody pasted where a reference belongs.
  func mismatch(_ node: LocatedNode, expected: String, remedy: String? = nil) {
    report(
      at: node.position, "expected \(expected), found \(node.kind.noun)", remedy: remedy)
  }
}

extension LocatedNode.Kind {
  /// What stands here, for messages.
  var noun: String {
    switch self {
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .scalar(let scalar):
      switch scalar.tag {
      case .null: "nothing"
      case .bool: "the boolean \(scalar.text)"
      case .int, .float: "a number"
      case .timestamp: "a date"
      case .binary: "binary data"
      case .string: scalar.text.isEmpty ? "an empty text" : "text"
      }
    }
  }
}
