/// A Kubernetes label selector: requirements that must all hold.
public struct LabelSelector: Sendable, Hashable, Codable, CustomStringConvertible {
  public enum Operator: String, Sendable, Hashable, Codable {
    case isIn = "In"
    case notIn = "NotIn"
    case exists = "Exists"
    case doesNotExist = "DoesNotExist"
  }

  public struct Requirement: Sendable, Hashable, Codable {
    public var key: String
    public var `operator`: Operator
    /// Sorted; empty for `exists` and `doesNotExist`.
    public var values: [String]

    public init(_ key: String, _ operator: Operator, _ values: [String] = []) {
      self.key = key
      self.operator = `operator`
      self.values = values.sorted()
    }

    /// As in Kubernetes, `notIn` holds for labels that lack the key.
    public func matches(_ labels: [String: String]) -> Bool {
      switch `operator` {
      case .isIn: labels[key].map(values.contains) ?? false
      case .notIn: labels[key].map { !values.contains($0) } ?? true
      case .exists: labels[key] != nil
      case .doesNotExist: labels[key] == nil
      }
    }
  }

  public var requirements: [Requirement]

  /// Without requirements a selector matches everything.
  public init(_ requirements: [Requirement] = []) { self.requirements = requirements }

  public func matches(_ labels: [String: String]) -> Bool {
    requirements.allSatisfy { $0.matches(labels) }
  }

  /// Why a text is no selector.
  public struct SyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
    public let selector: String
    public let reason: String
    public var description: String { "label selector '\(selector)': \(reason)" }
  }

  /// Reads Kubernetes' text form: `a=b,c!=d,e in (x,y),f notin (z),g,!h`.
  public init(parsing text: String) throws {
    var requirements: [Requirement] = []
    for part in LabelSelector.split(text) {
      requirements.append(try LabelSelector.requirement(part, in: text))
    }
    self.init(requirements)
  }

  /// Splits at commas outside of parentheses.
  private static func split(_ text: String) -> [String] {
    var parts: [String] = []
    var part = ""
    var depth = 0
    for character in text {
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      if character == ",", depth == 0 {
        parts.append(part)
        part = ""
      } else {
        part.append(character)
      }
    }
    parts.append(part)
    if parts.count == 1, trim(parts[0]).isEmpty { return [] }
    return parts
  }

  private static func trim(_ text: some StringProtocol) -> String {
    String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }

  private static func requirement(_ part: String, in text: String) throws -> Requirement {
    func checked(_ key: String) throws -> String {
      guard !key.isEmpty,
        key.allSatisfy({ $0.isASCII && !$0.isWhitespace && !"()!=<>,".contains($0) })
      else { throw SyntaxError(selector: text, reason: "'\(trim(part))' has no valid key") }
      return key
    }
    let trimmed = trim(part)
    if trimmed.hasSuffix(")"), let open = trimmed.firstIndex(of: "(") {
      let words = trimmed[..<open].split(whereSeparator: \.isWhitespace).map(String.init)
      guard words.count == 2, words[1] == "in" || words[1] == "notin" else {
        throw SyntaxError(
          selector: text, reason: "'\(trimmed)' is neither 'key in (…)' nor 'key notin (…)'")
      }
      let inside = trimmed[trimmed.index(after: open)...].dropLast()
      let values = inside.split(separator: ",", omittingEmptySubsequences: false).map(trim)
      return Requirement(try checked(words[0]), words[1] == "in" ? .isIn : .notIn, values)
    }
    if trimmed.hasPrefix("!") {
      return Requirement(try checked(trim(trimmed.dropFirst())), .doesNotExist)
    }
    for (sign, kind) in [("!=", Operator.notIn), ("==", .isIn), ("=", .isIn)] {
      if let range = trimmed.firstRange(of: sign) {
        let value = trim(trimmed[range.upperBound...])
        guard !value.contains(where: { "=!()".contains($0) || $0.isWhitespace }) else {
          throw SyntaxError(selector: text, reason: "'\(trimmed)' has no valid value")
        }
        return Requirement(try checked(trim(trimmed[..<range.lowerBound])), kind, [value])
      }
    }
    return Requirement(try checked(trimmed), .exists)
  }

  /// The text form that ``init(parsing:)`` reads.
  public var description: String {
    requirements.map { requirement in
      switch requirement.operator {
      case .isIn where requirement.values.count == 1:
        "\(requirement.key)=\(requirement.values[0])"
      case .notIn where requirement.values.count == 1:
        "\(requirement.key)!=\(requirement.values[0])"
      case .isIn: "\(requirement.key) in (\(requirement.values.joined(separator: ",")))"
      case .notIn: "\(requirement.key) notin (\(requirement.values.joined(separator: ",")))"
      case .exists: requirement.key
      case .doesNotExist: "!\(requirement.key)"
      }
    }.joined(separator: ",")
  }
}
