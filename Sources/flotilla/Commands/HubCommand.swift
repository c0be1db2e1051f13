internal import ArgumentParser
internal import FleetModel
internal import Foundation
internal import GitSource
internal import Hub
internal import HubAPI
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// `flotilla hub`.
struct HubCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hub", abstract: "Run a hub: follow a repository, roll out to clusters.",
    discussion: """
      Each flag has an environment variable (--poll-interval: FLOTILLA_POLL_INTERVAL) and a key in \
      the settings file (pollInterval). Flags win over the environment, the environment over the \
      file.

        flotilla hub --repo https://git.example.org/fleet.git --git-token-file token
        flotilla hub --repo . --listen 127.0.0.1:8085
      """)

  @Option(help: ArgumentHelp("The fleet repository.", valueName: "url-or-path"))
  var repo: String?
  @Option(help: "The branch to follow (default: main).")
  var branch: String?
  @Option(
    help: ArgumentHelp("Database file (default: in ~/.local/state/flotilla).", valueName: "path"))
  var database: String?
  @Option(
    help: ArgumentHelp(
      "Mirror of the repository (default: in ~/.cache/flotilla).", valueName: "path"))
  var mirror: String?
  @Option(
    help: ArgumentHelp(
      "Where credentials of Cluster files count from (default: ~/.config/flotilla/credentials).",
      valueName: "path"))
  var credentialsDir: String?
  @Option(
    help: ArgumentHelp(
      "Where folders of clusters with 'delivery: {directory: ...}' are (default: none may be).",
      valueName: "path"))
  var exportDir: String?
  @Flag(
    name: .customLong("allow-insecure-tls"),
    help: "Obey insecure-skip-tls-verify of kubeconfigs; get clusters shows where.")
  var allowInsecureTLS = false
  @Option(
    help: ArgumentHelp(
      "Also listen on this address of this machine, as 127.0.0.1:8085; commas between several.",
      valueName: "address"))
  var listen: String?
  @Option(
    help: ArgumentHelp(
      "Unix socket to listen on; none for no socket (default: this user's).", valueName: "path"))
  var socket: String?
  @Option(
    help: ArgumentHelp(
      "Let members of this Unix group use the socket too (default: this user alone).",
      valueName: "group"))
  var socketGroup: String?
  @Option(
    help: ArgumentHelp(
      "Let agents of clusters dial this address, as 0.0.0.0:8443 (default: none may).",
      valueName: "host:port"))
  var agentListen: String?
  @Option(
    help: ArgumentHelp(
      "Host names and addresses under which they do; commas between several (default: the host).",
      valueName: "names"))
  var agentNames: String?
  @Option(
    help: ArgumentHelp("How often to look at the repository (default: 15s).", valueName: "time"))
  var pollInterval: String?
  @Option(
    help: ArgumentHelp(
      "trace, debug, info, notice, warning, error (default: info).", valueName: "level"))
  var logLevel: String?
  @Option(help: ArgumentHelp("text or json (default: text).", valueName: "format"))
  var logFormat: String?
  @Option(help: ArgumentHelp("File with a bearer token for the repository.", valueName: "path"))
  var gitTokenFile: String?
  @Option(help: ArgumentHelp("User name for the repository.", valueName: "name"))
  var gitUser: String?
  @Option(help: ArgumentHelp("File with that user's password or token.", valueName: "path"))
  var gitPasswordFile: String?
  @Option(
    name: .customLong("git-ssh-key"), help: ArgumentHelp("Private SSH key.", valueName: "path"))
  var gitSSHKey: String?
  @Option(help: ArgumentHelp("known_hosts file for it.", valueName: "path"))
  var gitKnownHosts: String?
  @Option(
    name: .customLong("git-ca-file"),
    help: ArgumentHelp("Certificate authorities of the repository's server.", valueName: "path"))
  var gitCAFile: String?
  @Option(
    help: ArgumentHelp(
      "Settings file (or FLOTILLA_CONFIG; default: ~/.config/flotilla/hub.yaml if it exists).",
      valueName: "path"))
  var config: String?

  private var flags: [HubSetting: String] {
    let given: [HubSetting: String?] = [
      .repo: repo, .branch: branch, .database: database, .mirror: mirror,
      .credentialsDir: credentialsDir, .exportDir: exportDir,
      .allowInsecureTLS: allowInsecureTLS ? "true" : nil, .listen: listen, .socket: socket,
      .socketGroup: socketGroup,
      .agentListen: agentListen, .agentNames: agentNames,
      .pollInterval: pollInterval, .logLevel: logLevel, .logFormat: logFormat,
      .gitTokenFile: gitTokenFile, .gitUser: gitUser, .gitPasswordFile: gitPasswordFile,
      .gitSSHKey: gitSSHKey, .gitKnownHosts: gitKnownHosts, .gitCAFile: gitCAFile,
    ]
    return given.compactMapValues { $0 }
  }

  func run() async throws {
    let settings = try settings(ProcessInfo.processInfo.environment)
    let logger = HubCommand.logger(settings)
    try HubAPIServer.check(settings.addresses, socketGroup: settings.socketGroup)
    let hub = try Hub(try HubCommand.configuration(settings), logger: logger)
    let repository = await hub.status().repository
    let api = HubAPIServer(
      hub: hub, addresses: settings.addresses, socketGroup: settings.socketGroup, logger: logger
    ) { addresses in
      let places = addresses.map(\.description).joined(separator: " and ")
      StandardOutput.print(
        "flotilla \(FlotillaVersion.number) serves \(repository.url), branch "
          + "\(repository.branch), on \(places)")
    }
    var services: [any Service] = [hub, api]
    if let gate = hub.agentGate, let address = settings.agents {
      services.append(
        AgentListener(gate: gate, host: address.host, port: address.port, logger: logger) { port in
          logger.notice(
            "listening for agents", metadata: ["address": "\(address.host):\(port)"])
        })
    }
    var group = ServiceGroupConfiguration(
      services: services, gracefulShutdownSignals: [.sigterm, .sigint],
      logger: HubCommand.quiet(logger))
    group.maximumGracefulShutdownDuration = .seconds(60)
    try await ServiceGroup(configuration: group).run()
  }

  private func settings(_ environment: [String: String]) throws -> HubSettings {
    var file: HubSettingsFile?
    if let path = config ?? environment["FLOTILLA_CONFIG"], !path.isEmpty {
      file = try HubSettingsFile(path: path)
    } else {
      let path = StandardFolders(environment: environment).configuration + "/hub.yaml"
      if FileManager.default.fileExists(atPath: path) { file = try HubSettingsFile(path: path) }
    }
    return try HubSettings(flags: flags, environment: environment, file: file)
  }

  private static func logger(_ settings: HubSettings) -> Logger {
    let level = Logger.Level(rawValue: settings.logLevel) ?? .info
    var logger = Logger(label: "flotilla") { label in
      LogOutput(label: label, format: settings.logFormat, logLevel: level)
    }
    logger.logLevel = level
    return logger
  }

  /// The service framework's own messages say nothing to an operator below warnings.
  private static func quiet(_ logger: Logger) -> Logger {
    var logger = logger
    logger.logLevel = max(logger.logLevel, .warning)
    return logger
  }

  private static func configuration(_ settings: HubSettings) throws -> HubConfiguration {
    for path in [settings.database, settings.mirror] {
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      do {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true,
          attributes: [.posixPermissions: 0o700])
      } catch {
        throw HubSettings.Invalid(
          description: "the folder of \(path) cannot be created: \(error.localizedDescription)")
      }
    }
    return HubConfiguration(
      remote: try remote(settings), branch: settings.branch, databasePath: settings.database,
      mirrorPath: settings.mirror, credentialsDirectory: settings.credentialsDirectory,
      exportDirectory: settings.exportDirectory, allowsInsecureTLS: settings.allowsInsecureTLS,
      pollInterval: .milliseconds(settings.pollInterval.milliseconds),
      agents: settings.agents.map { HubConfiguration.Agents(names: $0.names) })
  }

  private static func remote(_ settings: HubSettings) throws -> GitRemote {
    let git = settings.git
    var credentials = GitCredentials.none
    if let file = git[.gitTokenFile] {
      credentials = .token(file: file)
    } else if let user = git[.gitUser] {
      guard let file = git[.gitPasswordFile] else {
        throw HubSettings.Invalid(
          description: "--git-user needs --git-password-file: passwords are read from files only")
      }
      credentials = .basic(user: user, passwordFile: file)
    } else if let key = git[.gitSSHKey] {
      credentials = .sshKey(file: key, knownHosts: git[.gitKnownHosts])
    }
    return try GitRemote(
      url: settings.repo, credentials: credentials, caFile: git[.gitCAFile])
  }
}
