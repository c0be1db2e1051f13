internal import KubernetesAPI
internal import Manifests

/// Changes of one app's inventory by one life of the hub.
struct InventoryUpdate {
  let client: KubernetesClient
  let app: String
  let mark: DeliveryMark

  private var store: InventoryStore { InventoryStore(client: client) }

  /// Throws when a newer hub has been here.
  func checkEpoch(_ stored: InventoryStore.Stored?) throws {
    guard let epoch = stored?.inventory.mark.epoch, epoch > mark.epoch else { return }
    throw DeliveryError(
      cluster: client.cluster, app: app, reason: .fenced(storedEpoch: epoch))
  }

  /// Compare-and-swap: whenever somebody wrote in between, the epoch is checked again.
  func write(
    _ stored: InventoryStore.Stored?, _ inventory: (Inventory?) throws -> Inventory
  ) async throws -> InventoryStore.Stored {
    var stored = stored
    for _ in 0..<5 {
      if let written = try await store.write(inventory(stored?.inventory), over: stored) {
        return written
      }
      stored = try await store.read(app)
      try checkEpoch(stored)
    }
    throw DeliveryError(
      cluster: client.cluster, app: app,
      reason: .foreignInventory("the inventory is being changed by somebody else all the time"))
  }
}

extension Inventory {
  /// Of `target`, applied, beside what `report` says is not gone for certain: that stays known.
  init(
    applied target: TargetState, of app: String, _ kinds: TargetKinds, beside report: ApplyReport,
    mark: DeliveryMark, records: [ResourceIdentity: AppliedRecord]
  ) {
    let rest = report.terminating + report.kept
    self.init(
      app: app, phase: .applied, digest: target.digest, mark: mark,
      groupKinds: kinds.groupKinds.union(rest.map { GroupKind(of: $0) }),
      namespaces: kinds.namespaces.union(rest.map(\.namespace).filter { !$0.isEmpty }),
      records: records)
  }
}

extension ApplyReport {
  mutating func leave(_ members: [MemberSearch.Member]) {
    kept += members.filter { !$0.isTerminating }.map(\.identity)
    terminating += members.filter(\.isTerminating).map(\.identity)
  }
}
