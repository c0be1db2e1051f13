import Manifests

/// `int()`, `uint()`, `double()`, `string()` and `bool()`.
extension Evaluation {
  mutating func convert(
    _ value: Value, to function: Function, at offset: Int
  ) throws(EvaluationFailure) -> Value {
    if case .string(let text) = value { try spend(text: text, at: offset) }
    let result: Value? =
      switch function {
      case .int: Self.int(value).map { .int($0) }
      case .uint: Self.uint(value).map { .uint($0) }
      case .double: Self.double(value).map { .double($0) }
      case .string: Self.string(value).map { .string($0) }
      default: Self.bool(value).map { .bool($0) }
      }
    guard let result else {
      throw EvaluationFailure(
        offset: offset, message: "\(value.noun) has no conversion to \(function.rawValue)")
    }
    return result
  }

  private static func int(_ value: Value) -> Int64? {
    switch value {
    case .int(let value): value
    case .uint(let value): Int64(exactly: value)
    case .double(let value): Int64(exactly: value.rounded(.towardZero))
    case .string(let text): Int64(text)
    default: nil
    }
  }

  private static func uint(_ value: Value) -> UInt64? {
    switch value {
    case .int(let value): UInt64(exactly: value)
    case .uint(let value): value
    case .double(let value): UInt64(exactly: value.rounded(.towardZero))
    case .string(let text): UInt64(text)
    default: nil
    }
  }

  private static func double(_ value: Value) -> Double? {
    switch value {
    case .int(let value): Double(value)
    case .uint(let value): Double(value)
    case .double(let value): value
    case .string(let text): Double(text)
    default: nil
    }
  }

  private static func string(_ value: Value) -> String? {
    switch value {
    case .int(let value): "\(value)"
    case .uint(let value): "\(value)"
    case .double(let value): value.isFinite ? YAML.generalText(of: value) : text(ofInfinite: value)
    case .bool(let value): value ? "true" : "false"
    case .string(let text): text
    default: nil
    }
  }

  private static func text(ofInfinite value: Double) -> String {
    value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf"
  }

  private static func bool(_ value: Value) -> Bool? {
    switch value {
    case .bool(let value): value
    case .string("true"), .string("True"), .string("TRUE"), .string("t"), .string("T"),
      .string("1"):
      true
    case .string("false"), .string("False"), .string("FALSE"), .string("f"), .string("F"),
      .string("0"):
      false
    default: nil
    }
  }
}
