public import Manifests

/// Something about a target state that its app or the schema of Kubernetes does not allow.
public struct PolicyViolation: Error, Sendable, Hashable, CustomStringConvertible {
  /// The object at fault.
  public let object: ResourceIdentity
  /// What is wrong and what was expected. Never holds the text of a field.
  public let message: String
  /// What to do, as an order without a full stop; `nil` where the message says it all.
  public let remedy: String?
  /// Whether it keeps the commit from becoming a release.
  public let isError: Bool
  /// The place in the repository that says so, where it is known. Line and column count from 1.
  public internal(set) var file: String?
  public internal(set) var line: Int?
  public internal(set) var column: Int?

  init(_ object: ResourceIdentity, _ message: String, remedy: String?, isError: Bool) {
    self.object = object
    self.message = message
    self.remedy = remedy
    self.isError = isError
  }

  /// `Deployment shop/web: unknown field 'spec.replica'; did you mean 'replicas'?`
  public var description: String {
    "\(object): \(message)" + (remedy.map { "; \($0)" } ?? "")
  }
}
