internal import KubernetesAPI
internal import Manifests

/// One apply from the first look at the inventory to the last write of it.
struct ApplyRun {
  let delivery: ClusterDelivery
  let target: TargetState
  let app: String
  let mark: DeliveryMark
  let prune: PrunePolicy
  let conflicts: ApplyOptions.Conflicts

  private var client: KubernetesClient { delivery.client }
  private var store: InventoryStore { InventoryStore(client: client) }
  private var setID: String { InventoryStore.setID(of: app) }

  func execute() async throws -> ApplyReport {
    let groups = try ApplyOrder.groups(target.objects)
    let kinds = try await TargetKinds(of: target, client: client, app: app)
    let stored = try await store.read(app)
    let update = InventoryUpdate(client: client, app: app, mark: mark)
    try update.checkEpoch(stored)
    let search = MemberSearch(delivery: delivery, setID: setID, served: kinds)
    let before = try await search.members(
      of: kinds.groupKinds.union(stored?.inventory.groupKinds ?? []))
    try await refuseForeign(by: search, except: before, kinds)

    let removal = Removal(writer: delivery.writer, app: app, target: target)
    let leaving = removal.leaving(before, kinds)
    var records = standing(stored?.inventory, before, kinds)
    let changesNothing =
      records.count == target.objects.count && stored?.inventory.digest == target.digest
      && (prune == .keep || leaving.isEmpty)
    // From here on the cluster changes: what may exist is written down first.
    let begun =
      changesNothing
      ? stored
      : try await update.write(stored) { current in
        Inventory(
          app: app, phase: .applying, digest: target.digest, mark: mark,
          groupKinds: kinds.groupKinds.union(current?.groupKinds ?? []),
          namespaces: kinds.namespaces.union(current?.namespaces ?? []))
      }
    var report = ApplyReport()
    for group in groups {
      try await apply(group, before: before, kinds: kinds, &records, into: &report)
    }
    switch prune {
    case .delete: try await removal.delete(leaving, into: &report)
    case .keep: report.leave(leaving)
    }
    let end = Inventory(
      applied: target, of: app, kinds, beside: report, mark: mark, records: records)
    _ = try await update.write(begun) { _ in end }
    return report
  }

  // MARK: - Other apps

