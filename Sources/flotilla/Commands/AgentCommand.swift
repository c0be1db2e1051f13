internal import Agent
internal import ArgumentParser
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// `flotilla agent`.
struct AgentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent", abstract: "Run the agent of a cluster that the hub cannot dial.",
    discussion: """
      It dials the hub, applies what the hub orders, and reports. docs/agents.md has a manifest for \
      running it in its cluster.

        flotilla agent --hub https://hub.example.org:8443 --token-file token \\
          --kubeconfig ~/.kube/config --state-dir /var/lib/flotilla-agent
      """)

  @Option(help: ArgumentHelp("The hub's listener for agents.", valueName: "https://host:port"))
  var hub: String
  @Option(
    help: ArgumentHelp(
      "File with the join token; needed until the agent has joined.", valueName: "path"))
  var tokenFile: String?
  @Option(
    help: ArgumentHelp(
      "How to reach the cluster; in-cluster for the pod's service account.", valueName: "path"))
  var kubeconfig: String
  @Option(
    help: ArgumentHelp("Context of the kubeconfig (default: its current one).", valueName: "name"))
  var context: String?
  @Option(
    help: ArgumentHelp("Where the agent keeps its key and certificate.", valueName: "path"))
  var stateDir: String
  @Option(
    help: ArgumentHelp(
      "trace, debug, info, notice, warning, error (default: info).", valueName: "level"))
  var logLevel: String = "info"
  @Option(help: ArgumentHelp("text or json (default: text).", valueName: "format"))
  var logFormat: String = "text"

  func validate() throws {
    guard HubSettings.logLevels.contains(logLevel) else {
      throw ValidationError(
        "--log-level is one of \(HubSettings.logLevels.joined(separator: ", "))")
    }
    guard HubSettings.LogFormat(rawValue: logFormat) != nil else {
      throw ValidationError("--log-format is text or json")
    }
  }

  func run() async throws {
    let level = Logger.Level(rawValue: logLevel) ?? .info
    let format = HubSettings.LogFormat(rawValue: logFormat) ?? .text
    var logger = Logger(label: "flotilla") { label in
      LogOutput(label: label, format: format, logLevel: level)
    }
    logger.logLevel = level
    let agent = try Agent(
      AgentConfiguration(
        hub: hub, tokenFile: tokenFile,
        cluster: kubeconfig == "in-cluster"
          ? .inCluster : .kubeconfig(path: kubeconfig, context: context),
        stateDirectory: stateDir, version: FlotillaVersion.number),
      logger: logger)
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .critical)
    var group = ServiceGroupConfiguration(
      services: [
        .init(service: agent, successTerminationBehavior: .gracefullyShutdownGroup)
      ], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
    group.maximumGracefulShutdownDuration = .seconds(60)
    try await ServiceGroup(configuration: group).run()
  }
}
