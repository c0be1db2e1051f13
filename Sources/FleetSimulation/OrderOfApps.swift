internal import FleetModel
internal import Manifests
internal import RolloutEngine

/// An account of which app has which release where, from the events alone: a rollout starts when the
/// apps that its app depends on have what they make of the same commit.
struct OrderOfApps {
  private var apps: [App] = []
  private var environments: [Environment] = []
  private var labels: [String: [String: String]] = [:]
  /// Releases of an app, in the order of the branch.
  private var releases: [String: [ReleaseID]] = [:]
  private var commits: [ReleaseID: String] = [:]
  /// What a commit means for an app, by `app@commit`.
  private var answers: [String: ReleaseID] = [:]
  private var digests: [ReleaseID: [String: Digest]] = [:]
  private var stable: [PinID: ReleaseID] = [:]
  /// By cluster and app; missing while nobody knows.
  private var present: [String: [String: Digest]] = [:]
  private var assigned: [String: Digest] = [:]

  mutating func see(_ event: Event) {
    switch event {
    case .configurationAccepted(let event):
      apps = event.apps
      environments = event.environments
      for name in event.removed {
        labels[name] = nil
        present[name] = nil
      }
      for cluster in event.clusters { labels[cluster.name] = cluster.labels }
    case .releaseRecorded(let event):
      let before = releases[event.app]?.last.flatMap { digests[$0] } ?? [:]
      releases[event.app, default: []].append(event.release)
      commits[event.release] = event.commit.commit
      answers["\(event.app)@\(event.commit.commit)"] = event.release
      digests[event.release] = before.merging(event.changes) { _, new in new }
    case .releaseExtended(let event):
      digests[event.release]?.merge(event.digests) { _, new in new }
    case .commitUnchanged(let event):
      answers["\(event.app)@\(event.commit.commit)"] = event.release
    case .releaseStable(let event):
      stable[PinID(app: event.app, environment: event.environment)] = event.release
    case .targetDispatched(let event):
      assigned["\(event.rollout)/\(event.cluster)"] = event.digest
      // A deletion leaves the target state that is there.
      if event.deletes == nil {
        let app = app(event.rollout)
        present[event.cluster]?[app] = nil
      }
    case .targetApplied(let event), .targetHealthy(let event):
      let app = app(event.rollout)
      present[event.cluster, default: [:]][app] =
        assigned["\(event.rollout)/\(event.cluster)"]
    case .inventoryRecorded(let event):
      present[event.cluster, default: [:]].merge(event.digests) { _, new in new }
      for app in event.absent { present[event.cluster]?[app] = nil }
    default: break
    }
  }

  /// `<app>-<environment>-<number>`.
  private func app(_ id: RolloutID) -> String { String(id.rawValue.prefix { $0 != "-" }) }

  func require(_ plan: Plan) throws {
    guard let commit = commits[plan.release],
      let environment = environments.first(where: { $0.name == plan.environment })
    else { return }
    for other in apps.first(where: { $0.name == plan.app })?.dependsOn ?? [] {
      let members = labels.filter { _, labels in
        environment.clusters.matches(labels)
          && apps.first { $0.name == other }?.clusters.matches(labels) == true
      }
      guard !members.isEmpty, let wanted = answers["\(other)@\(commit)"],
        let order = releases[other], let needed = order.firstIndex(of: wanted)
      else { continue }
      let has = stable[PinID(app: other, environment: plan.environment)]
        .flatMap { order.firstIndex(of: $0) }
      let isThere = members.keys.allSatisfy { present[$0]?[other] == digests[wanted]?[$0] }
      guard isThere || has.map({ $0 >= needed }) ?? false else {
        throw Violation(
          "order", "\(plan.release) starts in \(plan.environment) before \(wanted) is stable")
      }
    }
  }
}
