public import Manifests

/// One object that is not as Flotilla applied it: in fields that are ours, with another value than
/// rendered. What the server fills in, what other managers own and what means the same is none.
public struct Drift: Sendable, Hashable, Codable {
  public enum Cause: Sendable, Hashable, Codable {
    /// Tools that people work with changed fields; the managers' names.
    case person([String])
    /// Programs changed fields; the managers' names.
    case controller([String])
    /// Fields were removed or taken over, and nobody says by whom.
    case unknown
    /// The object is gone.
    case deleted
  }

  public let identity: ResourceIdentity
  public let cause: Cause
  /// From what is there to what was rendered, such as `.spec.replicas is 5, should be 2`; the values
  /// of Secrets are hidden. The first few.
  public let changes: [String]

  public init(identity: ResourceIdentity, cause: Cause, changes: [String] = []) {
    self.identity = identity
    self.cause = cause
    self.changes = changes
  }

  /// `Deployment web/shop: .spec.replicas is 5, should be 2 (changed by kubectl-edit)`
  public var line: String {
    switch cause {
    case .deleted: "\(identity): was deleted"
    case .person(let managers), .controller(let managers):
      "\(identity): \(changes.joined(separator: "; ")) (changed by \(managers.joined(separator: ", ")))"
    case .unknown: "\(identity): \(changes.joined(separator: "; "))"
    }
  }
}
