internal import FleetModel

// A cordoned cluster gets no new work. Its targets wait; they do not fail.

extension Engine {
  mutating func cordon(
    _ cluster: String, until: Instant?, by command: Command
  ) throws(Refusal) {
    let what = "cordon \(cluster)"
    try requireCluster(cluster, for: what)
    if let cordon = state.clusters[cluster]?.cordon {
      throw Refusal(
        what: what, why: "it is cordoned already, by \(cordon.actor)",
        remedy: "to end that: flotilla uncordon \(cluster)")
    }
    if let until, until <= now {
      throw Refusal(
        what: what, why: "\(until.text) has passed", remedy: "give --until a later time")
    }
    emit(.clusterCordoned(ClusterCordoned(cluster: cluster, until: until)), by: command)
  }

  mutating func uncordon(_ cluster: String, by command: Command) throws(Refusal) {
    let what = "uncordon \(cluster)"
    try requireCluster(cluster, for: what)
    guard state.clusters[cluster]?.cordon != nil else {
      throw Refusal(
        what: what, why: "it is not cordoned", remedy: "list them: flotilla get clusters")
    }
    emit(.clusterUncordoned(ClusterUncordoned(cluster: cluster)), by: command)
    for id in state.openRollouts { advance(id) }
  }

  mutating func endCordon(of cluster: String) {
    emit(
      .clusterUncordoned(ClusterUncordoned(cluster: cluster)),
      reason: "the cordon was to end now")
    for id in state.openRollouts { advance(id) }
  }

  private func requireCluster(_ cluster: String, for what: String) throws(Refusal) {
    guard state.clusters[cluster] == nil else { return }
    throw Refusal(
      what: what, why: "there is no such cluster", remedy: "list them: flotilla get clusters")
  }
}

extension State {
  mutating func apply(_ event: ClusterCordoned, _ record: RecordedEvent) {
    clusters[event.cluster]?.cordon = Pause(
      actor: record.actor, reason: record.reason, since: record.at, until: event.until)
    if let until = event.until { timers.insert(.cordon(event.cluster), at: until) }
  }

  mutating func apply(_ event: ClusterUncordoned) {
    clusters[event.cluster]?.cordon = nil
    for id in catalog.openRollouts {
      change(id) { rollout in
        guard let position = rollout.positions[event.cluster],
          rollout.held.contains(position)
        else { return }
        rollout.enqueue(position)
      }
    }
  }
}
