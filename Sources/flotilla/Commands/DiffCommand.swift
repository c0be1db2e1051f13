internal import ArgumentParser
internal import FleetModel
internal import GitSource
internal import Manifests
internal import Rendering
internal import SourceTree

/// `flotilla diff [A..B]`.
struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show what a change of the repository does to the fleet.",
    discussion: """
      Renders two states for every cluster and tells equal changes once. Needs no hub.
      Exit code 0: no difference, 1: differences, 2: an error.

        flotilla diff                     HEAD against the files on disk
        flotilla diff main..feature       two commits
        flotilla diff main...HEAD -o html > diff.html
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case json, yaml, markdown, html
  }

  @Argument(
    help: ArgumentHelp(
      "A..B, A...B (since they parted), or A against the files on disk (default: HEAD).",
      valueName: "range"))
  var range: String?
  @Option(help: ArgumentHelp("Only this app.", valueName: "app"))
  var app: String?
  @Option(help: ArgumentHelp("Only this cluster.", valueName: "cluster"))
  var cluster: String?
  @Option(
    name: [.customShort("l"), .customLong("selector")],
    help: ArgumentHelp("Only clusters with these labels, on either side.", valueName: "selector"))
  var selector: String?
  @Option(name: .shortAndLong, help: "Output: json, yaml, markdown or html.")
  var output: Format?
  @Option(
    name: .customShort("C"), help: ArgumentHelp("The repository (default: here).", valueName: "dir")
  )
  var directory = "."

  // As with diff(1) and kubectl diff.
  private static let different: Int32 = 1
  static let failed: Int32 = 2

  func run() async throws {
    do {
      let report = try await report()
      try show(report)
      if !report.difference.failures.isEmpty { throw Ending.Exit(code: DiffCommand.failed) }
      if !report.difference.isEmpty { throw Ending.Exit(code: DiffCommand.different) }
    } catch let exit as Ending.Exit {
      throw exit
    } catch let cancelled as CancellationError {
      throw cancelled
    } catch {
      StandardOutput.complain("error: \(TextWidth.withoutControls("\(error)"))")
      throw Ending.Exit(code: DiffCommand.failed)
    }
  }

  private func report() async throws -> DifferenceReport {
    let sides = try DifferenceSides(range: range, directory: directory)
    let before = try renderer(sides.before)
    let after = try renderer(sides.after)
    let includes = try filter(before.configuration, after.configuration)
    let difference = await FleetDifference.between(before, after, includes: includes)
    return DifferenceReport(title: sides.title, difference: difference)
  }

  private func renderer(_ source: RepositorySource) throws -> Renderer {
    let fleet = FleetLoader.load(tree: source.tree)
    guard let configuration = fleet.configuration else {
      for finding in fleet.findings { StandardOutput.complain("\(finding)") }
      throw InvalidFleet(source: source.name)
    }
    return Renderer(tree: source.tree, configuration: configuration, commit: source.commit)
  }

  struct InvalidFleet: Error, CustomStringConvertible {
    let source: String
    var description: String { "\(source): fleet/ is invalid; nothing can be compared" }
  }

  /// Which apps and clusters to look at. A name that neither side has is an error, not an empty
  /// difference.
  private func filter(
    _ before: FleetConfiguration, _ after: FleetConfiguration
  ) throws -> @Sendable (String, String) -> Bool {
    func check(_ kind: String, _ name: String?, _ names: [String]) throws {
      guard let name, !names.contains(name) else { return }
      throw ValidationError(
        "there is no \(kind) '\(name)'"
          + (Suggestion.nearest(to: name, among: names).map { "; did you mean '\($0)'?" } ?? ""))
    }
    let clusters = before.clusters + after.clusters
    try check("app", app, (before.apps + after.apps).map(\.name))
    try check("cluster", cluster, clusters.map(\.name))
    var selected: Set<String>?
    if let selector {
      let parsed: LabelSelector
      do { parsed = try LabelSelector(parsing: selector) } catch {
        throw ValidationError("-l \(selector): \(error)")
      }
      let names = Set(clusters.filter { parsed.matches($0) }.map(\.name))
      if names.isEmpty { throw ValidationError("-l \(selector): no cluster has these labels") }
      selected = names
    }
    return { [app, cluster, selected] candidateApp, candidateCluster in
      (app == nil || app == candidateApp) && (cluster == nil || cluster == candidateCluster)
        && selected?.contains(candidateCluster) != false
    }
  }

  private func show(_ report: DifferenceReport) throws {
    switch output {
    case .json: StandardOutput.write(PrettyJSON.text(report.document))
    case .yaml: StandardOutput.write(result: try YAML.serialize(report.document))
    case .markdown: StandardOutput.write(report.markdown())
    case .html: StandardOutput.write(report.page())
    case nil:
      let terminal = Terminal.current()
      let text = DifferenceText(report: report, glyphs: terminal.glyphs, width: terminal.width)
      StandardOutput.print(text.lines(), on: terminal)
    }
  }
}

/// The two states that a range names.
struct DifferenceSides {
  let before: RepositorySource
  let after: RepositorySource
  let title: String

  init(range: String?, directory: String) throws {
    let range = range ?? "HEAD"
    let local = try LocalRepository.open(directory)
    func commit(_ revision: String) throws -> CommitID {
      try local.repository.resolve(revision.isEmpty ? "HEAD" : revision)
    }
    if let dots = range.firstRange(of: "...") {
      let end = try commit(String(range[dots.upperBound...]))
      let start = try commit(String(range[..<dots.lowerBound]))
      before = try RepositorySource(local, at: try local.repository.mergeBase(of: start, and: end))
      after = try RepositorySource(local, at: end)
      title = range
    } else if let dots = range.firstRange(of: "..") {
      before = try RepositorySource(local, at: try commit(String(range[..<dots.lowerBound])))
      after = try RepositorySource(local, at: try commit(String(range[dots.upperBound...])))
      title = range
    } else {
      guard let workTree = local.workTree else {
        throw ValidationError(
          "the repository has no files on disk to compare with; name two commits, as A..B")
      }
      before = try RepositorySource(local, at: try commit(range))
      after = try RepositorySource(directory: workTree, revision: nil)
      title = "\(range) → files on disk"
    }
  }
}
