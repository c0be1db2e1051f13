internal import Manifests
public import SourceTree

/// What builds of one tree share: parsed files, and bases that are built already.
///
/// Made for rendering many overlays of one commit: hand the same cache to every build. A cache
/// belongs to one tree whose content does not change. Objects are copied on write, so builds never
/// see each other's changes.
public final class BuildCache: Sendable {
  private let memory: BuildMemory
  private let check: DependencyCheck?
  /// Bases of this very tree, whoever built them.
  private let common: BuildMemory.Bases
  /// Those of them that are used here, which nobody else uses.
  private let bases = BuildMemory.Bases(limit: .max)

  /// A cache that begins empty.
  public convenience init() { self.init(memory: BuildMemory(), nil, common: nil) }

  /// A cache that takes over from `memory` what is the same in this tree, which names its files by
  /// identity, as `check` finds.
  public convenience init(memory: BuildMemory, check: DependencyCheck) {
    self.init(memory: memory, check, common: nil)
  }

  private init(memory: BuildMemory, _ check: DependencyCheck?, common: BuildMemory.Bases?) {
    self.memory = memory
    self.check = check
    self.common = common ?? BuildMemory.Bases(limit: .max)
  }

  /// The same cache for builds on another thread. Both know the same, but what they hand out has no
  /// storage in common: two processors that count the references to one object wait for each other
  /// all the time.
  public func forAnotherThread() -> BuildCache {
    BuildCache(memory: memory, check, common: common)
  }

  var factSets: TreeFactSets { memory.factSets }

  func documents(of path: TreePath, identity: String?) -> [ParsedDocument]? {
    memory.documents[BuildMemory.FileKey(path, identity)]
  }

  func store(
    _ documents: [ParsedDocument], of path: TreePath, identity: String?, size: Int
  ) {
    memory.documents.store(documents, for: BuildMemory.FileKey(path, identity), cost: size)
  }

  func kustomization(at path: TreePath, identity: String?) -> Kustomization? {
    memory.kustomizations[BuildMemory.FileKey(path, identity)]
  }

  func store(
    _ kustomization: Kustomization, at path: TreePath, identity: String?, size: Int
  ) {
    memory.kustomizations.store(
      kustomization, for: BuildMemory.FileKey(path, identity), cost: size)
  }

  func base(at root: TreePath, _ options: BuildOptions) -> FinishedBase? {
    let key = BuildMemory.BaseKey(root: root, options: options)
    if let own = bases[key] { return own.first }
    guard let base = (common[key]?.first ?? earlier(key))?.copied() else { return nil }
    bases.store([base], for: key, cost: 0)
    return base
  }

  private func earlier(_ key: BuildMemory.BaseKey) -> FinishedBase? {
    guard let check else { return nil }
    return memory.bases[key]?.first { $0.dependencies.map(check.holds) ?? false }
  }

  func store(_ base: FinishedBase, at root: TreePath, _ options: BuildOptions) {
    let key = BuildMemory.BaseKey(root: root, options: options)
    bases.store([base], for: key, cost: 0)
    common.store([base], for: key, cost: 0)
    // Clear text is not carried from one commit to the next.
    guard check != nil, base.dependencies != nil, !base.isConfidential else { return }
    memory.remember(base, as: key)
  }
}
