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
  public static let version = "2"

  public let configuration: FleetConfiguration
  /// The commit that the tree belongs to, for messages; `nil` for files on disk.
  public let commit: String?
  private let builds: OverlayBuilds
  private let memory: RenderMemory

  /// - Parameters:
  ///   - tree: the whole repository.
  ///   - configuration: what `fleet/` says, usually of the same commit.
  ///   - memory: of earlier commits of the same repository.
  ///   - services: the programs that overlays may need.
  public init(
    tree: any FileTree, configuration: FleetConfiguration, commit: String?,
    memory: RenderMemory = RenderMemory(), services: BuildServices = .programs
  ) {
    self.configuration = configuration
    self.commit = commit
    self.memory = memory
    builds = OverlayBuilds(tree: tree, memory: memory, services: services)
  }

  /// A target state with what else is known of it.
  public struct Rendered: Sendable {
    public let state: TargetState
    /// The directory that was built.
    public let overlay: TreePath
    /// What built but most likely does not do what its author wants.
    public let warnings: [BuildWarning]
    /// What breaks the app's policy without keeping it from becoming a release.
    public let violations: [PolicyViolation]
    let claims: ObjectClaims
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
    return app.clusters.matches(cluster)
  }

  /// The target state of `app` on `cluster`, with its overlay, warnings and files.
  public func rendered(app name: String, cluster: String) throws(RenderError) -> Rendered {
    try rendered(try target(app: name, cluster: cluster), app: name, cluster: cluster)
  }

  /// A target state with the history of each object of the build.
  func traced(
    app name: String, cluster: String
  ) throws(RenderError) -> (rendered: Rendered, traces: [ObjectTrace]) {
    let target = try target(app: name, cluster: cluster)
    let rendered = try rendered(target, app: name, cluster: cluster)
    do { return (rendered, try builds.traces(of: target)) } catch {
      throw RenderError(error, app: name, cluster: cluster, overlay: target.overlay)
    }
  }

  private func rendered(
    _ target: RenderMemory.Target, app: String, cluster: String
  ) throws(RenderError) -> Rendered {
    do { return try builds.rendered(target) } catch {
      throw RenderError(error, app: app, cluster: cluster, overlay: target.overlay)
    }
  }

  private func target(
    app name: String, cluster: String
  ) throws(RenderError) -> RenderMemory.Target {
    func fail(_ reason: String) -> RenderError {
      RenderError(app: name, cluster: cluster, reason: reason)
    }
    guard let app = configuration.app(name) else { throw fail("there is no such app") }
    guard let record = configuration.cluster(cluster) else {
      throw fail("there is no such cluster")
    }
    let entry = try TargetPlan.entry(app, record, in: configuration)
    var finder = OverlayFinder(builds.tree)
    do {
      return RenderMemory.Target(
        overlay: try finder.find(entry.candidates).overlay, parameters: entry.parameters)
    } catch { throw fail(error.description) }
  }

  // MARK: All clusters

  /// The target states of `app` on all of its clusters, on all cores. One that fails does not keep
  /// the others from being rendered. Holds them all in memory: for digests alone see
  /// ``digests(app:)``.
  public func renderAll(app name: String) async -> [String: Result<TargetState, RenderError>] {
    guard let app = configuration.app(name) else { return [:] }
    let work = await RenderThreads.run { pending(for: app, remembered: nil) }
    var results: [String: Result<TargetState, RenderError>] =
      work.errors.mapValues { .failure($0) }
    await answer(work, app: name) { target throws(OverlayFault) in
      try builds.rendered(target).state
    } take: { cluster, result in
      results[cluster] = result
    }
    return results
  }

  /// What the clusters of an app shall have.
  public struct AppDigests: Sendable {
    /// By cluster.
    public var digests: [String: Digest] = [:]
    /// Why there is none, by cluster.
    public var errors: [String: RenderError] = [:]
    /// Clusters whose target state was known from an earlier commit.
    public var remembered = 0
    /// The objects of each cluster's target state.
    var claims: [String: ObjectClaims] = [:]
  }

  /// The digests of `app` on all of its clusters. Only what can have changed since the commits that
  /// the memory knows is rendered, on all cores.
  public func digests(app name: String) async -> AppDigests {
    guard let app = configuration.app(name) else { return AppDigests() }
    let work = await RenderThreads.run { pending(for: app, remembered: builds.remembered) }
    var result = AppDigests(
      digests: work.remembered.mapValues(\.digest), errors: work.errors,
      remembered: work.remembered.count, claims: work.remembered.mapValues(\.claims))
    let isFew = work.groups.count <= Renderer.fewTargets
    await answer(work, app: name) { target throws(OverlayFault) in
      try builds.digest(of: target, isKept: isFew)
    } take: { cluster, answer in
      switch answer {
      case .success(let named):
        result.digests[cluster] = named.digest
        result.claims[cluster] = named.claims
      case .failure(let error): result.errors[cluster] = error
      }
    }
    return result
  }

  /// What is no error but most likely not meant.
  struct Warnings: Sendable {
    let overlay: String
    let violations: [PolicyViolation]
    let ofBuild: [BuildWarning]
  }

  /// What breaks the policy of `app` without being an error, and what its builds warn about, by
  /// cluster.
  func warnings(app name: String) async -> [String: Warnings] {
    guard let app = configuration.app(name) else { return [:] }
    let work = await RenderThreads.run { pending(for: app, remembered: nil) }
    var found: [String: Warnings] = [:]
    await answer(work, app: name) { target throws(OverlayFault) in
      let rendered = try builds.rendered(target)
      return Warnings(
        overlay: target.overlay.description, violations: rendered.violations,
        ofBuild: rendered.warnings)
    } take: { cluster, result in
      // Errors are told with the digests.
      if case .success(let warnings) = result { found[cluster] = warnings }
    }
    return found
  }

  /// So many target states may be kept after their digests were asked for.
  private static let fewTargets = 256

  /// What is to be rendered for an app, and what need not be.
  private struct Work: Sendable {
    /// Clusters that share a target state.
    struct Group: Sendable {
      let target: RenderMemory.Target
      var clusters: [String]
    }

    var groups: [Group] = []
    var remembered: [String: OverlayBuilds.Named] = [:]
    var errors: [String: RenderError] = [:]
  }

  private func pending(
    for app: App, remembered: ((RenderMemory.Target, String?) -> OverlayBuilds.Named?)?
  ) -> Work {
    let plan = memory.plan(of: app, in: configuration)
    var work = Work(errors: plan.errors)
    work.remembered.reserveCapacity(plan.entries.count)
    var places: [RenderMemory.Target: Int] = [:]
    var finder = OverlayFinder(builds.tree)
    for entry in plan.entries {
      do throws(OverlayResolution.Failure) {
        let found = try finder.find(entry.candidates)
        let target = RenderMemory.Target(overlay: found.overlay, parameters: entry.parameters)
        if let named = remembered?(target, found.identity) {
          work.remembered[entry.cluster] = named
        } else if let place = places[target] {
          work.groups[place].clusters.append(entry.cluster)
        } else {
          places[target] = work.groups.count
          work.groups.append(Work.Group(target: target, clusters: [entry.cluster]))
        }
      } catch {
        work.errors[entry.cluster] = RenderError(
          app: app.name, cluster: entry.cluster, reason: error.description)
      }
    }
    return work
  }

  /// Asks `body` once for all clusters that want the same, on all cores.
  private func answer<Value: Sendable>(
    _ work: Work, app: String,
    _ body: @escaping @Sendable (RenderMemory.Target) throws(OverlayFault) -> Value,
    take: (String, Result<Value, RenderError>) -> Void
  ) async {
    let outcomes = await RenderThreads.map(work.groups) { group in
      Result { () throws(OverlayFault) in try body(group.target) }
    }
    for (group, outcome) in zip(work.groups, outcomes) {
      for cluster in group.clusters {
        take(
          cluster,
          outcome.mapError {
            RenderError($0, app: app, cluster: cluster, overlay: group.target.overlay)
          })
      }
    }
  }
}

extension RenderError {
  /// Puts names to what went wrong with an overlay.
  init(_ fault: OverlayFault, app: String, cluster: String, overlay: TreePath) {
    self.init(
      app: app, cluster: cluster, overlay: overlay.description, file: fault.file,
      line: fault.line, column: fault.column, reason: fault.reason,
      violations: fault.violations)
  }
}
