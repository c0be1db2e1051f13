internal import ArgumentParser
internal import FleetModel
internal import Foundation
internal import GitSource
internal import HubAPI
internal import Kustomize
internal import Manifests
internal import Rendering

/// `flotilla render APP CLUSTER`.
struct RenderCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render", abstract: "Print the target state of an app for a cluster.",
    discussion: """
      What the hub would deliver, from files on disk or from a commit.

        flotilla render web eu-1
        flotilla render web eu-1 --revision main~1
        flotilla render web eu-1 --trace
        flotilla render --all -o rendered
      """)

  @Argument(help: "Name of the app.")
  var app: String?
  @Argument(help: "Name of the cluster.")
  var cluster: String?
  @Flag(help: "Every app for every cluster, one file each.")
  var all = false
  @Flag(help: "Not the objects, but which file and line gave each field its value.")
  var trace = false
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "With --all the folder for CLUSTER/APP.yaml; with --trace json or yaml.",
      valueName: "output"))
  var output: String?
  @Flag(help: "Warnings are errors: a target state with any of them is not rendered.")
  var strict = false
  @Option(help: ArgumentHelp("Render this commit, not the files on disk.", valueName: "revision"))
  var revision: String?
  @Flag(help: "Fetch bases from other Git repositories, each pinned to a commit by its URL.")
  var allowRemote = false
  @Option(
    help: ArgumentHelp(
      "Open files that SOPS has encrypted with these age keys, as the hub does.", valueName: "path")
  )
  var sopsAgeKeyFile: String?
  @Option(
    name: .customShort("C"), help: ArgumentHelp("The repository (default: here).", valueName: "dir")
  )
  var directory = "."

  private enum TraceFormat: String { case json, yaml }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  func validate() throws {
    if all {
      guard app == nil, cluster == nil, output != nil, !trace else {
        throw ValidationError("--all renders everything: give -o DIR and no names")
      }
    } else if trace, let output, TraceFormat(rawValue: output) == nil {
      throw ValidationError("-o \(output): with --trace give json or yaml")
    } else if app == nil || cluster == nil || output != nil && !trace {
      throw ValidationError("give an app and a cluster, or --all -o DIR")
    }
  }

  func run() async throws {
    let source = try RepositorySource(directory: directory, revision: revision)
    let fleet = FleetLoader.load(tree: source.tree)
    guard let configuration = fleet.configuration else {
      for finding in fleet.findings { StandardOutput.complain("\(finding)") }
      throw Failure(description: "\(source.name): fleet/ is invalid; nothing can be rendered")
    }
    let renderer = Renderer(
      tree: source.tree, configuration: configuration, commit: source.commit ?? "",
      services: services)
    if trace, let app, let cluster {
      try checkNames(app, cluster, in: configuration)
      try show(try renderer.trace(app: app, cluster: cluster, fleet: fleet))
    } else if let output {
      try renderAll(renderer, configuration, into: output)
    } else if let app, let cluster {
      try checkNames(app, cluster, in: configuration)
      var told = Set<String>()
      StandardOutput.write(result: try admitted(renderer, app, cluster, &told))
    }
  }

  private var services: BuildServices {
    var services = BuildServices.programs
    if let sopsAgeKeyFile { services = .programs(ageKeys: LocalPlace(sopsAgeKeyFile).absolute) }
    if allowRemote { services.remotes = RemoteRepositories.ofThisUser }
    return services
  }

  /// What the hub would release; what it would only warn about goes to standard error, once.
  private func admitted(
    _ renderer: Renderer, _ app: String, _ cluster: String, _ told: inout Set<String>
  ) throws -> [UInt8] {
    let rendered = try renderer.admitted(app: app, cluster: cluster)
    let warnings =
      rendered.violations.map { "\(app) on \(cluster): warning: \($0)" }
      + rendered.warnings.map(\.description)
    for warning in warnings where told.insert(warning).inserted {
      StandardOutput.complain(warning)
    }
    if strict, !warnings.isEmpty {
      throw Failure(description: BuildCommand.refusal(warnings.count))
    }
    return try yaml(rendered.state)
  }

  private func show(_ trace: TargetTrace) throws {
    switch output.flatMap(TraceFormat.init) {
    case .json?: StandardOutput.write(PrettyJSON.text(trace.document))
    case .yaml?: StandardOutput.write(result: try YAML.serialize(trace.document))
    case nil:
      let terminal = Terminal.current()
      StandardOutput.print(TraceText(trace: trace, glyphs: terminal.glyphs).lines(), on: terminal)
    }
  }

  private func checkNames(_ app: String, _ cluster: String, in configuration: FleetConfiguration)
    throws
  {
    func unknown(_ kind: String, _ name: String, _ names: [String]) -> Failure {
      let hint = Suggestion.nearest(to: name, among: names).map { "did you mean '\($0)'?" }
      return Failure(
        description: "there is no \(kind) '\(name)'; "
          + (hint ?? "the \(kind)s are \(names.joined(separator: ", "))"))
    }
    guard configuration.app(app) != nil else {
      throw unknown("app", app, configuration.apps.map(\.name))
    }
    guard configuration.cluster(cluster) != nil else {
      throw unknown("cluster", cluster, configuration.clusters.map(\.name))
    }
  }

  private func renderAll(
    _ renderer: Renderer, _ configuration: FleetConfiguration, into output: String
  ) throws {
    let files = FileManager.default
    // Files of an earlier rendering would look like target states that still exist.
    if files.fileExists(atPath: output), try !files.contentsOfDirectory(atPath: output).isEmpty {
      throw Failure(description: "\(output) is not empty; name a new folder or remove this one")
    }
    var (count, failures) = (0, 0)
    var told = Set<String>()
    for cluster in configuration.clusters {
      for app in configuration.apps where app.clusters.matches(cluster) {
        do {
          let bytes = try admitted(renderer, app.name, cluster.name, &told)
          let folder = "\(output)/\(cluster.name)"
          try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
          try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(app.name).yaml"))
          count += 1
        } catch {
          failures += 1
          StandardOutput.complain("\(app.name) on \(cluster.name): \(error)")
        }
      }
    }
    StandardOutput.complain("\(count) target states in \(output), \(failures) failed")
    if failures > 0 { throw Ending.Exit(.error) }
  }

  private func yaml(_ state: TargetState) throws -> [UInt8] {
    var output: [UInt8] = []
    for object in state.objects {
      if !output.isEmpty { output += "---\n".utf8 }
      output += try YAML.serialize(object.node)
    }
    return output
  }
}
