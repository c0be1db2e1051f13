public import Manifests

/// One place where an object is not what its schema says.
public struct SchemaViolation: Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, for those who look for the place in a file.
  public enum Problem: Sendable, Hashable {
    /// The last step of the path is a key that the schema does not know.
    case unknownField
    /// The path leads to a value of another form than expected.
    case wrongValue
    /// The path leads to a mapping that lacks this key.
    case missingField(String)
  }

  public let path: NodePath
  public let problem: Problem
  /// What is wrong and what was expected, with the path; never the text of a field.
  public let message: String
  /// What to do, as an order without a full stop; `nil` where the message says it all.
  public let remedy: String?

  public var description: String { remedy.map { "\(message); \($0)" } ?? message }
}
