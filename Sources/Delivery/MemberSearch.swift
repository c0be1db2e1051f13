internal import KubernetesAPI
internal import Manifests

/// Finds objects on the cluster by the label of their set. Every answer is made of complete lists.
struct MemberSearch: Sendable {
  let delivery: ClusterDelivery
  let setID: String
  let served: TargetKinds

  private var client: KubernetesClient { delivery.client }

  /// An object that carries a set's label.
  struct Member: Sendable {
    let identity: ResourceIdentity
    let setID: String
    let uid: String
    let resourceVersion: String
    /// As in ``AppliedRecord``; `nil` where the server does not say.
    let ownership: String?
    /// Made and cared for by a controller, which copied the label.
    let isControlled: Bool
    /// Deleted already, and held by finalizers or its content.
    let isTerminating: Bool
  }

  /// All objects of our set. A kind that the cluster says it does not have has no objects.
  func members(of kinds: Set<GroupKind>) async throws -> [ResourceIdentity: Member] {
    let all = try await lists(of: kinds, selector: "\(ApplySet.partOfLabel)=\(setID)")
    return Dictionary(
      all.lazy.filter { $0.setID == setID }.map { ($0.identity, $0) }
    ) { first, _ in first }
  }

  /// The objects of other sets, with the set's id.
  func foreign(of kinds: Set<GroupKind>) async throws -> [ResourceIdentity: String] {
    let label = ApplySet.partOfLabel
    let all = try await lists(of: kinds, selector: "\(label),\(label)!=\(setID)")
    return Dictionary(
      all.lazy.filter { $0.setID != setID && !$0.isControlled }.map { ($0.identity, $0.setID) }
    ) { first, _ in first }
  }

  private func lists(of kinds: Set<GroupKind>, selector: String) async throws -> [Member] {
    var members: [Member] = []
    try await withThrowingTaskGroup(of: [Member].self) { group in
      var waiting = kinds.sorted()[...]
      func next() {
        guard let kind = waiting.popFirst() else { return }
        group.addTask { try await list(kind, selector: selector) }
      }
      for _ in 0..<delivery.concurrency { next() }
      while let found = try await group.next() {
        members += found
        next()
      }
    }
    return members
  }

  private func list(_ kind: GroupKind, selector: String) async throws -> [Member] {
    var resource = served.listable(kind)
    if resource == nil { resource = try await client.resource(for: kind) }
    guard let resource else { return [] }
    let list: ObjectList
    do {
      list = try await client.list(resource, selector: selector, detail: .metadata)
    } catch let error as KubernetesError where error.api?.code == 404 {
      // The kind went away since it was looked up. Only discovery may say so.
      client.forgetDiscovery()
      guard try await client.resource(for: kind) == nil else { throw error }
      return []
    }
    return list.items.compactMap { item in
      guard let metadata = item["metadata"], let name = metadata["name"]?.string,
        let uid = metadata["uid"]?.string,
        let set = metadata.value(at: "labels", ApplySet.partOfLabel)?.string
      else { return nil }
      let owners = metadata["ownerReferences"]?.sequence ?? []
      return Member(
        identity: ResourceIdentity(
          group: resource.kind.group, version: resource.kind.version, kind: resource.kind.kind,
          namespace: metadata["namespace"]?.string ?? "", name: name),
        setID: set, uid: uid, resourceVersion: metadata["resourceVersion"]?.string ?? "",
        ownership: AppliedRecord.ownership(of: item),
        isControlled: owners.contains { $0["controller"]?.bool == true },
        isTerminating: metadata["deletionTimestamp"] != nil)
    }
  }
}
