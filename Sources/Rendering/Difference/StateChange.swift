public import FleetModel
public import Manifests

/// What happens to one object between two target states.
public struct ObjectChange: Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    case created, changed, deleted
  }

  public let kind: Kind
  /// As it is afterwards, or was before a deletion.
  public let identity: ResourceIdentity
  /// The name before, where a generated object got another name with its content.
  public let previousName: String?
  /// The whole object of a creation or deletion, values of Secrets masked; `nil` for a change.
  public let object: Node?
  /// What differs, in the order of the fields, values of Secrets masked; empty unless changed.
  public let fields: [FieldChange]
  public let impacts: Set<Impact>
}

/// What happens to one app on one cluster.
public struct StateChange: Sendable {
  public enum Kind: String, Sendable {
    /// The app is new on the cluster.
    case added
    case changed
    /// The app leaves the cluster, all its objects with it.
    case removed
  }

  public let kind: Kind
  /// In the order of application; deletions last.
  public let objects: [ObjectChange]
  /// The objects are the same and stand in another order.
  public var isOrderOnly: Bool { kind == .changed && objects.isEmpty }

  /// What changes from `before` to `after`; `nil` when nothing does. A side that is `nil` is a
  /// cluster without the app.
  ///
  /// - Parameter policy: what the app's applies may do to the objects afterwards.
  public init?(
    from before: TargetState?, to after: TargetState?, policy: ApplyPolicy = ApplyPolicy()
  ) {
    switch (before, after) {
    case (nil, nil): return nil
    case (nil, _): kind = .added
    case (_, nil): kind = .removed
    case (let before?, let after?):
      guard before != after else { return nil }
      kind = .changed
    }
    objects = StateChange.objects(from: before?.objects ?? [], to: after?.objects ?? [], policy)
  }

  private static func objects(
    from before: [ManifestObject], to after: [ManifestObject], _ policy: ApplyPolicy
  ) -> [ObjectChange] {
    let isAfter = Set(after.map(\.identity))
    let old = Dictionary(before.map { ($0.identity, $0) }) { first, _ in first }
    var gone = before.filter { !isAfter.contains($0.identity) }
    var changes: [ObjectChange] = []
    for object in after {
      if let previous = old[object.identity] {
        if previous.digest != object.digest {
          changes.append(changed(from: previous, to: object, policy))
        }
      } else if let index = predecessor(of: object, among: gone) {
        changes.append(changed(from: gone.remove(at: index), to: object, policy))
      } else {
        changes.append(whole(object, .created))
      }
    }
    return changes + gone.reversed().map { whole($0, .deleted) }
  }

  /// The object among `gone` that `object` was before its content gave it another name; `nil` where
  /// that is not certain.
  private static func predecessor(
    of object: ManifestObject, among gone: [ManifestObject]
  ) -> Int? {
    guard let stem = GeneratedNames.stem(of: object.identity) else { return nil }
    let matches = gone.indices.filter { index in
      let other = gone[index].identity
      return other.kind == object.identity.kind && other.namespace == object.identity.namespace
        && GeneratedNames.stem(of: other) == stem
    }
    return matches.count == 1 ? matches.first : nil
  }

  private static func changed(
    from before: ManifestObject, to after: ManifestObject, _ policy: ApplyPolicy
  ) -> ObjectChange {
    let isRenamed = before.identity.name != after.identity.name
    var fields = NodeDifference.changes(from: before.node, to: after.node)
    if isRenamed { fields.removeAll { $0.path.isWithin("metadata", "name") } }
    let impacts = Impact.of(fields, from: before, to: after, isRenamed: isRenamed, policy: policy)
    if SecretMask.isSecret(before.node) || SecretMask.isSecret(after.node) {
      fields = fields.map(SecretMask.masking)
    }
    return ObjectChange(
      kind: .changed, identity: after.identity,
      previousName: isRenamed ? before.identity.name : nil, object: nil, fields: fields,
      impacts: impacts)
  }

  private static func whole(_ object: ManifestObject, _ kind: ObjectChange.Kind) -> ObjectChange {
    ObjectChange(
      kind: kind, identity: object.identity, previousName: nil,
      object: SecretMask.masking(object.node), fields: [],
      impacts: Impact.of(object, kind == .created ? .created : .deleted))
  }
}
