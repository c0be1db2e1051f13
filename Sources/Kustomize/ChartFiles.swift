internal import SourceTree

/// Reads a chart's directory. Symbolic links are followed inside the tree, as everywhere.
enum ChartFiles {
  static let maximumFiles = 10_000
  static let maximumBytes = 64 << 20

  /// All files of the chart in the directory `chart`, in the order of their paths.
  static func read(
    _ chart: TreePath, _ session: BuildSession
  ) throws(BuildError) -> [ChartInflation.File] {
    var files: [ChartInflation.File] = []
    var bytes = 0
    try read(chart, [], [chart], session, &files, &bytes)
    return files
  }

  private static func read(
    _ directory: TreePath, _ path: [String], _ chain: [TreePath], _ session: BuildSession,
    _ files: inout [ChartInflation.File], _ size: inout Int
  ) throws(BuildError) {
    let names: [String]
    do { names = try session.tree.children(of: directory) } catch {
      throw BuildError(.missingFile, "\(error)")
    }
    for name in names {
      let found: (path: TreePath, entry: TreeEntry)
      do { found = try session.tree.resolve(directory.appending(component: name)) } catch {
        throw BuildError(.missingFile, "\(error)")
      }
      switch found.entry {
      case .directory:
        // A link to a directory above would never end.
        guard !chain.contains(where: { $0.isWithin(found.path) }) else {
          throw BuildError(.cycle, "'\(found.path)' leads back to a directory that holds the chart")
        }
        guard chain.count < BuildSession.maximumDepth else {
          throw BuildError(.unsupported, "directories of the chart are nested too deeply")
        }
        try read(found.path, path + [name], chain + [found.path], session, &files, &size)
      case .file(let identity):
        let content = try session.contents(of: found.path, identity: identity)
        size += content.count
        files.append(ChartInflation.File(path: path + [name], bytes: content))
        guard files.count <= maximumFiles, size <= maximumBytes else {
          throw BuildError(
            .unsupported,
            "the chart holds more than \(maximumFiles) files or \(maximumBytes >> 20) MiB")
        }
      case .symbolicLink, .submodule: continue
      }
    }
  }
}
