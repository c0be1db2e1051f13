internal import KubernetesAPI
internal import Manifests

/// Which objects of an app are beyond its target state, and their deletion.
struct Removal {
  let writer: KubernetesClient
  let app: String
  let target: TargetState

  /// Of `members`, which are all objects of the app: those that are not in the target state and that
  /// no controller made, in the order in which they may go.
  func leaving(
    _ members: [ResourceIdentity: MemberSearch.Member], _ kinds: TargetKinds
  ) -> [MemberSearch.Member] {
    members.values.filter {
      !kinds.identities.contains($0.identity) && !$0.isControlled && !isShadow($0)
    }
    .sorted { a, b in
      let tiers = (ApplyOrder.Tier(of: a.identity), ApplyOrder.Tier(of: b.identity))
      if tiers.0 != tiers.1 { return tiers.0.rawValue > tiers.1.rawValue }
      return a.identity < b.identity
    }
  }

  /// Deletes `members` in their order, each only as the object that was found.
  func delete(_ members: [MemberSearch.Member], into report: inout ApplyReport) async throws {
    for member in members {
      do {
        let deletion = try await writer.delete(
          member.identity, preconditions: DeletePreconditions(uid: member.uid))
        report.pruned.append(member.identity)
        if deletion == .terminating { report.terminating.append(member.identity) }
      } catch let error as KubernetesError {
        if error.isUnreachable || error.api?.code == 401 { throw error }
        throw DeliveryError(
          cluster: writer.cluster, app: app,
          reason: .objects([
            DeliveryError.ObjectFailure(
              identity: member.identity, line: "it cannot be deleted: \(error.line)",
              isTransient: error.isTransient || error.api?.code == 409)
          ]))
      }
    }
  }

  /// Endpoints of a Service copy its labels and name no owner.
  private func isShadow(_ member: MemberSearch.Member) -> Bool {
    guard member.identity.group.isEmpty, member.identity.kind == "Endpoints" else { return false }
    return target.objects.contains { object in
      object.identity.group.isEmpty && object.identity.kind == "Service"
        && object.identity.name == member.identity.name
    }
  }
}
