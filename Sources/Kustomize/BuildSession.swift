internal import Manifests
internal import SourceTree

/// One build: the tree it reads, what it has read, and its warnings.
final class BuildSession {
  /// Notes what it is asked: that is what the outcome depends on.
  let tree: RecordingTree
  let options: BuildOptions
  let services: BuildServices
  private(set) var warnings: [BuildWarning] = []
  private(set) var filesRead: [TreePath: String?] = [:]
  /// Whether clear text of an encrypted file is in what was built so far.
  private(set) var isConfidential = false
  private let cache: BuildCache
  /// Directories of the bases and components entered so far, in order.
  private var enteredRoots: [TreePath] = []
  /// The schema in force: the built-in one or that of the first `openapi` of the top level.
  var schema: MergeSchema
  var schemaIsSet = false
  /// The schemas of custom resources that were asked, and the definitions that they are from.
  private var customSchemas: [GroupVersionKind: (definition: Node, schema: MergeSchema?)] = [:]
  /// Whether anything has asked the built-in schema: one that a base sets then adds to it, and
  /// takes its place otherwise.
  var usesBuiltInSchema: Bool { schemaUse.earlier || schemaUse.own }
  /// Apart for the base at work, which is shared with builds where something else came before it.
  private var schemaUse = (earlier: false, own: false)
  /// Whether the top level asks where things come from.
  var tracksOrigins = false
  private var resourceCount = 0

  /// Most resources that one build may hold.
  static let maximumResources = 50_000
  /// Deepest nesting of bases and components.
  static let maximumDepth = 100

  init(
    tree: any FileTree, at root: TreePath, options: BuildOptions, services: BuildServices,
    cache: BuildCache
  ) {
    self.tree = RecordingTree(tree, root: root, sets: cache.factSets)
    self.options = options
    self.services = services
    self.cache = cache
    schema = options.compatibility == .kustomize ? .kubernetes : .current
  }

  /// What the kustomization of a base comes to on its own: built once, however often it is used.
  /// `originPath` is the way to it as origins tell it.
  func accumulated(
    _ directory: Directory, originPath: String
  ) throws(BuildError) -> Accumulator {
    let root = directory.root
    // A schema of a base's own changes what follows, and origins differ from use to use.
    if !schemaIsSet, !tracksOrigins, let base = cache.base(at: root, options),
      !closesCycle(base, directory)
    {
      tree.note(part: base.dependencies)
      try count(base.accumulator.resources.count)
      filesRead.merge(base.filesRead) { known, _ in known }
      for warning in base.warnings { warn(warning) }
      schemaUse.own = schemaUse.own || base.usesBuiltInSchema
      enteredRoots += base.roots
      if base.isConfidential { isConfidential = true }
      return base.accumulator
    }
    let files = filesRead
    let earlier = warnings
    let wasConfidential = isConfidential
    filesRead = [:]
    warnings = []
    isConfidential = false
    let start = enteredRoots.count
    enteredRoots.append(root)
    let earlierUse = schemaUse
    schemaUse = (earlier: usesBuiltInSchema, own: false)
    defer {
      schemaUse = (earlier: earlierUse.earlier, own: earlierUse.own || schemaUse.own)
      filesRead.merge(files) { known, _ in known }
      let own = warnings
      warnings = earlier
      for warning in own { warn(warning) }
      if wasConfidential { isConfidential = true }
    }
    var accumulator = Accumulator()
    tree.begin(root)
    do throws(BuildError) {
      let target = try KustomizationTarget(directory, originPath: originPath)
      guard !target.kustomization.isComponent else {
        throw BuildError(
          .kustomizationFile,
          "'\(root.name)' is a Component; list it under 'components' instead of 'resources'")
      }
      try target.accumulate(into: &accumulator)
    } catch {
      _ = tree.end()
      throw error
    }
    let dependencies = tree.end()
    if !schemaIsSet, !tracksOrigins {
      accumulator.resources.prepareLookups()
      let base = FinishedBase(
        accumulator: accumulator, roots: Array(enteredRoots[start...]), filesRead: filesRead,
        warnings: warnings, usesBuiltInSchema: schemaUse.own, isConfidential: isConfidential,
        dependencies: dependencies)
      cache.store(base, at: root, options)
    }
    return accumulator
  }

