internal import FleetModel
public import Manifests

/// One app on one cluster as a plan wants it changed. What is there and what shall be are digests,
/// rendered again from the commits that they came from.
public struct PlannedState: Sendable {
  /// One of the two states.
  public enum Side: Sendable {
    /// The app is not there.
    case nothing
    /// The state with this digest. `renderers` are those of the commit with each configuration that
    /// may know the cluster, the likeliest first.
    case rendered([Renderer], Digest)
    /// What is there is not known, and why.
    case unknown(String)
  }

  public let app: String
  public let cluster: String
  public let before: Side
  public let after: Side

  public init(app: String, cluster: String, before: Side, after: Side) {
    self.app = app
    self.cluster = cluster
    self.before = before
    self.after = after
  }

  /// What the app's applies may do, as the likeliest configuration afterwards says.
  var policy: ApplyPolicy? {
    guard case .rendered(let renderers, _) = after else { return nil }
    return renderers.first?.configuration.app(app)?.apply
  }

  func state(_ side: Side) throws(RenderError) -> TargetState? {
    switch side {
    case .nothing: return nil
    case .unknown(let reason): throw RenderError(app: app, cluster: cluster, reason: reason)
    case .rendered(let renderers, let digest):
      var problem = "the commit of \(digest.short) does not know the cluster"
      for renderer in renderers where renderer.hasTarget(app: app, cluster: cluster) {
        let state = try renderer.render(app: app, cluster: cluster)
        if state.digest == digest { return state }
        let commit = renderer.commit.map { "commit \($0.prefix(12))" } ?? "it"
        problem = "\(commit) renders to \(state.digest.short), not to the planned \(digest.short)"
      }
      throw RenderError(app: app, cluster: cluster, reason: problem)
    }
  }
}

extension FleetDifference {
  /// What becomes different by a plan, on all cores. A state that cannot be rendered, or that is not
  /// the one that was planned, is a failure and says nothing about its cluster.
  public static func of(_ states: [PlannedState]) async -> FleetDifference {
    await gathered(states) { state, collector in collector.add(Comparison(state)) }
  }
}
