/// A number of any type, compared by its mathematical value.
enum Number {
  case int(Int64)
  case uint(UInt64)
  case double(Double)

  init?(_ value: Value) {
    switch value {
    case .int(let value): self = .int(value)
    case .uint(let value): self = .uint(value)
    case .double(let value): self = .double(value)
    default: return nil
    }
  }

  /// `nil` for what is no whole number.
  var whole: Int? {
    switch self {
    case .int(let value): Int(exactly: value)
    case .uint(let value): Int(exactly: value)
    case .double(let value): Int(exactly: value)
    }
  }

  /// -1, 0 or 1; `nil` where one of them is no number (NaN).
  static func order(_ a: Number, _ b: Number) -> Int? {
    switch (a, b) {
    case (.int(let x), .int(let y)): sign(x, y)
    case (.uint(let x), .uint(let y)): sign(x, y)
    case (.int(let x), .uint(let y)): x < 0 ? -1 : sign(UInt64(x), y)
    case (.uint(let x), .int(let y)): y < 0 ? 1 : sign(x, UInt64(y))
    case (.double(let x), .double(let y)): x.isNaN || y.isNaN ? nil : sign(x, y)
    case (.double(let x), .int(let y)): order(x, y)
    case (.double(let x), .uint(let y)): order(x, y)
    case (.int(let x), .double(let y)): order(y, x).map { -$0 }
    case (.uint(let x), .double(let y)): order(y, x).map { -$0 }
    }
  }

  private static func sign<Value: Comparable>(_ a: Value, _ b: Value) -> Int {
    a < b ? -1 : a > b ? 1 : 0
  }

  /// Exact: no integer is rounded to a double.
  private static func order<Integer: FixedWidthInteger>(_ x: Double, _ y: Integer) -> Int? {
    if x.isNaN { return nil }
    let whole = x.rounded(.down)
    guard let floor = Integer(exactly: whole) else { return x < 0 ? -1 : 1 }
    return floor == y ? (x > whole ? 1 : 0) : sign(floor, y)
  }
}

extension Evaluation {
  /// Equality across all types: numbers by value, lists and maps by their elements, and values of
  /// different types are not equal.
  mutating func areEqual(_ a: Value, _ b: Value, at offset: Int) throws(EvaluationFailure) -> Bool {
    try spend(1, at: offset)
    if let x = Number(a), let y = Number(b) { return Number.order(x, y) == 0 }
    switch (a, b) {
    case (.null, .null): return true
    case (.bool(let x), .bool(let y)): return x == y
    case (.type(let x), .type(let y)): return x == y
    case (.string(let x), .string(let y)):
      guard x.utf8.count == y.utf8.count else { return false }
      try spend(text: x, at: offset)
      return x.utf8.elementsEqual(y.utf8)
    case (.list(let x), .list(let y)):
      guard x.count == y.count else { return false }
      for index in 0..<x.count {
        guard let one = x.value(at: index), let other = y.value(at: index),
          try areEqual(one, other, at: offset)
        else { return false }
      }
      return true
    case (.map(let x), .map(let y)):
      guard x.count == y.count else { return false }
      try spend(x.count, at: offset)
      for key in x.keys {
        // Looking a key up in an object goes through its keys.
        try spend(1 + y.count / 16, at: offset)
        guard let one = x.value(of: key), let other = y.value(of: key),
          try areEqual(one, other, at: offset)
        else { return false }
      }
      return true
    case (.optional(let x), .optional(let y)):
      guard let x, let y else { return x == nil && y == nil }
      return try areEqual(x, y, at: offset)
    default: return false
    }
  }

  /// `<` and its kin: numbers, strings by code points, false before true.
  func order(_ a: Value, _ b: Value) -> Order {
    if let x = Number(a), let y = Number(b) {
      return Number.order(x, y).map { .sign($0) } ?? .unordered
    }
    switch (a, b) {
    case (.bool(let x), .bool(let y)): return .sign((x ? 1 : 0) - (y ? 1 : 0))
    case (.string(let x), .string(let y)):
      // UTF-8 sorts as code points do.
      if x.utf8.lexicographicallyPrecedes(y.utf8) { return .sign(-1) }
      return .sign(y.utf8.lexicographicallyPrecedes(x.utf8) ? 1 : 0)
    default: return .none
    }
  }

  enum Order {
    case sign(Int)
    /// One of them is NaN: nothing but `!=` holds.
    case unordered
    /// Their types have no order.
    case none
  }
}

/// Whether `text` holds `part`: Knuth, Morris and Pratt, in time of both lengths.
func contains(_ text: String.UTF8View, _ part: [UInt8]) -> Bool {
  guard !part.isEmpty else { return true }
  var fallback = [Int](repeating: 0, count: part.count)
  var length = 0
  for index in part.indices.dropFirst() {
    while length > 0, part[index] != part[length] { length = fallback[length - 1] }
    if part[index] == part[length] { length += 1 }
    fallback[index] = length
  }
  length = 0
  for byte in text {
    while length > 0, byte != part[length] { length = fallback[length - 1] }
    if byte == part[length] { length += 1 }
    if length == part.count { return true }
  }
  return false
}
