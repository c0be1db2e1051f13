internal import FleetModel
internal import Kustomize
internal import Manifests
internal import SourceTree
internal import Synchronization

/// What is carried from the rendering of one commit to that of the next: which target state came of
/// which files and parameters, and the parsed files and bases on the way. No object's content is in
/// the former, so it may be stored.
///
/// One memory belongs to one repository. Bounded, and safe from any thread.
public final class RenderMemory: Sendable {
  /// A target state that was rendered once.
  struct Known: Sendable {
    let dependencies: TreeDependencies
    let digest: Digest
    let objects: Int
    let claims: ObjectClaims
  }

  /// Which target states are alike but for the files.
  struct Target: Hashable, Sendable {
    let overlay: TreePath
    let parameters: TargetParameters

    var name: Name { Name(overlay: overlay, parameters: parameters.digest) }
  }

  /// A target by the name of its parameters.
  struct Name: Hashable, Sendable {
    let overlay: TreePath
    let parameters: Digest
  }

  /// Target states that are remembered.
  private static let limit = 100_000
  /// Versions of one target state, as of commits on different branches and of reverted ones.
  private static let versions = 4

  let builds = BuildMemory()
  private let new = Mutex<[(target: Name, known: Known)]>([])
  /// The clusters of each app under the latest configuration.
  private let plans = Mutex<(configuration: FleetConfiguration, byApp: [String: TargetPlan])?>(nil)
  private let states = AgingCache<Name, [Known]>(limit: limit)

  public init() {}

  /// The clusters of `app`. A configuration that is the same is planned once.
  func plan(of app: App, in configuration: FleetConfiguration) -> TargetPlan {
    let known = plans.withLock { $0 }
    // Copies of one value compare at once.
    let isSame = known?.configuration == configuration
    if isSame, let plan = known?.byApp[app.name] { return plan }
    let plan = TargetPlan(app, in: configuration)
    plans.withLock { plans in
      if isSame { plans?.byApp[app.name] = plan } else { plans = (configuration, [app.name: plan]) }
    }
    return plan
  }

  /// The target state that the files still lead to; `nil` when it has to be rendered. `identity`
  /// names everything in the overlay, where it is known.
  func state(of target: Target, identity: String?, _ check: DependencyCheck) -> Known? {
    states[target.name]?.first { known in
      if let identity, known.dependencies.root == target.overlay {
        return check.holds(known.dependencies, rootIdentity: identity)
      }
      return check.holds(known.dependencies)
    }
  }

  func remember(_ known: Known, of target: Name, isNew: Bool = true) {
    let versions = [known] + (states[target] ?? []).prefix(Self.versions - 1)
    states.store(versions, for: target, cost: versions.count)
    guard isNew else { return }
    new.withLock {
      // Nobody takes them where there is no database.
      if $0.count >= Self.limit { $0.removeAll() }
      $0.append((target, known))
    }
  }

  /// What was rendered since the last call, oldest first.
  func takeNew() -> [(target: Name, known: Known)] {
    new.withLock { new in
      defer { new = [] }
      return new
    }
  }

  /// The latest version of every target state, those first that were not used for longest.
  func latest() -> [(target: Name, known: Known)] {
    states.byAge.compactMap { target, versions in versions.first.map { (target, $0) } }
  }
}
