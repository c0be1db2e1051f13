internal import ArgumentParser

/// `flotilla version`.
struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Print the version of this program.")

  func run() { StandardOutput.print(FlotillaVersion.text) }
}
