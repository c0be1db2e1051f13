public import FleetModel
public import Kustomize
public import Manifests
public import SourceTree

/// Makes the target states of one commit: (app, cluster) to the exact, ordered objects.
///
/// A pure function of the tree, the configuration and ``version``. A renderer and its copies share
/// what they have read and built: each file is read once, and clusters that use the same overlay
/// share one build. With the memory of earlier commits, what did not change is not rendered again.
///
/// Calls without `async` read files: make them outside of Swift's cooperative pool.
public struct Renderer: Sendable {
  /// Changes whenever the same files may render to other objects, so that recorded digests are
  /// never compared across such a change.
  public static let version = "1"

  public let configuration: FleetConfiguration
  /// The commit that the tree belongs to, for messages; `nil` for files on disk.
  public let commit: String?
  private let builds: OverlayBuilds

  /// - Parameters:
  ///   - tree: the whole repository.
  ///   - configuration: what `fleet/` says, usually of the same commit.
  ///   - memory: of earlier commits of the same repository.
  public init(
    tree: any FileTree, configuration: FleetConfiguration, commit: String?,
    memory: RenderMemory = RenderMemory()
  ) {
    self.configuration = configuration
    self.commit = commit
    builds = OverlayBuilds(tree: tree, memory: memory)
  }

  /// A target state with what else is known of it.
  public struct Rendered: Sendable {
    public let state: TargetState
    /// The directory that was built.
    public let overlay: TreePath
    /// What built but most likely does not do what its author wants.
    public let warnings: [BuildWarning]
    /// Every file that the target state was made from.
    public let files: [BuildResult.FileRead]
  }

  /// The target state of `app` on `cluster`.
  public func render(app: String, cluster: String) throws(RenderError) -> TargetState {
    try rendered(app: app, cluster: cluster).state
  }

  /// Whether `app` is meant for `cluster`; false for names that nothing has.
  public func hasTarget(app: String, cluster: String) -> Bool {
    guard let app = configuration.app(app), let cluster = configuration.cluster(cluster) else {
      return false
    }
    return app.clusters.matches(cluster.labels)
  }

  /// The target state of `app` on `cluster`, with its overlay, warnings and files.
  public func rendered(app name: String, cluster: String) throws(RenderError) -> Rendered {
    guard let app = configuration.app(name) else {
      throw RenderError(app: name, cluster: cluster, reason: "there is no such app")
    }
    guard let record = configuration.cluster(cluster) else {
      throw RenderError(app: name, cluster: cluster, reason: "there is no such cluster")
    }
    let target = try target(app, record)
    do { return try builds.rendered(target) } catch {
      throw RenderError(error, app: name, cluster: cluster, overlay: target.overlay)
    }
  }

  /// The target states of `app` on all of its clusters, on all cores. One that fails does not keep
  /// the others from being rendered. Holds them all in memory: for digests alone see
  /// ``digests(app:)``.
  public func renderAll(app name: String) async -> [String: Result<TargetState, RenderError>] {
    await answers(app: name) { target, _ throws(OverlayFault) in
      try builds.rendered(target).state
    }
  }

  /// What the clusters of an app shall have.
  public struct AppDigests: Sendable {
    /// By cluster.
    public var digests: [String: Digest] = [:]
    /// Why there is none, by cluster.
    public var errors: [String: RenderError] = [:]
    /// Clusters whose target state was known from an earlier commit.
    public var remembered = 0
  }

  /// The digests of `app` on all of its clusters. Only what can have changed since the commits that
  /// the memory knows is rendered, on all cores.
  public func digests(app name: String) async -> AppDigests {
    let answers = await answers(app: name) { target, isFew throws(OverlayFault) in
      try builds.digest(of: target, isKept: isFew)
    }
    var result = AppDigests()
    result.digests.reserveCapacity(answers.count)
    for (cluster, answer) in answers {
      switch answer {
      case .success(let named):
        result.digests[cluster] = named.digest
        if named.isRemembered { result.remembered += 1 }
      case .failure(let error): result.errors[cluster] = error
      }
    }
    return result
  }

  /// Asks `body` once for all clusters that want the same. It is also told whether there are so few
  /// of them that their target states may be kept.
  private func answers<Value: Sendable>(
    app name: String,
    _ body: @escaping @Sendable (RenderMemory.Target, Bool) throws(OverlayFault) -> Value
  ) async -> [String: Result<Value, RenderError>] {
    guard let app = configuration.app(name) else { return [:] }
    let (groups, faults) = await RenderThreads.run { targets(of: app) }
    var results: [String: Result<Value, RenderError>] = faults.mapValues { .failure($0) }
    let isFew = groups.count <= Renderer.fewTargets
    let outcomes = await RenderThreads.map(groups) { group in
      Result { () throws(OverlayFault) in try body(group.target, isFew) }
    }
    results.reserveCapacity(results.count + groups.count)
    for (group, outcome) in zip(groups, outcomes) {
      for cluster in group.clusters {
        results[cluster] = outcome.mapError { fault in
          RenderError(fault, app: name, cluster: cluster, overlay: group.target.overlay)
        }
      }
    }
    return results
  }

  private static let fewTargets = 256

  // MARK: Targets

  /// Clusters that share a target state.
  private struct Group: Sendable {
    let target: RenderMemory.Target
    var clusters: [String]
  }

  private func targets(of app: App) -> ([Group], [String: RenderError]) {
    var groups: [Group] = []
    var places: [RenderMemory.Target: Int] = [:]
    var faults: [String: RenderError] = [:]
    for cluster in configuration.clusters where app.clusters.matches(cluster.labels) {
      do throws(RenderError) {
        let target = try target(app, cluster)
        if let place = places[target] {
          groups[place].clusters.append(cluster.name)
        } else {
          places[target] = groups.count
          groups.append(Group(target: target, clusters: [cluster.name]))
        }
      } catch { faults[cluster.name] = error }
    }
    return (groups, faults)
  }

  private func target(
    _ app: App, _ cluster: Cluster
  ) throws(RenderError) -> RenderMemory.Target {
    func fail(_ reason: String) -> RenderError {
      RenderError(app: app.name, cluster: cluster.name, reason: reason)
    }
    guard app.clusters.matches(cluster.labels) else {
      throw fail("the app's selector '\(app.clusters)' does not match the cluster's labels")
    }
    guard let environment = configuration.environment(of: cluster) else {
      throw fail("the cluster belongs to no environment")
    }
    do {
      let overlay = try OverlayResolution.overlay(
        of: app, cluster: cluster.name, environment: environment.name, in: builds.tree)
      let variables =
        app.substitute ? SubstitutionVariables.of(cluster, environment: environment.name) : nil
      return RenderMemory.Target(
        overlay: overlay,
        parameters: TargetParameters(namespace: app.namespace, variables: variables))
    } catch { throw fail(error.description) }
  }
}

extension RenderError {
  /// Puts names to what went wrong with an overlay.
  init(_ fault: OverlayFault, app: String, cluster: String, overlay: TreePath) {
    self.init(
      app: app, cluster: cluster, overlay: overlay.description, file: fault.file,
      line: fault.line, column: fault.column, reason: fault.reason)
  }
}
