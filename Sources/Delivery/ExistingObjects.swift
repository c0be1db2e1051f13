internal import FleetModel
internal import KubernetesAPI
internal import Manifests

/// Finds objects that an apply would take from whoever made them: they exist, and nothing says that
/// this app brought them.
struct ExistingObjects {
  let delivery: ClusterDelivery
  let app: String
  let setID: String
  let policy: ApplyPolicy

  /// Throws one error that names each of `objects` that exists, is not Flotilla's and may not be
  /// adopted, with what an apply would change of it.
  ///
  /// - Parameter objects: those that are not known to be the app's. Their kinds are served.
  func refuse(_ objects: [ManifestObject], _ kinds: TargetKinds) async throws {
    let guarded = try objects.filter { try policy.refined(by: $0.node).existing == .refuse }
    // Where the namespace is missing, nothing of it exists: one question instead of many.
    let (clusterWide, namespaced) = guarded.partitioned {
      kinds.located($0.identity).namespace.isEmpty
    }
    var found = try await living(clusterWide)
    let present = Set(found.filter { $0.object.identity.isNamespace }.map(\.object.identity.name))
    let missing = Set(clusterWide.map(\.identity).filter(\.isNamespace).map(\.name))
      .subtracting(present)
    found += try await living(
      namespaced.filter { !missing.contains(kinds.located($0.identity).namespace) })

    var failures: [DeliveryError.ObjectFailure] = []
    for (object, live) in found where ManagedFields.own(of: live) == nil {
      failures.append(try await failure(object, live))
    }
    guard failures.isEmpty else {
      throw DeliveryError(
        cluster: delivery.cluster, app: app,
        reason: .objects(failures.sorted { $0.identity < $1.identity }))
    }
  }

  private typealias Found = (object: ManifestObject, live: Node)

  private func living(_ objects: [ManifestObject]) async throws -> [Found] {
    try await withThrowingTaskGroup(of: Found?.self) { group in
      var waiting = objects[...]
      func next() {
        guard let object = waiting.popFirst() else { return }
        group.addTask {
          try await delivery.client.get(object.identity).map { (object, $0) }
        }
      }
      for _ in 0..<delivery.concurrency { next() }
      var found: [Found] = []
      while let answer = try await group.next() {
        if let answer { found.append(answer) }
        next()
      }
      return found
    }
  }

  private func failure(
    _ object: ManifestObject, _ live: Node
  ) async throws -> DeliveryError.ObjectFailure {
    var difference: String
    do {
      let lines = try await LiveDifference(
        of: object, from: live, setID: setID, writer: delivery.writer
      ).lines
      difference = lines.isEmpty ? "" : ": " + lines.joined(separator: "; ")
    } catch let error as KubernetesError {
      if error.isUnreachable { throw error }
      difference = ", and what an apply would change cannot be told: \(error.line)"
    }
    return DeliveryError.ObjectFailure(
      identity: object.identity,
      line: "it exists already and no app of Flotilla brought it\(difference)"
        + " (\(ApplyPolicy.annotationPrefix)existing: adopt makes it this app's)",
      isTransient: false)
  }
}

extension Array {
  /// Those for which `belongs` holds, and the others.
  fileprivate func partitioned(
    by belongs: (Element) throws -> Bool
  ) rethrows -> (matching: [Element], rest: [Element]) {
    (try filter(belongs), try filter { try !belongs($0) })
  }
}

extension ResourceIdentity {
  fileprivate var isNamespace: Bool { group.isEmpty && kind == "Namespace" }
}
