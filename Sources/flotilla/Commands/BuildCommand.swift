internal import ArgumentParser
internal import Foundation
internal import GitSource
internal import Kustomize
internal import Rendering
internal import SourceTree

/// `flotilla build DIR`.
struct BuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Print what kustomize builds from a directory.",
    discussion: """
      The same bytes as `kubectl kustomize DIR`. Warnings go to standard error.

        flotilla build overlays/web/clusters/eu-1 | kubectl diff -f -
      """)

  @Argument(
    help: ArgumentHelp("A directory with a kustomization.yaml (default: here).", valueName: "dir"))
  var directory = "."
  @Option(
    help: ArgumentHelp(
      "LoadRestrictionsNone lets files lie outside of the directory that names them (default: "
        + "LoadRestrictionsRootOnly).", valueName: "restriction"))
  var loadRestrictor: String?
  @Option(
    help: ArgumentHelp(
      "kubernetes merges lists of custom resources and newer kinds by the keys of the Kubernetes "
        + "API (default: kustomize).", valueName: "level"))
  var compat: String?
  @Flag(help: "Warnings are errors: with any of them nothing is printed.")
  var strict = false
  @Flag(help: "Render helmCharts with the program helm.")
  var enableHelm = false
  @Flag(help: "Fetch bases from other Git repositories, each pinned to a commit by its URL.")
  var allowRemote = false

  /// One line, with the file as the user would name it.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  func run() throws {
    let place = LocalPlace(directory)
    guard let path = place.treePath, place.isDirectory else {
      throw Failure(description: "\(directory): no such directory")
    }
    do {
      var services = BuildServices.none
      if enableHelm { services.charts = HelmProgram(.trusted) }
      if allowRemote { services.remotes = RemoteRepositories.ofThisUser }
      let result = try KustomizeBuild.build(
        DiskTree(root: "/"), at: path, options: options(), services: services)
      for warning in result.warnings {
        let line = warning.line.map { ":\($0)" } ?? ""
        StandardOutput.complain(
          "\(place.name(of: warning.file))\(line): warning: \(warning.message); \(warning.remedy)")
      }
      if strict, !result.warnings.isEmpty {
        throw Failure(description: Self.refusal(result.warnings.count))
      }
      StandardOutput.write(result: try result.yaml())
    } catch let error as BuildError {
      throw Failure(description: place.describe(error))
    }
  }

  /// Why `--strict` refuses.
  static func refusal(_ warnings: Int) -> String {
    "\(warnings == 1 ? "1 warning" : "\(warnings) warnings"), and --strict makes errors of warnings"
  }

  private func options() throws -> BuildOptions {
    var options = BuildOptions()
    if let word = loadRestrictor {
      guard let restrictor = BuildOptions.LoadRestrictor(rawValue: word) else {
        throw Failure(
          description: "--load-restrictor: expected LoadRestrictionsRootOnly or "
            + "LoadRestrictionsNone, not '\(word)'")
      }
      options.loadRestrictor = restrictor
    }
    if let word = compat {
      guard let level = CompatibilityLevel(rawValue: word) else {
        throw Failure(description: "--compat: expected kustomize or kubernetes, not '\(word)'")
      }
      options.compatibility = level
    }
    return options
  }
}

/// A path of the command line, seen from the root of the file system.
struct LocalPlace: Sendable {
  private let workingDirectory = FileManager.default.currentDirectoryPath
  /// Absolute, with `.` and `..` resolved as they are written.
  let absolute: String

  init(_ path: String) {
    let full = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    absolute = URL(fileURLWithPath: full).standardizedFileURL.path
  }

  var treePath: TreePath? { absolute == "/" ? .root : TreePath(String(absolute.dropFirst())) }

  var isDirectory: Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: absolute, isDirectory: &isDirectory)
      && isDirectory.boolValue
  }

  /// A path in that tree as a person in the working directory names it.
  func name(of path: TreePath) -> String {
    let full = "/\(path)"
    let prefix = workingDirectory == "/" ? "/" : workingDirectory + "/"
    return full.hasPrefix(prefix) ? String(full.dropFirst(prefix.count)) : full
  }

  func describe(_ error: BuildError) -> String {
    let message = error.message(naming: name(of:))
    guard let file = error.file else { return message }
    var place = name(of: file)
    if let line = error.line {
      place += ":\(line)"
      if let column = error.column { place += ":\(column)" }
    }
    return "\(place): \(message)"
  }
}
