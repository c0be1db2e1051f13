internal import Manifests
internal import SourceTree

/// One build: the tree it reads, what it has read, and its warnings.
final class BuildSession {
  let tree: any FileTree
  let options: BuildOptions
  private(set) var warnings: [BuildWarning] = []
  private(set) var filesRead: [TreePath: String?] = [:]
  private var parsed: [TreePath: [ParsedDocument]] = [:]
  private var kustomizations: [TreePath: Kustomization] = [:]
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

  init(tree: any FileTree, options: BuildOptions) {
    self.tree = tree
    self.options = options
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
    if let known = parsed[path] { return known }
    let documents = try ResourceFile.parse(
      try contents(of: path, identity: identity), file: path)
    parsed[path] = documents
    return documents
  }

  func kustomization(
    at path: TreePath, identity: String?
  ) throws(BuildError) -> Kustomization {
    if let known = kustomizations[path] { return known }
    let kustomization = try KustomizationDecoder.kustomization(
      try contents(of: path, identity: identity), file: path)
    kustomizations[path] = kustomization
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
