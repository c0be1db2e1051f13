/// One place where an object is not what its schema says.
public struct SchemaViolation: Sendable, Hashable, CustomStringConvertible {
  public enum Step: Sendable, Hashable {
    case key(String)
    case index(Int)
  }

  /// What is wrong, for those who look for the place in a file.
  public enum Problem: Sendable, Hashable {
    /// The last step of the path is a key that the schema does not know.
    case unknownField
    /// The path leads to a value of another form than expected.
    case wrongValue
    /// The path leads to a mapping that lacks this key.
    case missingField(String)
  }

  public let path: [Step]
  public let problem: Problem
  /// What is wrong and what was expected, with the path; never the text of a field.
  public let message: String
  /// What to do, as an order without a full stop; `nil` where the message says it all.
  public let remedy: String?

  public var description: String { remedy.map { "\(message); \($0)" } ?? message }
}

extension [SchemaViolation.Step] {
  /// `spec.template.spec.containers[0].image`; keys with other characters stand in brackets.
  public var fieldPath: String {
    var text = ""
    for step in self {
      switch step {
      case .index(let index): text += "[\(index)]"
      case .key(let key):
        let isPlain = key.utf8.allSatisfy {
          UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20
            || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: "-")
            || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "$")
        }
        text += isPlain ? (text.isEmpty ? key : ".\(key)") : "['\(key)']"
      }
    }
    return text
  }
}
