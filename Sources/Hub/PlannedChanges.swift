public import Manifests
internal import Rendering

/// One target of a plan: what is on the cluster, and what shall be.
public struct PlannedTarget: Sendable, Hashable {
  public enum Base: Sendable, Hashable {
    /// The app is not there.
    case nothing
    /// What `commit` renders to.
    case state(commit: String, Digest)
    /// Nobody can say, and why.
    case unknown(String)
  }

  public let app: String
  public let cluster: String
  public let base: Base
  /// The commit that renders to ``digest``.
  public let commit: String
  public let digest: Digest

  public init(app: String, cluster: String, base: Base, commit: String, digest: Digest) {
    self.app = app
    self.cluster = cluster
    self.base = base
    self.commit = commit
    self.digest = digest
  }
}

/// Says what plans change in objects. Both sides of each target are rendered again from their
/// commits, apart from what delivery renders, so that nothing waits for it.
actor PlannedChanges {
  /// Whoever looks at a plan looks at it again.
  private static let kept = 8

  private let targetStates: TargetStates
  private var known: [(key: Key, difference: FleetDifference)] = []

  private struct Key: Hashable {
    let targets: [PlannedTarget]
    let configuration: String?
  }

  init(targetStates: TargetStates) { self.targetStates = targetStates }

  /// - Parameter configuration: the commit in force, which knows clusters that joined after a commit.
  func difference(
    of targets: [PlannedTarget], configuration: String?
  ) async -> FleetDifference {
    let key = Key(targets: targets, configuration: configuration)
    if let found = known.first(where: { $0.key == key }) { return found.difference }
    var commits = Set(targets.map(\.commit))
    for target in targets {
      if case .state(let commit, _) = target.base { commits.insert(commit) }
    }
    var sources: [String: Source] = [:]
    for commit in commits.sorted() {
      sources[commit] = await source(of: commit, configuration: configuration)
    }
    let states = targets.map { target in
      PlannedState(
        app: target.app, cluster: target.cluster, before: target.base.side(sources),
        after: Source.side(sources[target.commit], target.digest))
    }
    let difference = await FleetDifference.of(states)
    // What failed may have failed for a moment only.
    if difference.failures.isEmpty {
      known.append((key, difference))
      if known.count > PlannedChanges.kept { known.removeFirst() }
    }
    return difference
  }

  /// What a commit's states can be rendered with.
  fileprivate enum Source {
    case renderers([Renderer])
    case failed(String)

    static func side(_ source: Source?, _ digest: Digest) -> PlannedState.Side {
      switch source {
      case .renderers(let renderers): .rendered(renderers, digest)
      case .failed(let reason): .unknown(reason)
      case nil: .unknown("its commit is not known")
      }
    }
  }

  private func source(of commit: String, configuration: String?) async -> Source {
    var renderers: [Renderer] = []
    var reason = ""
    for other in [commit, configuration].compactMap(\.self) {
      if !renderers.isEmpty, other == commit { continue }
      do {
        renderers.append(try await targetStates.renderer(of: commit, configuredBy: other))
      } catch { reason = "commit \(commit.prefix(12)) cannot be read: \(error)" }
    }
    return renderers.isEmpty ? .failed(reason) : .renderers(renderers)
  }
}

extension PlannedTarget.Base {
  fileprivate func side(_ sources: [String: PlannedChanges.Source]) -> PlannedState.Side {
    switch self {
    case .nothing: .nothing
    case .state(let commit, let digest): PlannedChanges.Source.side(sources[commit], digest)
    case .unknown(let reason): .unknown(reason)
    }
  }
}
