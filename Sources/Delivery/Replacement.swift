internal import FleetModel
internal import KubernetesAPI
internal import Manifests

/// Deletes an object and creates it again, because a field is to change that the server does not let
/// change. Cut off in between, the object is missing, and the next apply creates it.
struct Replacement {
  let delivery: ClusterDelivery
  let setID: String

  /// Throws ``KubernetesError``; ``StillThere`` when the old object does not go in time.
  func replace(_ object: ManifestObject, conflicts: ApplyPolicy.Conflicts) async throws
    -> AppliedObject
  {
    let writer = delivery.writer
    if let uid = try await liveUID(object) {
      _ = try await writer.delete(object.identity, preconditions: DeletePreconditions(uid: uid))
      let clock = ContinuousClock()
      let deadline = clock.now + delivery.definitionDeadline
      var wait = Duration.milliseconds(20)
      while try await liveUID(object) == uid {
        guard clock.now < deadline else { throw StillThere(waited: delivery.definitionDeadline) }
        try await Task.sleep(for: wait)
        wait = min(wait * 2, .seconds(1))
      }
    }
    return try await writer.apply(
      object.labelled(with: setID), options: ApplyOptions(conflicts: conflicts))
  }

  /// The old object was deleted, and something holds it.
  struct StillThere: Error {
    let waited: Duration
  }

  private func liveUID(_ object: ManifestObject) async throws -> String? {
    try await delivery.client.get(object.identity)?.value(at: "metadata", "uid")?.string
  }
}
