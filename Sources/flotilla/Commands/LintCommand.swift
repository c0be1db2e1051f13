internal import ArgumentParser
internal import FleetModel
internal import Foundation

/// `flotilla lint [DIR]`.
struct LintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint", abstract: "Check fleet/ of a repository and report everything at once.",
    discussion: """
      Prints file:line:column: and what to do about it. Exit code 1 when there is an error.

        flotilla lint
        flotilla lint --revision origin/main
      """)

  @Argument(help: ArgumentHelp("The repository (default: here).", valueName: "dir"))
  var directory = "."
  @Option(help: ArgumentHelp("Check this commit, not the files on disk.", valueName: "revision"))
  var revision: String?

  func run() throws {
    let source = try RepositorySource(directory: directory, revision: revision)
    let fleet = FleetLoader.lint(tree: source.tree)
    for finding in fleet.findings { StandardOutput.print(TextWidth.withoutControls("\(finding)")) }
    let errors = fleet.findings.count { $0.severity == .error }
    let warnings = fleet.findings.count - errors
    if let configuration = fleet.configuration, warnings == 0 {
      StandardOutput.print(
        "\(source.name): \(configuration.clusters.count) clusters, "
          + "\(configuration.environments.count) environments, \(configuration.apps.count) apps: "
          + "nothing to complain about")
    } else {
      StandardOutput.complain("\(source.name): \(errors) errors, \(warnings) warnings")
    }
    if errors > 0 { throw Ending.Exit(.error) }
  }
}
