internal import KubernetesAPI
internal import Manifests

/// One deletion of what an earlier apply left: of the objects that a list names, those that are still
/// there, ours and beyond the target state.
struct PruneRun {
  let delivery: ClusterDelivery
  let target: TargetState
  let app: String
  let mark: DeliveryMark
  let list: Set<ResourceIdentity>

  private var client: KubernetesClient { delivery.client }

  func execute() async throws -> ApplyReport {
    let kinds = try await TargetKinds(of: target, client: client, app: app)
    let stored = try await InventoryStore(client: client).read(app)
    let update = InventoryUpdate(client: client, app: app, mark: mark)
    try update.checkEpoch(stored)
    let known = try held(by: stored?.inventory).groupKinds.union(kinds.groupKinds)
    let search = MemberSearch(
      delivery: delivery, setID: InventoryStore.setID(of: app), served: kinds)
    let removal = Removal(writer: delivery.writer, app: app, target: target)
    let leaving = removal.leaving(try await search.members(of: known), kinds)
    // An older hub is kept out before anything goes.
    let begun = try await update.write(stored) { try held(by: $0) }

    var report = ApplyReport()
    report.leave(leaving.filter { !list.contains($0.identity) })
    try await removal.delete(leaving.filter { list.contains($0.identity) }, into: &report)

    _ = try await update.write(begun) { current in
      let current = try held(by: current)
      return Inventory(
        applied: target, of: app, kinds, beside: report, mark: current.mark,
        records: current.records)
    }
    return report
  }

  /// The inventory with our mark. Only beside the target state that was meant to stay may anything be
  /// deleted: beside another one, the list says nothing.
  private func held(by inventory: Inventory?) throws -> Inventory {
    guard let inventory else { throw mismatch("the cluster has no inventory of this app") }
    guard inventory.digest == target.digest, inventory.phase == .applied else {
      let state = inventory.phase == .applied ? "holds" : "is on its way to"
      throw mismatch(
        "the cluster \(state) target state \(inventory.digest.short), not \(target.digest.short); "
          + "nothing is deleted")
    }
    return Inventory(
      app: app, phase: .applied, digest: inventory.digest, mark: mark,
      groupKinds: inventory.groupKinds, namespaces: inventory.namespaces,
      records: inventory.records)
  }

  private func mismatch(_ line: String) -> DeliveryError {
    DeliveryError(cluster: client.cluster, app: app, reason: .invalid(line))
  }
}
