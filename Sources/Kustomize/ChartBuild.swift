internal import Manifests
public import SourceTree

extension KustomizeBuild {
  /// Whether the directory at `path` is a chart and no kustomization.
  public static func isChart(_ tree: any FileTree, at path: TreePath) -> Bool {
    func isFile(_ name: String) -> Bool {
      // What cannot be read is met again by the build, which reports it.
      if case .file? = try? tree.resolve(path.appending(component: name)).entry { return true }
      return false
    }
    return isFile("Chart.yaml") && !Directory.fileNames.contains(where: isFile)
  }

  /// Renders the chart in the directory at `path` with its own values: its CRDs included, its tests
  /// left out, in helm's order.
  public static func chart(
    _ tree: any FileTree, at path: TreePath, release: String, namespace: String?,
    services: BuildServices, cache: BuildCache = BuildCache()
  ) throws(BuildError) -> BuildResult {
    let root: TreePath
    do { root = try tree.resolve(path).path } catch {
      throw BuildError(.missingFile, "\(error)")
    }
    let file = root.appending(component: "Chart.yaml")
    let session = BuildSession(
      tree: tree, at: root, options: BuildOptions(), services: services, cache: cache)
    guard let inflator = services.charts else {
      throw BuildError(.unsupported, "Helm charts are not rendered here", file: file)
    }
    var inflation = ChartInflation(
      name: root.name, files: try ChartFiles.read(root, session), values: [])
    inflation.releaseName = release
    inflation.namespace = namespace ?? ""
    inflation.includeCRDs = true
    inflation.skipTests = true
    let output: [UInt8]
    do {
      session.tree.note(input: "helm", try inflator.version())
      output = try inflator.inflate(inflation)
    } catch { throw BuildError(.configuration, error.message, file: file) }
    let documents: [ParsedDocument]
    do { documents = try ResourceFile.parse(output, file: file) } catch {
      throw BuildError(
        error.class, "the chart renders what is no object: \(error.message)", file: file)
    }
    try session.count(documents.count)
    var objects: [Node] = []
    for document in documents {
      objects.append(try finalForm(of: document.node))
      warnAboutHook(document.node, file, session)
    }
    return BuildResult(
      objects: objects, traces: [], warnings: session.warnings,
      files: session.filesRead.map { BuildResult.FileRead(path: $0.key, identity: $0.value) }
        .sorted { $0.path < $1.path },
      isConfidential: false, dependencies: session.tree.dependencies)
  }

  private static func warnAboutHook(_ object: Node, _ file: TreePath, _ session: BuildSession) {
    guard
      let hook = object.value(at: "metadata", "annotations")?["helm.sh/hook"]?.scalar?.text,
      let identity = ResourceIdentity(of: object)
    else { return }
    session.warn(
      BuildWarning(
        file: file, line: nil,
        message: "\(identity) is a Helm hook (\(hook)) and is delivered as an ordinary object",
        remedy: "switch it off in the chart's values if it must not stay in the cluster"))
  }
}
