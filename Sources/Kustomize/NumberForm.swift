internal import Manifests

/// What becomes of numbers on kustomize's detours over JSON.
enum NumberForm {
  /// The value of a scalar that is a whole number.
  static func integer(_ scalar: Scalar) -> Int? {
    Int(text(of: scalar) ?? "")
  }

  /// A number as kustomize prints it; `nil` for infinities and not-a-number.
  static func text(of scalar: Scalar) -> String? { text(of: scalar, YAML.text) }

  private static func text(of scalar: Scalar, _ form: (Double) -> String) -> String? {
    guard let number = YAML.number(scalar) else { return nil }
    if let integer = number.integer { return integer }
    return number.double.isFinite ? form(number.double) : nil
  }

  /// A number as Go's JSON has it.
  static func inJSON(_ scalar: Scalar) -> String? { text(of: scalar, YAML.jsonText) }

  /// A number after the detour over JSON, as text.
  private static func text(of scalar: Scalar, throughDouble: Bool) -> String? {
    guard throughDouble else { return text(of: scalar, YAML.jsonText) }
    guard let number = YAML.number(scalar), number.double.isFinite else { return nil }
    return YAML.generalText(of: number.double)
  }

  /// The scalar with a decimal text.
  static func number(_ text: String) -> Node {
    let isInteger = Int64(text) != nil || UInt64(text) != nil
    return .scalar(Scalar(text, tag: isInteger ? .int : .float))
  }

  /// The tree as it looks after a detour over JSON: integral floats have become integers and
  /// timestamps strings. With `throughDouble`, as in a JSON 6902 patch, integers beyond 2^53 are
  /// rounded.
  static func throughJSON(_ node: Node, throughDouble: Bool = false) -> Node {
    switch node {
    case .sequence(let items):
      return .sequence(items.map { throughJSON($0, throughDouble: throughDouble) })
    case .mapping(var mapping):
      for index in mapping.pairs.indices {
        mapping.pairs[index].value = throughJSON(
          mapping.pairs[index].value, throughDouble: throughDouble)
        mapping.pairs[index].keyTag = .string
      }
      return .mapping(mapping)
    case .scalar(let scalar):
      switch scalar.tag {
      case .null: return scalar.style == .plain ? .null : .string("")
      case .bool: return .bool(scalar.text.first == "t" || scalar.text.first == "T")
      case .string where scalar.style == .folded:
        return throughJSON(
          .scalar(Scalar(YAML.refolded(scalar.text), tag: .string)),
          throughDouble: throughDouble)
      case .string:
        // A patch leaves quotes where they are needed only.
        let isQuoted = !throughDouble || YAML.needsQuotes(scalar.text)
        return .scalar(
          Scalar(scalar.text, tag: .string, style: isQuoted ? .doubleQuoted : .plain))
      case .timestamp: return .string(YAML.timestamp(scalar.text) ?? scalar.text)
      case .binary:
        guard let bytes = Base64.decode(scalar.text) else { return node }
        return .string(String(decoding: bytes, as: UTF8.self))
      case .int, .float:
        guard let text = text(of: scalar, throughDouble: throughDouble) else { return node }
        return number(text)
      }
    }
  }
}
