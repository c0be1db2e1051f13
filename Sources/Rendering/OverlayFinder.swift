internal import FleetModel
internal import SourceTree

/// Finds overlays for many clusters of one commit: overlays lie side by side, so the directory above
/// them is read once instead of the way to each. One thread at a time.
struct OverlayFinder {
  private let tree: SharedTree
  private var directories: [TreePath: [String: TreeEntry]?] = [:]

  init(_ tree: SharedTree) { self.tree = tree }

  /// An overlay, and what names everything below it where that is known.
  struct Found {
    let overlay: TreePath
    var identity: String?
  }

  /// The first of `candidates` that is a directory: what `OverlayResolution` finds.
  mutating func find(
    _ candidates: [TargetPlan.Candidate]
  ) throws(OverlayResolution.Failure) -> Found {
    for (index, candidate) in candidates.enumerated() {
      guard let name = candidate.plainName, let directory = directory(candidate.parent) else {
        let rest = candidates[index...].map(\.path)
        do { return Found(overlay: try OverlayResolution.overlay(among: rest, in: tree)) } catch {
          guard case .missing = error else { throw error }
          throw .missing(candidates: candidates.map(\.path))
        }
      }
      switch directory[name] {
      case nil, .file?: continue
      case .directory(let identity)?: return Found(overlay: candidate.path, identity: identity)
      case .symbolicLink?, .submodule?:
        do {
          return Found(overlay: try OverlayResolution.overlay(among: [candidate.path], in: tree))
        } catch {
          guard case .missing = error else { throw error }
        }
      }
    }
    throw .missing(candidates: candidates.map(\.path))
  }

  /// What a directory holds; `nil` where that is not known at once.
  private mutating func directory(_ path: TreePath) -> [String: TreeEntry]? {
    if let known = directories[path] { return known }
    // Whoever goes the long way meets the failure again and reports it.
    let entries = (try? tree.entries(in: path)) ?? nil
    directories[path] = .some(entries)
    return entries
  }
}
