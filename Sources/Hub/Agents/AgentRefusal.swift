/// Why an agent gets nothing; one line that it shows to whoever runs it.
public struct AgentRefusal: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    case malformed
    /// The token or the certificate is not, or no longer, good for this.
    case forbidden
    /// Another agent has the place.
    case superseded
    /// The agent does not speak this hub's language.
    case otherVersion
    /// The stream that the agent speaks of has ended.
    case streamEnded
    case unavailable
  }

  public let kind: Kind
  public let description: String

  /// A request that needs a certificate came without one.
  public static let noCertificate = AgentRefusal(
    .forbidden, "the agent shows no certificate; it has to join first")

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
