internal import Manifests
internal import SourceTree
internal import Synchronization

/// What builds of one tree share: parsed files, and bases that are built already.
///
/// Made for rendering many overlays of one commit: hand the same cache to every build. A cache
/// belongs to one tree whose content does not change, and to one set of options. Objects are
/// copied on write, so builds never see each other's changes.
public final class BuildCache: Sendable {
  private struct Contents {
    var documents: [TreePath: [ParsedDocument]] = [:]
    var kustomizations: [TreePath: Kustomization] = [:]
    var bases: [TreePath: FinishedBase] = [:]
  }

  private let contents = Mutex(Contents())

  public init() {}

  func documents(of path: TreePath) -> [ParsedDocument]? {
    contents.withLock { $0.documents[path] }
  }

  func store(_ documents: [ParsedDocument], of path: TreePath) {
    contents.withLock { $0.documents[path] = documents }
  }

  func kustomization(at path: TreePath) -> Kustomization? {
    contents.withLock { $0.kustomizations[path] }
  }

  func store(_ kustomization: Kustomization, at path: TreePath) {
    contents.withLock { $0.kustomizations[path] = kustomization }
  }

  func base(at root: TreePath) -> FinishedBase? { contents.withLock { $0.bases[root] } }

  func store(_ base: FinishedBase, at root: TreePath) {
    contents.withLock { $0.bases[root] = base }
  }
}

/// A base on its own, before anything above it has changed it.
struct FinishedBase: Sendable {
  let accumulator: Accumulator
  /// Directories below it that it uses, itself included: none may lie on the way to it.
  let roots: [TreePath]
  let filesRead: [TreePath: String?]
  let warnings: [BuildWarning]
}
