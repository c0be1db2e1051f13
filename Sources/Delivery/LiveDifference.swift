internal import FleetModel
internal import KubernetesAPI
internal import Manifests

/// What an apply would change of an object that is on the cluster, as the server sees it: with its
/// defaults and its forms of quantities.
struct LiveDifference {
  /// From what is there to what an apply would make of it, but for what the server itself keeps.
  let changes: [FieldChange]
  private let isSecret: Bool

  /// Changes that are told of one object, and the longest value in one.
  private static let told = 5
  private static let longestValue = 60

  /// Asks the server by a dry run. Throws ``KubernetesError`` when it does not say.
  ///
  /// - Parameter writer: who would apply it.
  init(
    of object: ManifestObject, from live: Node, setID: String, writer: KubernetesClient
  ) async throws {
    let applied = try await writer.apply(
      object.labelled(with: setID),
      options: ApplyOptions(conflicts: .takeOver, effect: .dryRun)
    ).object
    self.init(from: live, to: applied)
  }

  /// What differs between what is there and what shall be.
  init(from live: Node, to wanted: Node) {
    changes = NodeDifference.changes(from: live, to: wanted).filter { change in
      !LiveDifference.isOfTheServer(change.path)
    }
    isSecret = SecretMask.isSecret(wanted)
  }

  /// One line a change, such as `.spec.replicas is 5, should be 2`: the first few, then how many
  /// there are besides. The values of Secrets are hidden.
  var lines: [String] {
    let lines = changes.prefix(LiveDifference.told).map { change in
      LiveDifference.line(isSecret ? SecretMask.masking(change) : change)
    }
    let rest = changes.count - lines.count
    return lines + (rest > 0 ? ["\(rest) more"] : [])
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
}

extension ManifestObject {
  /// The object as it is sent: with the label of its set, and what a Secret gives as text encoded.
  func labelled(with setID: String) -> Node {
    var node = SecretMask.isSecret(node) ? node.withEncodedText : node
    var metadata = node["metadata"] ?? .emptyMapping
    var labels = metadata["labels"] ?? .emptyMapping
    labels[ApplySet.partOfLabel] = .string(setID)
    metadata["labels"] = labels
    node["metadata"] = metadata
    return node
  }
}

extension Node {
  /// A Secret with its `stringData` in `data`, as the server stores it. Fields that were sent as
  /// `stringData` would be nobody's there, and somebody's change of them no drift.
  fileprivate var withEncodedText: Node {
    guard let texts = self["stringData"]?.mapping else { return self }
    var secret = self
    var data = secret["data"] ?? .emptyMapping
    for pair in texts.pairs {
      // What is no text is for the server to refuse.
      guard let text = pair.value.string else { return self }
      data[pair.key] = .string(Base64.encode(Array(text.utf8)))
    }
    secret["data"] = data
    secret["stringData"] = nil
    return secret
  }
}
