internal import FleetModel
internal import Kustomize
internal import Manifests
internal import SourceTree

/// The clusters of one app with all that does not depend on files: where their overlays are looked
/// for, and the parameters. The same for all commits with the same `fleet/`.
struct TargetPlan: Sendable {
  /// A directory that may be the overlay.
  struct Candidate: Sendable {
    let path: TreePath
    let parent: TreePath
    /// The last component, where it is ASCII.
    let plainName: String?

    init(_ path: TreePath) {
      self.path = path
      parent = path.parent
      plainName = path.isRoot || !path.name.utf8.allSatisfy { $0 < 128 } ? nil : path.name
    }
  }

  struct Entry: Sendable {
    let cluster: String
    let candidates: [Candidate]
    let parameters: TargetParameters
  }

  private(set) var entries: [Entry] = []
  private(set) var errors: [String: RenderError] = [:]

  /// The plan for all clusters of `app`.
  init(_ app: App, in configuration: FleetConfiguration) {
    // Most apps have the same parameters everywhere.
    let common = app.substitute ? nil : TargetPlan.parameters(app)
    for cluster in configuration.clusters where app.clusters.matches(cluster) {
      do throws(RenderError) {
        entries.append(
          try TargetPlan.entry(app, cluster, in: configuration, common: common))
      } catch { errors[cluster.name] = error }
    }
  }

  private static func parameters(
    _ app: App, _ variables: [String: String]? = nil
  ) -> TargetParameters {
    TargetParameters(
      app: app.name, namespace: app.namespace, variables: variables,
      compatibility: CompatibilityLevel(app.compat), policy: AdmissionPolicy(app))
  }

  /// What is planned for one cluster. `common` are the app's parameters where those of all clusters
  /// are the same.
  static func entry(
    _ app: App, _ cluster: Cluster, in configuration: FleetConfiguration,
    common: TargetParameters? = nil
  ) throws(RenderError) -> Entry {
    func fail(_ reason: String) -> RenderError {
      RenderError(app: app.name, cluster: cluster.name, reason: reason)
    }
    guard app.clusters.matches(cluster) else {
      throw fail("the app's selector '\(app.clusters)' does not match the cluster's labels")
    }
    guard let environment = configuration.environment(of: cluster) else {
      throw fail("the cluster belongs to no environment")
    }
    do {
      let candidates = try OverlayResolution.candidates(
        app: app, cluster: cluster.name, environment: environment.name)
      let variables =
        app.substitute ? SubstitutionVariables.of(cluster, environment: environment.name) : nil
      return Entry(
        cluster: cluster.name, candidates: candidates.map(Candidate.init),
        parameters: common ?? parameters(app, variables))
    } catch { throw fail(error.description) }
  }
}

extension CompatibilityLevel {
  /// What the fleet files call by the same names.
  fileprivate init(_ word: App.Compatibility) {
    switch word {
    case .kustomize: self = .kustomize
    case .kubernetes: self = .kubernetes
    }
  }
}
