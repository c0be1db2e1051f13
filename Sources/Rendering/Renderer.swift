public import FleetModel
internal import Foundation
public import Kustomize
public import Manifests
public import SourceTree

/// Makes the target states of one commit: (app, cluster) to the exact, ordered objects.
///
/// A pure function of the tree, the configuration and ``version``. A renderer and its copies share
/// what they have read and built: each file is read once, and clusters that use the same overlay
/// share one build.
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
  public init(tree: any FileTree, configuration: FleetConfiguration, commit: String?) {
    self.configuration = configuration
    self.commit = commit
    builds = OverlayBuilds(tree: tree)
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
  public func rendered(app: String, cluster: String) throws(RenderError) -> Rendered {
    let target = try target(app: app, cluster: cluster)
    return try target.naming { () throws(OverlayFault) in
      try builds.rendered(target.overlay, namespace: target.app.namespace)
    }
  }

  /// The target states of `app` on all of its clusters, on all cores. One that fails does not keep
  /// the others from being rendered.
  public func renderAll(app name: String) async -> [String: Result<TargetState, RenderError>] {
    guard let app = configuration.app(name) else { return [:] }
    var results: [String: Result<TargetState, RenderError>] = [:]
    // Clusters of one overlay share a build, so the overlays are the work to hand out.
    var byOverlay: [TreePath: [Target]] = [:]
    for cluster in configuration.clusters where app.clusters.matches(cluster.labels) {
      do throws(RenderError) {
        let target = try target(app, cluster)
        byOverlay[target.overlay, default: []].append(target)
      } catch {
        results[cluster.name] = .failure(error)
      }
    }
    typealias Answers = [(cluster: String, result: Result<TargetState, RenderError>)]
    await withTaskGroup(of: Answers.self) { group in
      var waiting = byOverlay.values.makeIterator()
      func addNext() -> Bool {
        guard let targets = waiting.next() else { return false }
        group.addTask {
          targets.map { target in
            let result = Result { () throws(RenderError) in
              try target.naming { () throws(OverlayFault) in
                try builds.rendered(target.overlay, namespace: target.app.namespace)
              }.state
            }
            return (target.cluster, result)
          }
        }
        return true
      }
      var running = 0
      while running < Renderer.width, addNext() { running += 1 }
      for await answers in group {
        for answer in answers { results[answer.cluster] = answer.result }
        _ = addNext()
      }
    }
    return results
  }

  /// How many overlays are built at once.
  private static let width = max(2, ProcessInfo.processInfo.activeProcessorCount)

  /// What is to be built for one app on one cluster.
  private struct Target: Sendable {
    let app: App
    let cluster: String
    let overlay: TreePath

    /// Puts names to what went wrong with the overlay.
    func naming<Value>(
      _ body: () throws(OverlayFault) -> Value
    ) throws(RenderError) -> Value {
      do { return try body() } catch {
        throw RenderError(
          app: app.name, cluster: cluster, overlay: overlay.description, file: error.file,
          line: error.line, column: error.column, reason: error.reason)
      }
    }
  }

  private func target(app name: String, cluster: String) throws(RenderError) -> Target {
    guard let app = configuration.app(name) else {
      throw RenderError(app: name, cluster: cluster, reason: "there is no such app")
    }
    guard let record = configuration.cluster(cluster) else {
      throw RenderError(app: name, cluster: cluster, reason: "there is no such cluster")
    }
    return try target(app, record)
  }

  private func target(_ app: App, _ cluster: Cluster) throws(RenderError) -> Target {
    func fail(_ reason: String) -> RenderError {
      RenderError(app: app.name, cluster: cluster.name, reason: reason)
    }
    guard app.clusters.matches(cluster.labels) else {
      throw fail("the app's selector '\(app.clusters)' does not match the cluster's labels")
    }
    guard let environment = configuration.environment(of: cluster) else {
      throw fail("the cluster belongs to no environment")
    }
    if app.substitute {
      throw fail("'substitute' is not available in this version; remove it from the app")
    }
    do {
      let overlay = try OverlayResolution.overlay(
        of: app, cluster: cluster.name, environment: environment.name, in: builds.tree)
      return Target(app: app, cluster: cluster.name, overlay: overlay)
    } catch { throw fail(error.description) }
  }
}
