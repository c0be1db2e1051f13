public import HTTPTransport

/// Why a request to a cluster brought no result. The description is one line that begins with the
/// cluster's name.
public struct KubernetesError: Error, Sendable, CustomStringConvertible {
  public enum Reason: Sendable {
    /// No answer at all.
    case unreachable(TransportError)
    /// An answer that says no.
    case refused(APIError)
    /// The cluster has no such kind.
    case notServed(kind: GroupKind, apiVersion: String?)
    /// An answer that is no Kubernetes answer.
    case malformed(String)
    /// The credentials cannot be read at the moment.
    case credentials(ClusterAccessError)
  }

  public let cluster: String
  /// What was asked: `apply Deployment web/shop`.
  public let action: String
  public let reason: Reason

  public init(cluster: String, action: String, reason: Reason) {
    self.cluster = cluster
    self.action = action
    self.reason = reason
  }

  public var description: String {
    switch reason {
    case .notServed: "cluster \(cluster): \(line)"
    default: "cluster \(cluster): \(action): \(line)"
    }
  }

  /// The reason alone.
  public var line: String {
    switch reason {
    case .unreachable(let error): error.description
    case .refused(let error): error.description
    case .notServed(let kind, let apiVersion):
      "kind \(kind.kind) (\(apiVersion ?? kind.group)) is not served by cluster \(cluster)"
    case .malformed(let what): "the answer is no Kubernetes answer: \(what)"
    case .credentials(let error): error.description
    }
  }

  public var api: APIError? {
    if case .refused(let error) = reason { return error }
    return nil
  }

  public var isUnreachable: Bool {
    if case .unreachable = reason { return true }
    return false
  }

  /// Whether the same request may succeed later without anybody's doing.
  public var isTransient: Bool {
    switch reason {
    case .unreachable(let error): error.mayPass
    case .refused(let error): error.isTransient
    // A file that is being replaced is there again the next moment.
    case .malformed, .credentials: true
    case .notServed: false
    }
  }
}
