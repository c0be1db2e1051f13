public import KubernetesAPI
public import Manifests

/// Why an apply did not come to its end. The description is one line.
public struct DeliveryError: Error, Sendable, CustomStringConvertible {
  /// One object that the cluster did not take.
  public struct ObjectFailure: Sendable, CustomStringConvertible {
    public let identity: ResourceIdentity
    /// One line without the cluster's name.
    public let line: String
    public let isTransient: Bool

    public init(identity: ResourceIdentity, line: String, isTransient: Bool) {
      self.identity = identity
      self.line = line
      self.isTransient = isTransient
    }

    public var description: String { "\(identity): \(line)" }
  }

  public enum Reason: Sendable {
    /// A hub with a higher epoch has been here: this one must not write any more.
    case fenced(storedEpoch: Int)
    /// The inventory's object is not Flotilla's.
    case foreignInventory(String)
    /// The target state cannot be applied as it is: unsorted dependencies, twice the same object.
    case invalid(String)
    /// These objects were not taken; those before them in the order were.
    case objects([ObjectFailure])
    /// The cluster cannot be reached or said no to something else than an object.
    case cluster(KubernetesError)
    /// What an agent says of it, or that there is none to ask; the line is whole.
    case agent(line: String, isTransient: Bool, isUnreachable: Bool)
  }

  public let cluster: String
  public let app: String
  public let reason: Reason

  public init(cluster: String, app: String, reason: Reason) {
    self.cluster = cluster
    self.app = app
    self.reason = reason
  }

  public var description: String {
    switch reason {
    case .fenced(let epoch):
      "cluster \(cluster): app \(app): a newer hub (epoch \(epoch)) has taken over this cluster"
    case .foreignInventory(let line), .invalid(let line):
      "cluster \(cluster): app \(app): \(line)"
    case .objects(let failures):
      "cluster \(cluster): app \(app): "
        + failures.prefix(5).map(\.description).joined(separator: "; ")
        + (failures.count > 5 ? "; and \(failures.count - 5) more" : "")
    case .cluster(let error): error.description
    case .agent(let line, _, _): line
    }
  }

  /// Whether the same apply may succeed later without a change of target state or cluster.
  public var isTransient: Bool {
    switch reason {
    case .fenced, .foreignInventory, .invalid: false
    case .objects(let failures): failures.allSatisfy(\.isTransient)
    case .cluster(let error): error.isTransient
    case .agent(_, let isTransient, _): isTransient
    }
  }

  /// Whether the cluster gave no answer at all: debt, not a failure of the change.
  public var isUnreachable: Bool {
    switch reason {
    case .cluster(let error): error.isUnreachable
    case .agent(_, _, let isUnreachable): isUnreachable
    case .fenced, .foreignInventory, .invalid, .objects: false
    }
  }
}
