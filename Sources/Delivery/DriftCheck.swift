internal import KubernetesAPI
internal import Manifests

/// Says what differs of one object in fields that are ours.
struct DriftCheck {
  let client: KubernetesClient
  /// Who would apply it is asked what an apply would change.
  let writer: KubernetesClient
  let setID: String

  /// `nil` when nothing differs. Throws ``KubernetesError`` when the server does not say.
  func drift(of object: ManifestObject) async throws -> Drift? {
    guard let live = try await read(object.identity) else {
      return Drift(identity: object.identity, cause: .deleted)
    }
    let difference = try await LiveDifference(
      of: object, from: live, setID: setID, writer: writer)
    if difference.changes.isEmpty { return nil }
    return Drift(
      identity: object.identity, cause: cause(of: difference.changes, live),
      changes: difference.lines)
  }

  private func read(_ identity: ResourceIdentity) async throws -> Node? {
    do { return try await client.get(identity) } catch let error as KubernetesError {
      // With its kind went the object.
      guard case .notServed = error.reason else { throw error }
      return nil
    }
  }

  /// Who owns what differs now.
  private func cause(of changes: [FieldChange], _ live: Node) -> Drift.Cause {
    let others = ManagedFields.entries(of: live).filter {
      $0.manager != KubernetesClient.fieldManager && !$0.manager.isEmpty
    }
    let paths = changes.map { change in
      change.path.steps.prefix { if case .key = $0 { true } else { false } }.compactMap { step in
        if case .key(let key) = step { key } else { nil }
      }
    }
    let managers = Set(
      others.filter { entry in paths.contains { entry.owns($0) } }.map(\.manager)
    ).sorted()
    if managers.isEmpty { return .unknown }
    return managers.contains(where: DriftCheck.isUsedByPeople)
      ? .person(managers) : .controller(managers)
  }

  private static func isUsedByPeople(_ manager: String) -> Bool {
    ["kubectl", "k9s", "Lens", "OpenLens", "Mozilla", "dashboard", "curl", "helm", "before-first"]
      .contains { manager.hasPrefix($0) }
  }
}
