public import KubernetesAPI
public import Manifests

/// All inventories of a cluster.
public struct InventoryReading: Sendable {
  public var inventories: [Inventory] = []
  /// Inventories that somebody changed so that they cannot be read, one error each.
  public var faults: [DeliveryError] = []

  public init(inventories: [Inventory] = [], faults: [DeliveryError] = []) {
    self.inventories = inventories
    self.faults = faults
  }
}

/// What a cluster says about one app: who wrote it last, what it is meant to hold, and where its
/// objects are. Stored as the parent object of an ApplySet.
public struct Inventory: Sendable, Hashable {
  public enum Phase: String, Sendable, Hashable, Codable {
    /// An apply began; the group-kinds are those of before and after together.
    case applying
    /// The target state is on the cluster completely.
    case applied
  }

  public let app: String
  public let phase: Phase
  /// Of the target state that is on the cluster, or on its way there while `applying`.
  public let digest: Digest
  public let mark: DeliveryMark
  /// Every kind of which objects of this app may exist.
  public let groupKinds: Set<GroupKind>
  /// Every namespace in which objects of this app may exist.
  public let namespaces: Set<String>
  /// What was applied, by object as the cluster has it. Empty while an apply is under way: what is
  /// cut off is done again as a whole.
  public let records: [ResourceIdentity: AppliedRecord]

  public init(
    app: String, phase: Phase, digest: Digest, mark: DeliveryMark, groupKinds: Set<GroupKind>,
    namespaces: Set<String>, records: [ResourceIdentity: AppliedRecord] = [:]
  ) {
    self.app = app
    self.phase = phase
    self.digest = digest
    self.mark = mark
    self.groupKinds = groupKinds
    self.namespaces = namespaces
    self.records = records
  }
}
