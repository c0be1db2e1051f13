internal import FleetModel
internal import KubernetesAPI
internal import Manifests

/// What is looked up, and refused, before an apply changes anything.
struct ApplyPreparation {
  let groups: [[ManifestObject]]
  let kinds: TargetKinds
  let stored: InventoryStore.Stored?
  /// The app's objects on the cluster.
  let before: [ResourceIdentity: MemberSearch.Member]

  /// Throws ``DeliveryError``, ``KubernetesError``, ``ApplyOrder/Fault`` or ``ApplyPolicy/AnnotationFault``.
  init(
    delivery: ClusterDelivery, target: TargetState, app: String, policy: ApplyPolicy,
    checking epoch: (InventoryStore.Stored?) throws -> Void
  ) async throws {
    let setID = InventoryStore.setID(of: app)
    let client = delivery.client
    groups = try ApplyOrder.groups(target.objects)
    for object in target.objects { _ = try policy.refined(by: object.node) }
    kinds = try await TargetKinds(of: target, client: client, app: app)
    stored = try await InventoryStore(client: client).read(app)
    try epoch(stored)
    let search = MemberSearch(delivery: delivery, setID: setID, served: kinds)
    before = try await search.members(
      of: kinds.groupKinds.union(stored?.inventory.groupKinds ?? []))
    let new = target.objects.filter { [before, kinds] in before[kinds.located($0.identity)] == nil }
    try await ApplyPreparation.refuseForeign(new, search: search, kinds, client, app: app)
    let records = stored?.inventory.records ?? [:]
    let strange = new.filter { [kinds] object in
      records[kinds.located(object.identity)] == nil && kinds.isServed(object.identity)
    }
    try await ExistingObjects(delivery: delivery, app: app, setID: setID, policy: policy)
      .refuse(strange, kinds)
  }

  /// Two apps that bring the same object would undo each other, and one would delete what the other
  /// needs. Only objects that are new to this app are looked for.
  private static func refuseForeign(
    _ new: [ManifestObject], search: MemberSearch, _ kinds: TargetKinds, _ client: KubernetesClient,
    app: String
  ) async throws {
    let foreign = try await search.foreign(of: Set(new.map { GroupKind(of: $0.identity) }))
    let clashes = new.compactMap { object in
      foreign[kinds.located(object.identity)].map { (object.identity, $0) }
    }
    guard !clashes.isEmpty else { return }
    let apps = try await InventoryStore(client: client).readAll().inventories.map(\.app)
    let owners = Dictionary(apps.map { (InventoryStore.setID(of: $0), $0) }) { first, _ in first }
    throw DeliveryError(
      cluster: client.cluster, app: app,
      reason: .objects(
        clashes.map { identity, setID in
          let owner = owners[setID].map { "app \($0)" } ?? "the ApplySet \(setID)"
          // It passes when the object moves between apps and the other one lets it go.
          return DeliveryError.ObjectFailure(
            identity: identity, line: "it belongs to \(owner) on this cluster", isTransient: true)
        }))
  }
}
