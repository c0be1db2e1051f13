public import Manifests

/// What the status of one object says about it.
public enum Verdict: Sendable, Hashable {
  /// It is as its spec wants it.
  case current
  /// On its way, or waiting; the line says for what.
  case inProgress(String)
  /// It said that it will not get there by itself.
  case failed(String)

  /// The line of a verdict that is not current.
  public var line: String? {
    switch self {
    case .current: nil
    case .inProgress(let line), .failed(let line): line
    }
  }
}

/// The verdict about all objects of one target state on one cluster: evidence, bound to what was
/// looked at.
public struct HealthReport: Sendable, Equatable, Codable {
  public enum Overall: Sendable, Hashable, Codable {
    /// Every object exists and is current, and the cluster's inventory names this target state.
    case healthy
    /// Something is on its way.
    case progressing
    /// Something is missing or said that it failed.
    case degraded
    /// Nobody can say: the cluster cannot be reached or does not let us look. The line says why.
    case unreachable(String)
  }

  public struct Finding: Sendable, Hashable, Codable {
    public let identity: ResourceIdentity
    /// `Deployment web/shop: 2 of 5 pods available`
    public let line: String

    public init(identity: ResourceIdentity, line: String) {
      self.identity = identity
      self.line = line
    }
  }

  public let cluster: String
  public let app: String
  /// Of the target state that was looked at.
  public let digest: Digest
  public let mark: DeliveryMark
  public let overall: Overall
  /// Objects that are not current, those that failed first, in the order of the target state.
  public let findings: [Finding]
  /// Objects that somebody changed or deleted since this target state was applied; in the order of the
  /// target state. `nil` where nobody can say, as while it is being applied.
  public let drift: [Drift]?

  public init(
    cluster: String, app: String, digest: Digest, mark: DeliveryMark, overall: Overall,
    findings: [Finding], drift: [Drift]? = nil
  ) {
    self.cluster = cluster
    self.app = app
    self.digest = digest
    self.mark = mark
    self.overall = overall
    self.findings = findings
    self.drift = drift
  }

  /// One line for people.
  public var line: String {
    switch overall {
    case .healthy: "healthy"
    case .unreachable(let why): "unreachable: \(why)"
    case .progressing, .degraded:
      (findings.first?.line ?? "waiting")
        + (findings.count > 1 ? " (and \(findings.count - 1) more)" : "")
    }
  }
}
