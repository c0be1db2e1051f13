public import SourceTree

/// What is carried from the builds of one commit to those of the next: parsed files by the identity
/// of their content, and finished bases with what they were made from. Bounded; what was not used
/// for longest goes first.
///
/// A memory belongs to one repository. From any thread.
public final class BuildMemory: Sendable {
  typealias Bases = AgingCache<BaseKey, [FinishedBase]>

  /// A base, and how it was built.
  struct BaseKey: Hashable, Sendable {
    let root: TreePath
    let options: BuildOptions
  }

  /// A file's content. The path is part of it where the tree knows no identities.
  struct FileKey: Hashable, Sendable {
    let path: TreePath
    let identity: String?

    init(_ path: TreePath, _ identity: String?) {
      self.path = path
      self.identity = identity
    }
  }

  /// Bytes of source text behind the parsed files of each kind; they take about ten times that.
  private static let sourceBytes = 16 << 20
  /// Objects in finished bases.
  private static let baseObjects = 100_000
  /// Versions of one base, as of commits on different branches.
  private static let versionsOfBase = 4

  let documents = AgingCache<FileKey, [ParsedDocument]>(limit: sourceBytes)
  let kustomizations = AgingCache<FileKey, Kustomization>(limit: sourceBytes)
  let bases = Bases(limit: baseObjects)
  /// Where facts that several builds have in common are kept.
  public let factSets = TreeFactSets()

  public init() {}

  func remember(_ base: FinishedBase, as key: BaseKey) {
    let versions = [base] + (bases[key] ?? []).prefix(Self.versionsOfBase - 1)
    bases.store(
      versions, for: key, cost: versions.reduce(1) { $0 + $1.accumulator.resources.count })
  }
}
