internal import Manifests
internal import SourceTree

/// One build: the tree it reads, what it has read, and its warnings.
final class BuildSession {
  let tree: any FileTree
  let options: BuildOptions
  private(set) var warnings: [BuildWarning] = []
  private(set) var filesRead: [TreePath: String?] = [:]
  private let cache: BuildCache
  /// Directories of the bases and components entered so far, in order.
  private var enteredRoots: [TreePath] = []
  /// The schema in force: the built-in one or that of the first `openapi` of the top level.
  var schema = MergeSchema.kubernetes
  var schemaIsSet = false
  /// Whether the top level asks where things come from.
  var tracksOrigins = false
  private var resourceCount = 0

  /// Most resources that one build may hold.
  static let maximumResources = 50_000
  /// Deepest nesting of bases and components.
  static let maximumDepth = 100

  init(tree: any FileTree, options: BuildOptions, cache: BuildCache) {
    self.tree = tree
    self.options = options
    self.cache = cache
  }

  /// What the kustomization of a base comes to on its own: built once, however often it is used.
  func accumulated(_ target: KustomizationTarget) throws(BuildError) -> Accumulator {
    let root = target.directory.root
    // A schema of a base's own changes what follows, and origins differ from use to use.
    let mayShare = !schemaIsSet && !tracksOrigins
    if mayShare, let base = cache.base(at: root), !closesCycle(base, target.directory) {
      try count(base.accumulator.resources.count)
      filesRead.merge(base.filesRead) { known, _ in known }
      for warning in base.warnings { warn(warning) }
      enteredRoots += base.roots
      return base.accumulator
    }
    let files = filesRead
    let earlier = warnings
    filesRead = [:]
    warnings = []
    let start = enteredRoots.count
    enteredRoots.append(root)
    defer {
      filesRead.merge(files) { known, _ in known }
      let own = warnings
      warnings = earlier
      for warning in own { warn(warning) }
    }
    var accumulator = Accumulator()
    try target.accumulate(into: &accumulator)
    if mayShare, !schemaIsSet {
      let base = FinishedBase(
        accumulator: accumulator, roots: Array(enteredRoots[start...]), filesRead: filesRead,
        warnings: warnings)
      cache.store(base, at: root)
    }
    return accumulator
  }

  /// Notes that a component is entered.
  func enter(_ root: TreePath) { enteredRoots.append(root) }

  private func closesCycle(_ base: FinishedBase, _ directory: Directory) -> Bool {
    directory.chain.dropLast().contains { visited in
      base.roots.contains { visited.isWithin($0) }
    }
  }

  func warn(_ warning: BuildWarning) {
    if !warnings.contains(warning) { warnings.append(warning) }
  }

  /// Reads a file that ``Directory`` has resolved.
  func contents(of path: TreePath, identity: String?) throws(BuildError) -> [UInt8] {
    filesRead[path] = .some(identity)
    do { return try tree.contents(of: path) } catch {
      throw BuildError(.missingFile, "\(error)")
    }
  }

  /// The documents of a resource file, parsed once per build.
  func documents(
    of path: TreePath, identity: String?
  ) throws(BuildError) -> [ParsedDocument] {
    if let known = cache.documents(of: path) {
      filesRead[path] = .some(identity)
      return known
    }
    let documents = try ResourceFile.parse(
      try contents(of: path, identity: identity), file: path)
    cache.store(documents, of: path)
    return documents
  }

  func kustomization(
    at path: TreePath, identity: String?
  ) throws(BuildError) -> Kustomization {
    if let known = cache.kustomization(at: path) {
      filesRead[path] = .some(identity)
      return known
    }
    let kustomization = try KustomizationDecoder.kustomization(
      try contents(of: path, identity: identity), file: path)
    cache.store(kustomization, at: path)
    return kustomization
  }

  /// Counts resources against the limit: bases multiply, so a few lines can ask for billions.
  func count(_ added: Int) throws(BuildError) {
    resourceCount += added
    if resourceCount > Self.maximumResources {
      throw BuildError(
        .unsupported, "the build holds more than \(Self.maximumResources) resources")
    }
  }
}