  /// Notes that the schema is asked where lists merge.
  func useSchema() { schemaUse.own = true }

  /// The merge rules of `type` in a CustomResourceDefinition, read once while it stays the same.
  func customSchema(of type: GroupVersionKind, _ definition: Node) -> MergeSchema? {
    // Copies of one definition compare at once.
    if let known = customSchemas[type], known.definition == definition { return known.schema }
    let schema = CustomResourceSchema.read(definition, for: type)
    customSchemas[type] = (definition, schema)
    return schema
  }

  /// Notes the type of a resource: only the schema can tell whether one that is not in the table
  /// of scopes has a namespace.
  func note(_ type: GroupVersionKind) {
    if !schemaUse.own, !ResourceScopes.all.contains(type) { schemaUse.own = true }
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

  /// Reads a file that ``Directory`` has resolved. One that is encrypted is refused where encrypted
  /// files are opened: its text would mean nothing.
  func contents(of path: TreePath, identity: String?) throws(BuildError) -> [UInt8] {
    let bytes = try stored(path, identity)
    if services.decryption != nil, EncryptedFile(bytes, name: path.name) != nil {
      throw BuildError(
        .unsupported,
        "is encrypted, and only files of 'resources' and of generators are opened", file: path)
    }
    return bytes
  }

  private func stored(_ path: TreePath, _ identity: String?) throws(BuildError) -> [UInt8] {
    filesRead[path] = .some(identity)
    do { return try tree.contents(of: path) } catch {
      throw BuildError(.missingFile, "\(error)")
    }
  }

  /// Reads a file and opens it if it is encrypted.
  func openedContents(
    of path: TreePath, identity: String?
  ) throws(BuildError) -> (bytes: [UInt8], isEncrypted: Bool) {
    let bytes = try stored(path, identity)
    guard let encrypted = EncryptedFile(bytes, name: path.name) else { return (bytes, false) }
    guard let decryptor = services.decryption else {
      warn(
        BuildWarning(
          file: path, line: nil, message: "the file is encrypted and stays so",
          remedy: "give the file of age keys to open it"))
      return (bytes, true)
    }
    do {
      tree.note(input: "sops", try decryptor.identity())
      isConfidential = true
      return (try decryptor.decrypted(encrypted), true)
    } catch { throw BuildError(.configuration, error.message, file: path) }
  }

  /// The documents of a resource file, parsed once per build.
  func documents(
    of path: TreePath, identity: String?
  ) throws(BuildError) -> [ParsedDocument] {
    if let known = cache.documents(of: path, identity: identity) {
      filesRead[path] = .some(identity)
      return known
    }
    let (bytes, isEncrypted) = try openedContents(of: path, identity: identity)
    if isEncrypted {
      // Never kept, and no word of the text may get into a message.
      do { return try ResourceFile.parse(bytes, file: path) } catch {
        throw BuildError(
          error.class,
          "what is encrypted here is no list of Kubernetes objects; look at it with 'sops edit'",
          file: path)
      }
    }
    let documents = try ResourceFile.parse(bytes, file: path)
    cache.store(documents, of: path, identity: identity, size: bytes.count)
    return documents
  }

  func kustomization(
    at path: TreePath, identity: String?
  ) throws(BuildError) -> Kustomization {
    if let known = cache.kustomization(at: path, identity: identity) {
      filesRead[path] = .some(identity)
      return known
    }
    let bytes = try contents(of: path, identity: identity)
    let kustomization = try KustomizationDecoder.kustomization(bytes, file: path)
    cache.store(kustomization, at: path, identity: identity, size: bytes.count)
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
