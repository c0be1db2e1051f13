internal import SourceTree

/// The directory of a kustomization: where its paths start and what it may read.
struct Directory {
  let session: BuildSession
  /// Without symbolic links.
  let root: TreePath
  /// The directories on the way here, outermost first, this one last.
  let chain: [TreePath]

  static let fileNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"]

  init(session: BuildSession, top: TreePath) throws(BuildError) {
    self.session = session
    let found: (path: TreePath, entry: TreeEntry)
    do { found = try session.tree.resolve(top) } catch {
      throw BuildError(.missingFile, "\(error)")
    }
    guard case .directory = found.entry else {
      throw BuildError(.missingFile, "\(top): not a directory")
    }
    root = found.path
    chain = [found.path]
  }

  private init(session: BuildSession, root: TreePath, chain: [TreePath]) {
    self.session = session
    self.root = root
    self.chain = chain
  }

  private func place(_ path: String) throws(BuildError) -> TreePath {
    let place = path.hasPrefix("/") ? session.tree.absolute(path) : root.joined(path)
    guard let place else {
      throw BuildError(
        .loadRestriction, "'\(path)' leads out of the tree that is built from")
    }
    return try confined(place, path)
  }

  /// Nothing leads from one repository into another but a remote base.
  private func confined(_ place: TreePath, _ path: String) throws(BuildError) -> TreePath {
    guard MountedTree.mount(holding: place) == MountedTree.mount(holding: root) else {
      throw BuildError(.loadRestriction, "'\(path)' leads out of the repository that it is in")
    }
    return place
  }

  private func resolve(_ path: String) throws(BuildError) -> (path: TreePath, entry: TreeEntry) {
    let place = try place(path)
    let found = try resolve(place, path)
    _ = try confined(found.path, path)
    return found
  }

  private func resolve(
    _ place: TreePath, _ path: String
  ) throws(BuildError) -> (path: TreePath, entry: TreeEntry) {
    do { return try session.tree.resolve(place) } catch let error as FileTreeError {
      switch error {
      case .notFound, .notADirectory:
        throw BuildError(.missingFile, "'\(path)': no such file or directory")
      case .outsideTree:
        throw BuildError(
          .loadRestriction, "'\(path)' leads out of the tree that is built from")
      default: throw BuildError(.missingFile, "'\(path)': \(error)")
      }
    } catch {
      throw BuildError(.missingFile, "'\(path)': \(error)")
    }
  }

  /// The file that `path` means, which must lie in or below this directory unless the options
  /// lift that.
  func file(_ path: String) throws(BuildError) -> (path: TreePath, identity: String?) {
    if path.isEmpty { throw BuildError(.missingFile, "expected the path of a file") }
    if Self.isRemote(path) {
      throw BuildError(
        .unsupported,
        "remote resource '\(path)': the network is not used while building; copy the files into "
          + "the repository")
    }
    let (real, entry) = try resolve(path)
    guard case .file(let identity) = entry else {
      throw BuildError(.missingFile, "'\(path)' must resolve to a file")
    }
    if session.options.loadRestrictor == .rootOnly, !real.isWithin(root) {
      throw BuildError(
        .loadRestriction,
        "'\(path)' is not in or below the directory of the kustomization; move it there, make its "
          + "directory a base or component, or lift the restriction with --load-restrictor "
          + "LoadRestrictionsNone of 'flotilla build'")
    }
    return (real, identity)
  }

  func contents(_ path: String) throws(BuildError) -> (path: TreePath, bytes: [UInt8]) {
    let (real, identity) = try file(path)
    return (real, try session.contents(of: real, identity: identity))
  }

  /// The file's content, in the clear.
  func openedContents(_ path: String) throws(BuildError) -> (path: TreePath, bytes: [UInt8]) {
    let (real, identity) = try file(path)
    return (real, try session.openedContents(of: real, identity: identity).bytes)
  }

