internal import ArgumentParser
internal import FleetModel
internal import Foundation
internal import Rendering

/// `flotilla lint [DIR]`.
struct LintCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Check fleet/ and every target state of a repository and report everything at once.",
    discussion: """
      Prints file:line:column: and what to do about it. Exit code 1 when there is an error: the hub
      makes no release of such a commit.

        flotilla lint
        flotilla lint --revision origin/main
      """)

  @Argument(help: ArgumentHelp("The repository (default: here).", valueName: "dir"))
  var directory = "."
  @Option(help: ArgumentHelp("Check this commit, not the files on disk.", valueName: "revision"))
  var revision: String?
  @Flag(help: "Warnings are errors, too.")
  var strict = false

  func run() async throws {
    let source = try RepositorySource(directory: directory, revision: revision)
    let fleet = FleetLoader.lint(tree: source.tree)
    var findings = fleet.findings
    // Without a valid fleet/ nobody knows what goes where.
    if let configuration = fleet.configuration {
      let renderer = Renderer(
        tree: source.tree, configuration: configuration, commit: source.commit)
      findings = Array(Set(findings + (await renderer.findings()))).sorted()
    }
    for finding in findings { StandardOutput.print(TextWidth.withoutControls("\(finding)")) }
    let errors = findings.count { $0.severity == .error }
    let warnings = findings.count - errors
    if let configuration = fleet.configuration, findings.isEmpty {
      StandardOutput.print(
        "\(source.name): \(configuration.clusters.count) clusters, "
          + "\(configuration.environments.count) environments, \(configuration.apps.count) apps: "
          + "nothing to complain about")
    } else {
      StandardOutput.complain("\(source.name): \(errors) errors, \(warnings) warnings")
    }
    if errors > 0 || strict && warnings > 0 { throw Ending.Exit(.error) }
  }
}
