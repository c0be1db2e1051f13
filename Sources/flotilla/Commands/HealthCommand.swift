internal import ArgumentParser
internal import Delivery
internal import FleetModel
internal import Foundation
internal import Manifests

/// `flotilla health -f FILE [--app APP] [DIR]`.
struct HealthCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "health",
    abstract: "Judge objects as the hub does, to try the health checks of an app.",
    discussion: """
      Reads objects as a cluster has them. With --app those of its kinds in healthCheckExprs are judged
      by their expressions, and each answer is shown. Exit code 0: all healthy, 2: one is progressing,
      3: one is degraded.

        kubectl get certificate shop -o yaml | flotilla health -f - --app certificates
      """)

  @Option(
    name: [.customShort("f"), .long],
    help: ArgumentHelp(
      "YAML or JSON of one or more objects; - is standard input.", valueName: "file"))
  var filename: String
  @Option(help: ArgumentHelp("The app whose health checks count.", valueName: "app"))
  var app: String?
  @Argument(help: ArgumentHelp("The repository of the app (default: here).", valueName: "dir"))
  var directory = "."

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  func run() throws {
    let checks = HealthChecks(try healthChecks())
    var status = ExitStatus.done
    for object in try objects() {
      let name = ResourceIdentity(of: object)?.description ?? ""
      switch ObjectHealth.verdict(of: object, checks: checks) {
      case .current: print("healthy      \(name)")
      case .inProgress(let line):
        print("progressing  \(line)")
        if status == .done { status = .waiting }
      case .failed(let line):
        print("degraded     \(line)")
        status = .halted
      }
      for (field, answer) in checks.answers(about: object) {
        print("  " + field.padding(toLength: 11, withPad: " ", startingAt: 0) + answer)
      }
    }
    if status != .done { throw Ending.Exit(status) }
  }

  private func print(_ line: String) { StandardOutput.print(TextWidth.withoutControls(line)) }

  private func healthChecks() throws -> [HealthCheck] {
    guard let app else { return [] }
    let loaded = FleetLoader.load(
      tree: try RepositorySource(directory: directory, revision: nil).tree)
    guard let configuration = loaded.configuration else {
      let findings = loaded.findings.filter { $0.severity == .error }.map(\.description)
      throw Failure(
        description: TextWidth.withoutControls(findings.first ?? "fleet/ is not valid")
          + (findings.count > 1 ? " (and \(findings.count - 1) more)" : ""))
    }
    guard let found = configuration.app(app) else {
      let meant = Suggestion.nearest(to: app, among: configuration.apps.map(\.name))
      throw Failure(
        description: "there is no app '\(app)'" + (meant.map { "; did you mean '\($0)'?" } ?? ""))
    }
    return found.healthCheckExprs
  }

  private func objects() throws -> [Node] {
    let data =
      filename == "-"
      ? try FileHandle.standardInput.readToEnd() ?? Data()
      : try Data(contentsOf: URL(fileURLWithPath: filename))
    let documents: [Node]
    do throws(YAML.ParseError) {
      documents = try YAML.parse(Array(data))
    } catch {
      throw Failure(
        description: "\(filename):\(error.line):\(error.column): \(error.problem)")
    }
    let objects = documents.filter { !$0.isNull }.flatMap { document -> [Node] in
      // What kubectl prints for several.
      document["kind"]?.string == "List" ? document["items"]?.sequence ?? [] : [document]
    }
    guard !objects.isEmpty, objects.allSatisfy({ ResourceIdentity(of: $0) != nil }) else {
      throw Failure(description: "\(filename): expected objects with a kind and a metadata.name")
    }
    return objects
  }
}
