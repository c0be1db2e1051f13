internal import FleetModel
internal import Manifests

// What clusters said to hold beyond their target states is kept for as long as somebody may delete
// by it or look at it; the log holds it for ever.

extension Engine {
  /// Makes a list known before something refers to it.
  mutating func remember(_ list: DeletionList) -> Digest {
    let digest = list.digest
    if state.deletionLists[digest] == nil { emit(.deletionsFound(DeletionsFound(list: list))) }
    return digest
  }

  /// Forgets the lists that nothing refers to any more. Whenever a rollout has ended there may be some.
  mutating func forgetDeletions() {
    let lists = state.unusedDeletionLists
    if !lists.isEmpty { emit(.deletionsForgotten(DeletionsForgotten(lists: lists))) }
  }
}

extension Event {
  /// Whether a rollout has come to its end.
  var endsRollout: Bool {
    switch self {
    case .rolloutSucceeded, .rolloutAborted, .rolloutSuperseded, .rolloutRolledBack,
      .rolloutFailed:
      true
    default: false
    }
  }
}

extension State {
  /// Lists are used by rollouts that are open, by the last one of each pin, and by what clusters hold.
  fileprivate var unusedDeletionLists: [Digest] {
    guard !deletionLists.isEmpty else { return [] }
    var used = Set<Digest>()
    for (id, rollout) in rollouts
    where !rollout.phase.isTerminal || lastRollout(of: rollout.pin) == id {
      for target in rollout.targets {
        if let list = target.leftovers { used.insert(list) }
        if let list = target.deletes { used.insert(list) }
      }
    }
    for cluster in clusters.values {
      for deployed in cluster.deployed.values {
        if let list = deployed.leftovers { used.insert(list) }
      }
    }
    return deletionLists.keys.filter { !used.contains($0) }.sorted { $0.hex < $1.hex }
  }

  mutating func apply(_ event: DeletionsForgotten) {
    for list in event.lists { deletionLists[list] = nil }
  }
}