  /// Two apps that bring the same object would undo each other, and one would delete what the other
  /// needs. Only objects that are new to this app are looked for.
  private func refuseForeign(
    by search: MemberSearch, except before: [ResourceIdentity: MemberSearch.Member],
    _ kinds: TargetKinds
  ) async throws {
    let new = target.objects.filter { before[kinds.located($0.identity)] == nil }
    let foreign = try await search.foreign(of: Set(new.map { GroupKind(of: $0.identity) }))
    let clashes = new.compactMap { object in
      foreign[kinds.located(object.identity)].map { (object.identity, $0) }
    }
    guard !clashes.isEmpty else { return }
    let apps = try await store.readAll().inventories.map(\.app)
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

  // MARK: - Apply

  /// The records of those objects that need not be sent: what was rendered is what was applied
  /// last, and nobody has changed what is ours since.
  private func standing(
    _ inventory: Inventory?, _ before: [ResourceIdentity: MemberSearch.Member],
    _ kinds: TargetKinds
  ) -> [ResourceIdentity: AppliedRecord] {
    guard let inventory, inventory.phase == .applied else { return [:] }
    var records: [ResourceIdentity: AppliedRecord] = [:]
    for object in target.objects {
      let identity = kinds.located(object.identity)
      guard let record = inventory.records[identity], let rendered = record.rendered,
        rendered == AppliedRecord.rendered(object), let member = before[identity],
        !member.isTerminating, member.ownership == record.ownership
      else { continue }
      records[identity] = record
    }
    return records
  }

  private func apply(
    _ objects: [ManifestObject], before: [ResourceIdentity: MemberSearch.Member],
    kinds: TargetKinds, _ records: inout [ResourceIdentity: AppliedRecord],
    into report: inout ApplyReport
  ) async throws {
    var failures: [DeliveryError.ObjectFailure] = []
    var outcomes: [ResourceIdentity: Bool] = [:]
    for object in objects where records[kinds.located(object.identity)] != nil {
      outcomes[object.identity] = false
    }
    try await withThrowingTaskGroup(of: Outcome.self) { group in
      var waiting = objects.filter { outcomes[$0.identity] == nil }[...]
      func next() {
        guard let object = waiting.popFirst() else { return }
        group.addTask { try await apply(object, before: before, kinds: kinds) }
      }
      for _ in 0..<delivery.concurrency { next() }
      while let outcome = try await group.next() {
        switch outcome {
        case .applied(let identity, let isChanged, let record):
          outcomes[identity] = isChanged
          records[kinds.located(identity)] = record
        case .failed(let failure): failures.append(failure)
        }
        next()
      }
    }
    for object in objects {
      guard let isChanged = outcomes[object.identity] else { continue }
      if isChanged {
        report.applied.append(object.identity)
      } else {
        report.unchanged.append(object.identity)
      }
    }
    if !failures.isEmpty {
      throw DeliveryError(
        cluster: client.cluster, app: app,
        reason: .objects(failures.sorted { $0.identity < $1.identity }))
    }
    let definitions = objects.filter(DefinedKind.isDefinition)
    if !definitions.isEmpty {
      try await waitUntilServed(definitions)
    }
  }

  private enum Outcome {
    case applied(ResourceIdentity, isChanged: Bool, AppliedRecord?)
    case failed(DeliveryError.ObjectFailure)
  }

  private func apply(
    _ object: ManifestObject, before: [ResourceIdentity: MemberSearch.Member], kinds: TargetKinds
  ) async throws -> Outcome {
    do {
      let result = try await delivery.writer.apply(
        object.labelled(with: setID), options: ApplyOptions(conflicts: conflicts))
      if result.object.value(at: "metadata", "deletionTimestamp") != nil {
        return .failed(
          DeliveryError.ObjectFailure(
            identity: object.identity,
            line: "the object of that name is still being deleted", isTransient: true))
      }
      let known = before[kinds.located(object.identity)]?.resourceVersion
      let now = result.object.value(at: "metadata", "resourceVersion")?.string
      return .applied(
        object.identity, isChanged: result.isNew || known == nil || known != now,
        AppliedRecord(of: object, live: result.object))
    } catch let error as KubernetesError {
      // No answer says nothing about the object.
      if error.isUnreachable || error.api?.code == 401 { throw error }
      if error.api?.code == 404 { client.forgetDiscovery() }
      return .failed(
        DeliveryError.ObjectFailure(
          identity: object.identity, line: error.line, isTransient: error.isTransient))
    }
  }

  /// Waits until each definition is established and discovery shows its kinds.
  private func waitUntilServed(_ definitions: [ManifestObject]) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + delivery.definitionDeadline
    for definition in definitions {
      let kinds = DefinedKind.all(of: definition.node)
      while true {
        guard let live = try await client.get(definition.identity) else {
          throw notServed(definition, "it vanished after it was applied", isTransient: true)
        }
        if case .failed(let line) = ObjectHealth.verdict(of: live) {
          throw notServed(definition, line, isTransient: false)
        }
        if ObjectHealth.verdict(of: live) == .current, try await areServed(kinds) { break }
        guard clock.now < deadline else {
          throw notServed(
            definition, "its kind is not served after \(delivery.definitionDeadline)",
            isTransient: true)
        }
        try await Task.sleep(for: .milliseconds(30))
      }
    }
  }

  private func areServed(_ kinds: [DefinedKind]) async throws -> Bool {
    for kind in kinds where kind.isServed {
      do {
        _ = try await client.resource(for: kind.resource.kind)
      } catch let error as KubernetesError {
        guard case .notServed = error.reason else { throw error }
        return false
      }
    }
    return true
  }

  private func notServed(
    _ definition: ManifestObject, _ line: String, isTransient: Bool
  ) -> DeliveryError {
    let failure = DeliveryError.ObjectFailure(
      identity: definition.identity, line: line, isTransient: isTransient)
    return DeliveryError(cluster: client.cluster, app: app, reason: .objects([failure]))
  }
}
