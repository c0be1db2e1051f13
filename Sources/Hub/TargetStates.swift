internal import FleetModel
internal import GitSource
internal import Kustomize
internal import Manifests
internal import Rendering
internal import RolloutEngine

/// Why the target state that a plan names cannot be had.
struct TargetStateError: Error, CustomStringConvertible {
  let description: String
}

/// Makes target states out of the repository when they are to be delivered, and keeps those that
/// are in use. Nothing is stored: a target state is a function of its commit, and what comes out is
/// held against the digest that was planned.
actor TargetStates {
  private let mirror: GitMirror
  private let memory: RenderMemory
  private let services: BuildServices
  private let limit: Int
  private var states: [Digest: TargetState] = [:]
  /// Digests in the order in which they were made, for forgetting the oldest.
  private var order: [Digest] = []
  /// Renderers share what they read and built, so the latest are kept, newest last.
  private var renderers: [(key: RendererKey, renderer: Renderer)] = []

  private struct RendererKey: Hashable {
    let commit: String
    let configuration: String
  }

  private static let keptRenderers = 4

  private let executor = QueueExecutor("flotilla.target-states")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// - Parameter services: the programs that overlays may need.
  init(mirror: GitMirror, memory: RenderMemory, services: BuildServices, limit: Int) {
    self.mirror = mirror
    self.memory = memory
    self.services = services
    self.limit = limit
  }

  /// The target state of `app` on `cluster` at `commit`, which is held against `digest`.
  /// `configurationCommit` is the configuration in force, which knows clusters that joined after the
  /// release was made.
  func targetState(
    of app: String, on cluster: String, at commit: String, digest: Digest,
    configurationCommit: String?
  ) async throws -> TargetState {
    if let state = states[digest] { return state }
    var lastProblem = "the cluster is not registered at this commit"
    for configuration in [commit, configurationCommit].compactMap(\.self) {
      let renderer: Renderer
      do {
        renderer = try await self.renderer(of: commit, configuredBy: configuration)
      } catch let error as TargetStateError {
        lastProblem = error.description
        continue
      }
      guard renderer.configuration.cluster(cluster) != nil else { continue }
      let state = try renderer.render(app: app, cluster: cluster)
      if state.digest == digest {
        keep(state)
        return state
      }
      lastProblem = "it renders to \(state.digest.short)"
    }
    throw TargetStateError(
      description:
        "app \(app) at commit \(commit.prefix(12)) does not render to the planned "
        + "\(digest.short) for cluster \(cluster): \(lastProblem)")
  }

  /// A renderer for the files of one commit with the configuration of another, or the same.
  func renderer(of commit: String, configuredBy other: String) async throws -> Renderer {
    let key = RendererKey(commit: commit, configuration: other)
    if let kept = renderers.first(where: { $0.key == key }) { return kept.renderer }
    let source = try await tree(other)
    guard let configuration = FleetLoader.load(tree: source).configuration else {
      throw TargetStateError(description: "fleet/ of commit \(other.prefix(12)) is not valid")
    }
    let renderer = Renderer(
      tree: commit == other ? source : try await tree(commit), configuration: configuration,
      commit: commit, memory: memory, services: services)
    keep(renderer, of: commit, configuredBy: other)
    return renderer
  }

  private func tree(_ commit: String) async throws -> GitTree {
    guard let id = CommitID(commit) else {
      throw TargetStateError(description: "'\(commit)' is no commit")
    }
    return try await mirror.tree(at: id)
  }

  /// Keeps a renderer that is likely to be used again soon.
  func keep(_ renderer: Renderer, of commit: String, configuredBy other: String) {
    renderers.append((RendererKey(commit: commit, configuration: other), renderer))
    if renderers.count > TargetStates.keptRenderers { renderers.removeFirst() }
  }

  /// Keeps a target state that is likely to be delivered soon.
  func keep(_ state: TargetState) {
    guard states.updateValue(state, forKey: state.digest) == nil else { return }
    order.append(state.digest)
    if order.count > limit { states[order.removeFirst()] = nil }
  }
}
