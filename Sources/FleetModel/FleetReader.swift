public import SourceTree
internal import Synchronization

/// Reads `fleet/` of one commit after the other, and only when something it is made of differs from
/// the last time. From any thread.
public final class FleetReader: Sendable {
  private let last = Mutex<(fleet: LoadedFleet, dependencies: TreeDependencies)?>(nil)

  public init() {}

  /// As ``FleetLoader/load(tree:)``.
  public func load(tree: any FileTree) -> LoadedFleet {
    let check = DependencyCheck(of: tree)
    if let known = last.withLock(\.self), check.holds(known.dependencies) { return known.fleet }
    let recorder = RecordingTree(tree, root: FleetLoader.root)
    let fleet = FleetLoader.load(tree: recorder)
    let dependencies = recorder.dependencies
    last.withLock { $0 = dependencies.map { (fleet, $0) } }
    return fleet
  }
}
