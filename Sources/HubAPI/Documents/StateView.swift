internal import FleetModel
internal import Hub
internal import Manifests
internal import RolloutEngine

/// Reads documents out of the state at one moment. Short-lived: built inside a read.
struct StateView {
  let state: State
  let now: Instant
  /// What the hub knows of the lines to clusters, as far as that was asked for.
  var connections: [String: ClusterConnection] = [:]

  func decision(_ pause: Pause) -> DecisionDocument {
    DecisionDocument(
      by: pause.actor, since: Timestamp(pause.since), reason: pause.reason,
      until: pause.until.map(Timestamp.init))
  }
}

/// Which documents a list is to hold.
struct ListFilter: Sendable {
  var selector: LabelSelector?
  var app: String?
  var environment: String?
  var rollout: String?

  func admits(app: String, environment: String, rollout: String) -> Bool {
    (self.app ?? app) == app && (self.environment ?? environment) == environment
      && (self.rollout ?? rollout) == rollout
  }
}
