/// One node of a parsed expression. Equality leaves places out.
struct Term: Sendable {
  /// Of the operator or name that it is about, in bytes of UTF-8.
  let offset: Int
  let form: Form
  /// Of the tree below, itself included.
  let depth: Int

  init(_ form: Form, at offset: Int) {
    self.form = form
    self.offset = offset
    depth = 1 + (form.parts.map(\.depth).max() ?? 0)
  }
}

extension Term: Hashable {
  static func == (a: Term, b: Term) -> Bool { a.form == b.form }
  func hash(into hasher: inout Hasher) { hasher.combine(form) }
}

indirect enum Form: Sendable, Hashable {
  case literal(Literal)
  /// What a macro bound.
  case variable(String)
  /// A top-level field of the object; with a leading dot its existence was vouched for.
  case field(String, hasDot: Bool)
  case list([Term])
  case map([MapEntry])
  /// `a.b`, or `a.?b`.
  case select(Term, String, isOptional: Bool)
  /// `a[b]`, or `a[?b]`.
  case index(Term, Term, isOptional: Bool)
  /// `has(a.b)`.
  case has(Term, String)
  case not(Term)
  case negate(Term)
  case binary(BinaryOperator, Term, Term)
  case conditional(Term, Term, Term)
  /// The target of a method is the first argument.
  case call(Function, [Term])
  /// `range.macro(variable, steps…)`.
  case comprehension(Macro, Term, String, [Term])

  var parts: [Term] {
    switch self {
    case .literal, .variable, .field: []
    case .list(let terms), .call(_, let terms): terms
    case .map(let entries): entries.flatMap { [$0.key, $0.value] }
    case .select(let term, _, _), .has(let term, _), .not(let term), .negate(let term): [term]
    case .index(let a, let b, _), .binary(_, let a, let b): [a, b]
    case .conditional(let a, let b, let c): [a, b, c]
    case .comprehension(_, let range, _, let steps): [range] + steps
    }
  }
}

struct MapEntry: Sendable, Hashable {
  let key: Term
  let value: Term
}

enum Literal: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int64)
  case uint(UInt64)
  case double(Double)
  case string(String)
  case type(ValueType)
}

enum BinaryOperator: String, Sendable, Hashable, CaseIterable {
  case or = "||"
  case and = "&&"
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case equal = "=="
  case unequal = "!="
  case `in` = "in"
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case remainder = "%"

  /// Of langdef.md, turned round: what binds closer has more.
  var precedence: Int {
    switch self {
    case .or: 1
    case .and: 2
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .unequal, .in: 3
    case .add, .subtract: 4
    case .multiply, .divide, .remainder: 5
    }
  }
}

/// The functions of the subset, macros apart.
enum Function: String, Sendable, Hashable, CaseIterable {
  case size, type, int, uint, double, string, bool, dyn
  case startsWith, endsWith, contains
  case orValue, or, hasValue, value
  case optionalOf = "optional.of"
  case optionalNone = "optional.none"

  enum Style { case function, method }

  /// How many arguments it takes in a style, a method's target not counted; `nil` where it has no
  /// such style.
  func arguments(as style: Style) -> Int? {
    switch (self, style) {
    case (.size, .method), (.hasValue, .method), (.value, .method): 0
    case (.startsWith, .method), (.endsWith, .method), (.contains, .method), (.orValue, .method),
      (.or, .method):
      1
    case (.size, .function), (.type, .function), (.int, .function), (.uint, .function),
      (.double, .function), (.string, .function), (.bool, .function), (.dyn, .function),
      (.optionalOf, .function):
      1
    case (.optionalNone, .function): 0
    default: nil
    }
  }

  /// Whether calls are printed as `target.name(…)`. `size` has both styles and one meaning.
  var isMethod: Bool { arguments(as: .function) == nil }

  static func names(as style: Style) -> [String] {
    allCases.filter { $0.arguments(as: style) != nil }.map(\.rawValue)
  }

  /// What people who know CEL may look for in vain.
  static let leftOut: Set = [
    "matches", "timestamp", "duration", "bytes", "getDate", "getDayOfMonth", "getDayOfWeek",
    "getDayOfYear", "getFullYear", "getHours", "getMilliseconds", "getMinutes", "getMonth",
    "getSeconds", "charAt", "format", "indexOf", "join", "lastIndexOf", "lowerAscii", "quote",
    "replace", "reverse", "split", "substring", "trim", "upperAscii", "optMap", "optFlatMap",
    "ofNonZeroValue", "transformList", "transformMap", "encode", "decode", "intersects",
    "equivalent", "bind", "sort", "isSorted", "sum", "min", "max", "quantity", "isQuantity", "url",
    "ip", "cidr", "semver", "find", "findAll",
  ]
}

enum Macro: String, Sendable, Hashable, CaseIterable {
  case all, exists, filter, map
  case existsOne = "exists_one"

  /// The newer spelling of `exists_one` is the same macro.
  static func named(_ name: String) -> Macro? {
    name == "existsOne" ? .existsOne : Macro(rawValue: name)
  }
}

/// The types of values, as `type()` names them.
enum ValueType: String, Sendable, Hashable, CaseIterable {
  case null = "null_type"
  case bool, int, uint, double, string, list, map, type
  case optional = "optional_type"

  /// For messages.
  var noun: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .int: "an int"
    case .uint: "a uint"
    case .double: "a double"
    case .string: "a string"
    case .list: "a list"
    case .map: "a map"
    case .type: "a type"
    case .optional: "an optional value"
    }
  }
}
