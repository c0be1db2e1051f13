public import SourceTree

/// What `fleet/` of one commit says.
public struct LoadedFleet: Sendable {
  /// `nil` when there is an error among the findings.
  public let configuration: FleetConfiguration?
  /// Everything that is wrong or looks wrong, sorted by place.
  public let findings: [Finding]
  /// Where each object is declared.
  public let places: [ObjectPlace]

  /// One object of `fleet/` and the line that names it.
  public struct ObjectPlace: Sendable, Hashable {
    public let kind: FleetKind
    public let name: String
    public let file: String
    public let line: Int
    public let column: Int
  }

  /// The place of an object; `nil` when it was not declared, as with the app 'default'.
  public func place(_ kind: FleetKind, _ name: String) -> ObjectPlace? {
    places.first { $0.kind == kind && $0.name == name }
  }
}

/// Reads and checks `fleet/` of a tree. Pure: the same tree gives the same answer.
public enum FleetLoader {
  /// Bounds that no honest fleet meets: tens of thousands of clusters fit.
  static let root = TreePath.root.appending(component: "fleet")
  static let maximumFiles = 20_000
  static let maximumFileSize = 8 << 20
  static let maximumTotalSize = 64 << 20
  static let maximumFolderDepth = 16

  /// Reads every `.yaml` and `.yml` file below `fleet/` and reports all findings at once. Never
  /// throws: what cannot be read is a finding.
  public static func load(tree: any FileTree) -> LoadedFleet {
    load(tree: tree, availability: .thisVersion)
  }

  /// As ``load(tree:)``, and whether every app has an overlay for each of its clusters.
  public static func lint(tree: any FileTree) -> LoadedFleet {
    let loaded = load(tree: tree)
    guard let configuration = loaded.configuration else { return loaded }
    let findings = OverlayCheck.findings(configuration, in: tree, places: loaded)
    return LoadedFleet(
      configuration: loaded.configuration, findings: (loaded.findings + findings).sorted(),
      places: loaded.places)
  }

  static func load(tree: any FileTree, availability: Availability) -> LoadedFleet {
    var files = FleetFiles(tree: tree)
    var draft = FleetDraft()
    files.readAll { file, bytes in draft.read(bytes, file: file, availability: availability) }
    var findings = files.findings + draft.findings
    if findings.isEmpty, draft.isEmpty {
      findings.append(
        Finding(
          file: "fleet", message: "fleet/ declares nothing: no .yaml file with an object in it",
          remedy: "add clusters in fleet/clusters/*.yaml and environments in "
            + "fleet/environments/*.yaml"))
    }
    findings += draft.checkedAgainstEachOther()
    let configuration = findings.hasErrors ? nil : draft.configuration()
    return LoadedFleet(
      configuration: configuration, findings: Array(Set(findings)).sorted(), places: draft.places)
  }
}

/// The YAML files below `fleet/`, within bounds.
private struct FleetFiles {
  let tree: any FileTree
  var findings: [Finding] = []
  private var count = 0
  private var size = 0
  private var isFull = false

  init(tree: any FileTree) { self.tree = tree }

  mutating func readAll(_ body: (String, [UInt8]) -> Void) {
    let root = FleetLoader.root
    do {
      let resolved = try tree.resolve(root)
      guard case .directory = resolved.entry else {
        report(root, "fleet is not a folder", "make it a folder with .yaml files")
        return
      }
      visit(resolved.path, shownAs: root, depth: 0, body)
    } catch FileTreeError.notFound {
      report(
        root, "the repository has no fleet/ folder at its root",
        "add clusters in fleet/clusters/*.yaml and environments in fleet/environments/*.yaml")
    } catch {
      report(root, "\(error)")
    }
  }

  private mutating func report(_ path: TreePath, _ message: String, _ remedy: String? = nil) {
    findings.append(Finding(file: path.description, message: message, remedy: remedy))
  }

  private mutating func visit(
    _ folder: TreePath, shownAs shown: TreePath, depth: Int, _ body: (String, [UInt8]) -> Void
  ) {
    guard depth <= FleetLoader.maximumFolderDepth else {
      report(shown, "more than \(FleetLoader.maximumFolderDepth) folders inside each other")
      return
    }
    do {
      for name in try tree.children(of: folder) {
        let path = folder.appending(component: name)
        let shownPath = shown.appending(component: name)
        do {
          switch try tree.entry(at: path) {
          case .directory?: visit(path, shownAs: shownPath, depth: depth + 1, body)
          case .file?: read(path, shownAs: shownPath, body)
          case .symbolicLink?: try follow(path, shownAs: shownPath, body)
          case .submodule?: throw FileTreeError.submodule(path)
          case nil: throw FileTreeError.notFound(path)
          }
        } catch { report(shownPath, "\(error)") }
      }
    } catch { report(shown, "\(error)") }
  }

  /// Links to files inside the repository are read. Links to folders are refused: they could lead
  /// back to where they stand.
  private mutating func follow(
    _ path: TreePath, shownAs shown: TreePath, _ body: (String, [UInt8]) -> Void
  ) throws {
    let resolved = try tree.resolve(path)
    guard case .file = resolved.entry else {
      report(
        shown, "symbolic link to a folder, which is not followed",
        "put the files here, or link each of them")
      return
    }
    guard FleetFiles.isYAML(shown) else { return }
    read(resolved.path, shownAs: shown, body)
  }

  private static func isYAML(_ path: TreePath) -> Bool {
    path.name.hasSuffix(".yaml") || path.name.hasSuffix(".yml")
  }

  private mutating func read(
    _ path: TreePath, shownAs shown: TreePath, _ body: (String, [UInt8]) -> Void
  ) {
    guard FleetFiles.isYAML(shown) else { return }
    count += 1
    guard !isFull else { return }
    guard count <= FleetLoader.maximumFiles, size <= FleetLoader.maximumTotalSize else {
      isFull = true
      report(
        shown,
        "fleet/ holds more than \(FleetLoader.maximumFiles) files or "
          + "\(FleetLoader.maximumTotalSize >> 20) MiB; the rest is not read")
      return
    }
    do {
      let bytes = try tree.contents(of: path)
      guard bytes.count <= FleetLoader.maximumFileSize else {
        report(
          shown,
          "file has \(bytes.count) bytes, more than the \(FleetLoader.maximumFileSize >> 20) MiB "
            + "that a fleet file may have",
          "split it; every file below fleet/ is read")
        return
      }
      size += bytes.count
      body(shown.description, bytes)
    } catch { report(shown, "\(error)") }
  }
}
