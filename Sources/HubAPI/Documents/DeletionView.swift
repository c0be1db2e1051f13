internal import Manifests
internal import RolloutEngine

extension StateView {
  /// What a rollout deletes last, or has found so far to be deleted; `nil` for nothing.
  func deletions(of rollout: Rollout) -> DeletionsDocument? {
    let wave = rollout.deletionWave.map { rollout.waves[$0] }
    var clusters: [Digest: [String]] = [:]
    var order: [Digest] = []
    for target in rollout.targets[wave?.targets ?? rollout.targets.indices] {
      guard let digest = wave == nil ? target.leftovers : target.deletes else { continue }
      if clusters[digest] == nil { order.append(digest) }
      clusters[digest, default: []].append(target.cluster)
    }
    let lists = order.compactMap { digest -> DeletionsDocument.List? in
      guard let list = state.deletionLists[digest] else { return nil }
      return DeletionsDocument.List(
        clusters: clusters[digest] ?? [],
        objects: list.objects.map { object in
          DeletionsDocument.Object(
            group: object.identity.group, kind: object.identity.kind,
            namespace: object.identity.namespace.isEmpty ? nil : object.identity.namespace,
            name: object.identity.name, isReplaced: object.isReplaced ?? false)
        })
    }
    if lists.isEmpty {
      // Of older rollouts only the log has the lists.
      return wave?.deletions.map { deletions in
        DeletionsDocument(
          wave: wave?.name, list: deletions.digest.hex, clusters: deletions.clusters,
          objects: deletions.objects, objections: deletions.objections, lists: [])
      }
    }
    return DeletionsDocument(
      wave: wave?.name, list: wave?.deletions?.digest.hex,
      clusters: lists.reduce(0) { $0 + $1.clusters.count },
      objects: lists.reduce(0) { $0 + $1.clusters.count * $1.objects.count },
      objections: wave?.deletions?.objections ?? [], lists: lists)
  }
}
