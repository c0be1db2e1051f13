/// One thing that is wrong, or looks wrong, in a fleet repository, with its place and the remedy.
public struct Finding: Sendable, Hashable, Codable, Comparable, CustomStringConvertible {
  public enum Severity: String, Sendable, Hashable, Codable {
    /// The commit is not used.
    case error
    /// The commit is used; the author may not have meant what it says.
    case warning
  }

  /// Path in the repository.
  public var file: String
  /// Both count from 1. A finding about a whole file or about a missing one stands at 1:1.
  public var line: Int
  public var column: Int
  public var severity: Severity
  /// What is wrong and what was expected.
  public var message: String
  /// What to do about it, as an order without a full stop; `nil` where the message says it all.
  public var remedy: String?

  public init(
    file: String, line: Int = 1, column: Int = 1, severity: Severity = .error, message: String,
    remedy: String? = nil
  ) {
    self.file = file
    self.line = line
    self.column = column
    self.severity = severity
    self.message = message
    self.remedy = remedy
  }

  /// `fleet/apps/shop.yaml:7:3: error: unknown field 'pth' in App; did you mean 'path'?`
  public var description: String {
    let text = "\(file):\(line):\(column): \(severity.rawValue): \(message)"
    return remedy.map { "\(text); \($0)" } ?? text
  }

  private var key: (String, Int, Int, String, String) {
    (file, line, column, severity.rawValue, message)
  }
  public static func < (a: Finding, b: Finding) -> Bool { a.key < b.key }
}

extension Sequence<Finding> {
  /// Whether anything here keeps the commit from being used.
  public var hasErrors: Bool { contains { $0.severity == .error } }
}
