public import Manifests
public import SourceTree

/// Builds kustomizations: what `kubectl kustomize DIR` prints (kustomize v5.5.0), as a pure
/// function of the files of a tree.
///
/// Deviations and what is refused by name are listed in docs/kustomize.md.
public enum KustomizeBuild {
  /// Builds the kustomization in the directory at `path`. Builds of the same tree may share a
  /// `cache`.
  public static func build(
    _ tree: any FileTree, at path: TreePath, options: BuildOptions = BuildOptions(),
    services: BuildServices = .none, cache: BuildCache = BuildCache()
  ) throws(BuildError) -> BuildResult {
    let tree = services.mounting(on: tree)
    let root: TreePath
    do { root = try tree.resolve(path).path } catch {
      throw BuildError(.missingFile, "\(error)")
    }
    let session = BuildSession(
      tree: tree, at: root, options: options, services: services, cache: cache)
    let directory = try Directory(session: session, top: path)
    let target: KustomizationTarget
    do { target = try KustomizationTarget(directory) } catch { throw error.at(root) }
    let metadata = try BuildMetadata(target)
    session.tracksOrigins = !metadata.isEmpty
    var accumulator = Accumulator()
    try target.accumulate(into: &accumulator)
    var resources = accumulator.resources
    func trace(_ source: FieldSource) {
      if options.traces { resources.attribute(to: source) }
    }
    try HashSuffix.apply(to: &resources)
    trace(FieldSource("hash of the content"))
    do {
      try NameReferences.apply(accumulator.configuration, to: &resources)
      trace(FieldSource("reference to a renamed object"))
      let unused = try accumulator.variables.resolve(
        in: &resources, accumulator.configuration.variableReferences)
      for definition in unused {
        session.warn(
          BuildWarning(
            file: definition.file, line: definition.variable.line,
            message: "no field uses the variable $(\(definition.variable.name))",
            remedy: "remove it, or name the field in 'varReference' of a configuration"))
      }
    } catch { throw error.at(target.file) }
    if options.traces {
      resources.attribute { accumulator.variables.source(of: $0) }
    }
    for resource in resources.items { try BuildMetadata.check(resource) }
    resources.removeAll(where: isLocal)
    var items = resources.items
    try sort(&items, target)
    for index in items.indices {
      try metadata.finish(&items[index])
      var node = items[index].node
      items[index].trace?.attribute(
        node,
        to: FieldSource(
          "buildMetadata", file: target.file, line: target.kustomization.lines["buildMetadata"]))
      do throws(BuildError) { try FinalForm.apply(to: &items[index].node) } catch {
        throw error.about("\(items[index].id)").at(items[index].place)
      }
      node = items[index].node
      items[index].trace?.reform(node)
    }
    return BuildResult(
      objects: items.map(\.node), places: items.map(\.place), traces: items.compactMap(\.trace),
      warnings: session.warnings,
      files: session.filesRead.map { BuildResult.FileRead(path: $0.key, identity: $0.value) }
        .sorted { $0.path < $1.path },
      isConfidential: session.isConfidential, dependencies: session.tree.dependencies)
  }

  /// Whether an object is for tools on the way only.
  private static func isLocal(_ resource: Resource) -> Bool {
    guard
      let value = resource.node.value(at: "metadata", "annotations")?[
        "config.kubernetes.io/local-config"]
    else { return false }
    return value.scalar?.text != "false"
  }

  private static func sort(
    _ items: inout [Resource], _ target: KustomizationTarget
  ) throws(BuildError) {
    let options = target.kustomization.sortOptions
    func fail(_ message: String) -> BuildError {
      BuildError(.configuration, message, file: target.file, line: options?.line)
    }
    switch options?.order ?? "" {
    case "fifo":
      if options?.hasLegacyOptions == true {
        throw fail("'sortOptions.legacySortOptions' has no place with 'order: fifo'; remove one")
      }
    case "", "legacy":
      if let options, options.order.isEmpty, options.hasLegacyOptions {
        throw fail("'sortOptions.legacySortOptions' needs 'order: legacy'")
      }
      LegacyOrder.sort(&items, first: options?.first, last: options?.last)
    case let order:
      throw fail("the field 'sortOptions.order' must be one of fifo, legacy; found '\(order)'")
    }
  }
}

/// What a build has come to.
public struct BuildResult: Sendable {
  /// A file that the build depends on.
  public struct FileRead: Sendable, Hashable {
    /// Without symbolic links.
    public let path: TreePath
    /// Names the content, where the tree knows it without reading.
    public let identity: String?
  }

  /// In the order of output and in its form: decimal numbers, no timestamps, keys that are strings.
  public let objects: [Node]
  /// Where each object was written, if anywhere, in the same order.
  var places: [SourcePlace?] = []
  /// The history of each object, in the same order, if ``BuildOptions/traces`` asked for it; else
  /// empty.
  public let traces: [ObjectTrace]
  public let warnings: [BuildWarning]
  /// Every file that was read, by path.
  public let files: [FileRead]
  /// Whether clear text of encrypted files is among the objects.
  public let isConfidential: Bool
  /// What the build asked its tree, what it looked for in vain included: where the answers are the
  /// same, the outcome is. `nil` where the tree names its files by nothing.
  public let dependencies: TreeDependencies?

  /// The output of `kubectl kustomize`: YAML documents with separators between them.
  public func yaml() throws(BuildError) -> [UInt8] {
    var output: [UInt8] = []
    for (index, object) in objects.enumerated() {
      if !output.isEmpty { output.append(contentsOf: "---\n".utf8) }
      do {
        output.append(contentsOf: try YAML.serialize(object))
      } catch {
        let kind = object["kind"]?.scalar?.text ?? "object"
        let name = object.value(at: "metadata", "name")?.scalar?.text ?? ""
        throw BuildError(.output, "\(kind) \(name): \(error)").at(
          places.indices.contains(index) ? places[index] : nil)
      }
    }
    return output
  }
}
