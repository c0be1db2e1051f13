internal import KubernetesAPI
internal import Manifests

/// Asks the server what an apply would change of one object, without applying it: that is what
/// differs in fields that are ours, as the server sees it, with its defaults and its forms of
/// quantities.
struct DriftCheck {
  let client: KubernetesClient
  /// Who would apply it is asked what an apply would change.
  let writer: KubernetesClient
  let setID: String

  /// Changes that are told of one object, and the longest value in one.
  private static let told = 5
  private static let longestValue = 60

  /// `nil` when nothing differs. Throws ``KubernetesError`` when the server does not say.
  func drift(of object: ManifestObject) async throws -> Drift? {
    guard let live = try await read(object.identity) else {
      return Drift(identity: object.identity, cause: .deleted)
    }
    let applied = try await writer.apply(
      object.labelled(with: setID),
      options: ApplyOptions(conflicts: .takeOver, effect: .dryRun)
    ).object
    let changes = NodeDifference.changes(from: live, to: applied).filter { change in
      !DriftCheck.isOfTheServer(change.path)
    }
    if changes.isEmpty { return nil }
    let isSecret = SecretMask.isSecret(object.node)
    let lines = changes.prefix(DriftCheck.told).map { change in
      DriftCheck.line(isSecret ? SecretMask.masking(change) : change)
    }
    let rest = changes.count - lines.count
    return Drift(
      identity: object.identity, cause: cause(of: changes, live),
      changes: lines + (rest > 0 ? ["\(rest) more"] : []))
  }

  private func read(_ identity: ResourceIdentity) async throws -> Node? {
    do { return try await client.get(identity) } catch let error as KubernetesError {
      // With its kind went the object.
      guard case .notServed = error.reason else { throw error }
      return nil
    }
  }

  private static func isOfTheServer(_ path: NodePath) -> Bool {
    path.isWithin("status")
      || ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"]
        .contains { path.isWithin("metadata", $0) }
  }

  private static func line(_ change: FieldChange) -> String {
    switch (change.before, change.after) {
    case (_, nil): "\(change.path) is \(text(change.before)), should not be there"
    case (nil, _): "\(change.path) is missing, should be \(text(change.after))"
    default: "\(change.path) is \(text(change.before)), should be \(text(change.after))"
    }
  }

  private static func text(_ value: Node?) -> String {
    let text = value.map { String(decoding: JSON.serialize($0), as: UTF8.self) } ?? ""
    return text.count > longestValue ? text.prefix(longestValue) + "…" : text
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

extension ManifestObject {
  /// The object as it is sent: with the label of its set.
  func labelled(with setID: String) -> Node {
    var node = node
    var metadata = node["metadata"] ?? .emptyMapping
    var labels = metadata["labels"] ?? .emptyMapping
    labels[ApplySet.partOfLabel] = .string(setID)
    metadata["labels"] = labels
    node["metadata"] = metadata
    return node
  }
}
