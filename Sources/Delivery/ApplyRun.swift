internal import FleetModel
internal import KubernetesAPI
internal import Manifests

/// One apply from the first look at the inventory to the last write of it.
struct ApplyRun {
  let delivery: ClusterDelivery
  let target: TargetState
  let app: String
  let mark: DeliveryMark
  let prune: PrunePolicy
  let policy: ApplyPolicy

  private var client: KubernetesClient { delivery.client }
  private var setID: String { InventoryStore.setID(of: app) }

  func execute() async throws -> ApplyReport {
    let update = InventoryUpdate(client: client, app: app, mark: mark)
    let prepared = try await ApplyPreparation(
      delivery: delivery, target: target, app: app, policy: policy, checking: update.checkEpoch)
    let (kinds, stored, before) = (prepared.kinds, prepared.stored, prepared.before)
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
    for group in prepared.groups {
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
      let result = try await send(object)
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
          identity: object.identity, line: error.line + ApplyRun.remedy(error),
          isTransient: error.isTransient))
    } catch let error as Replacement.StillThere {
      return .failed(
        DeliveryError.ObjectFailure(
          identity: object.identity,
          line: "deleted to be created again, it is still there after \(error.waited)",
          isTransient: true))
    }
  }

  private func send(_ object: ManifestObject) async throws -> AppliedObject {
    let conflicts = try policy.refined(by: object.node).conflicts
    do {
      return try await delivery.writer.apply(
        object.labelled(with: setID), options: ApplyOptions(conflicts: conflicts))
    } catch let error as KubernetesError
      where error.api?.isImmutableField == true
      && policy.mayReplace(object)
    {
      return try await Replacement(delivery: delivery, setID: setID)
        .replace(object, conflicts: conflicts)
    }
  }

  /// What to do about a refusal that a policy would lift.
  static func remedy(_ error: KubernetesError) -> String {
    guard let api = error.api else { return "" }
    let annotation = ApplyPolicy.annotationPrefix
    if api.isImmutableField {
      return " (\(annotation)immutable: replace has it deleted and created again)"
    }
    if !api.fieldConflicts.isEmpty { return " (\(annotation)conflicts: takeOver makes it ours)" }
    return ""
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