  /// The directory of a base or component.
  func base(_ path: String) throws(BuildError) -> Directory {
    if path.isEmpty { throw BuildError(.missingFile, "expected the path of a directory") }
    if path.hasPrefix("/") {
      throw BuildError(.loadRestriction, "new root '\(path)' cannot be absolute")
    }
    let found: (path: TreePath, entry: TreeEntry)
    do { found = try resolve(path) } catch {
      if error.class == .missingFile, Self.isRemote(path) {
        found = try remote(path)
      } else {
        throw error
      }
    }
    guard case .directory = found.entry else {
      throw BuildError(
        .missingFile, "'\(path)' is not a directory; what is a file belongs under 'resources'")
    }
    for visited in chain where visited.isWithin(found.path) {
      throw BuildError(
        .cycle,
        "'\(path)' closes a cycle: "
          + (visited == found.path ? "it is being built already" : "it holds what is being built")
          + "; a base cannot use what uses it")
    }
    if chain.count >= BuildSession.maximumDepth {
      throw BuildError(
        .unsupported, "bases are nested more than \(BuildSession.maximumDepth) deep")
    }
    return Directory(session: session, root: found.path, chain: chain + [found.path])
  }

  /// The directory of a base in another repository.
  private func remote(_ entry: String) throws(BuildError) -> (path: TreePath, entry: TreeEntry) {
    guard let remotes = session.services.remotes else {
      throw BuildError(
        .unsupported,
        "remote base '\(entry)': the network is not used while building; copy the files into the "
          + "repository, or pin the base to a commit and allow it with --allow-remote")
    }
    let base = try RemoteBase(parsing: entry)
    do { _ = try remotes.tree(of: base.repository, at: base.commit) } catch {
      throw BuildError(.configuration, "remote base '\(entry)': \(error)")
    }
    let mount = MountedTree.mount(of: base.repository, at: base.commit)
    let found: (path: TreePath, entry: TreeEntry)
    guard let place = mount.joined(base.path), place.isWithin(mount) else {
      throw BuildError(.loadRestriction, "'\(entry)' leads out of the repository that it names")
    }
    do { found = try resolve(place, entry) } catch  where error.class == .missingFile {
      throw BuildError(
        .configuration, "remote base '\(entry)': that commit has no such directory")
    }
    guard found.path.isWithin(mount) else {
      throw BuildError(.loadRestriction, "'\(entry)' leads out of the repository that it names")
    }
    return found
  }

  /// A directory anywhere in the tree, for what is no kustomization.
  func plainDirectory(_ path: String) throws(BuildError) -> TreePath {
    let (real, entry) = try resolve(path)
    guard case .directory = entry else {
      throw BuildError(.missingFile, "'\(path)' is not a directory")
    }
    return real
  }

  /// The one kustomization file of this directory.
  func kustomizationFile() throws(BuildError) -> (path: TreePath, identity: String?) {
    var found: [(path: TreePath, identity: String?)] = []
    for name in Self.fileNames {
      let path = root.appending(component: name)
      if case (let real, .file(let identity))? = try? session.tree.resolve(path) {
        // A link that leads nowhere counts as no file, as any file that cannot be read.
        if session.options.loadRestrictor == .none || real.isWithin(root) {
          found.append((real, identity))
        }
      }
    }
    guard let first = found.first else {
      throw BuildError(
        .kustomizationFile,
        (chain.count == 1 ? "the directory" : "'\(root.name)'")
          + " has no 'kustomization.yaml', 'kustomization.yml' or 'Kustomization'")
    }
    guard found.count == 1 else {
      throw BuildError(
        .kustomizationFile,
        (chain.count == 1 ? "the directory" : "'\(root.name)'")
          + " has several kustomization files: "
          + found.map(\.path.name).joined(separator: ", ") + "; keep one")
    }
    return first
  }

  static func isRemote(_ path: String) -> Bool {
    path.contains("://") || path.hasPrefix("git@") || path.hasPrefix("github.com/")
      || path.hasPrefix("git::")
  }
}
