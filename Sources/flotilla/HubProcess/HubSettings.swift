internal import FleetModel
internal import Foundation
internal import HubAPI
internal import Manifests

/// One thing that a hub can be told, by flag, environment variable or file.
enum HubSetting: String, CaseIterable, Sendable {
  case repo, branch, database, mirror, socket, listen
  case socketGroup = "socket-group"
  case credentialsDir = "credentials-dir"
  case exportDir = "export-dir"
  case agentListen = "agent-listen"
  case agentNames = "agent-names"
  case allowInsecureTLS = "allow-insecure-tls"
  case pollInterval = "poll-interval"
  case logLevel = "log-level"
  case logFormat = "log-format"
  case gitTokenFile = "git-token-file"
  case gitUser = "git-user"
  case gitPasswordFile = "git-password-file"
  case gitSSHKey = "git-ssh-key"
  case gitKnownHosts = "git-known-hosts"
  case gitCAFile = "git-ca-file"

  var flag: String { "--\(rawValue)" }

  /// `FLOTILLA_POLL_INTERVAL`
  var variable: String {
    "FLOTILLA_" + rawValue.uppercased().replacingOccurrences(of: "-", with: "_")
  }

  /// `pollInterval`
  var key: String {
    let words = rawValue.split(separator: "-")
    return words.prefix(1).joined() + words.dropFirst().map(\.capitalized).joined()
  }
}

/// Where agents dial the hub, and under which names.
struct AgentAddress: Sendable, Equatable {
  var host: String
  var port: Int
  /// For the hub's certificate.
  var names: [String]

  /// `nil` where `text` is not `HOST:PORT`. Without `names` the host itself is the name, unless it
  /// stands for every address of the machine.
  init?(_ text: String, names: String?) {
    guard let colon = text.lastIndex(of: ":"),
      let port = UInt16(text[text.index(after: colon)...])
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty, host.allSatisfy({ !$0.isWhitespace && $0 != "/" }) else { return nil }
    self.host = String(host)
    self.port = Int(port)
    let given = (names ?? "").split(separator: ",").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    let isEvery = ["0.0.0.0", "::"].contains(self.host)
    self.names = given.isEmpty && !isEvery ? [self.host] : given
  }
}

/// Everything a hub is told, from all sources.
struct HubSettings: Sendable, Equatable {
  enum LogFormat: String, CaseIterable, Sendable { case text, json }

  var repo: String
  var branch: String
  var database: String
  var mirror: String
  var credentialsDirectory: String
  /// Where folders of clusters that are supplied by hand are; absolute.
  var exportDirectory: String?
  /// Whether a kubeconfig may switch off the check of its server's certificate.
  var allowsInsecureTLS: Bool
  var addresses: [HubAddress]
  /// Whose members may connect to the socket, beside the hub's user.
  var socketGroup: String?
  /// Where agents may dial; `nil` for nowhere.
  var agents: AgentAddress?
  var pollInterval: TimeSpan
  var logLevel: String
  var logFormat: LogFormat
  /// The `git-…` settings that were given.
  var git: [HubSetting: String]

  static let logLevels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]

  /// A setting that is missing or malformed; names the source that it came from.
  struct Invalid: Error, Equatable, CustomStringConvertible {
    let description: String
  }

  /// A value and where it was written.
  private struct Given {
    let text: String
    let source: String
  }

  /// Flags win over the environment, the environment over the file, the file over defaults.
  init(flags: [HubSetting: String], environment: [String: String], file: HubSettingsFile?) throws {
    func given(_ setting: HubSetting) -> Given? {
      if let text = flags[setting] { return Given(text: text, source: setting.flag) }
      if let text = environment[setting.variable], !text.isEmpty {
        return Given(text: text, source: setting.variable)
      }
      return file?.values[setting].map { Given(text: $0.text, source: $0.place) }
    }
    func invalid(_ given: Given, _ expected: String) -> Invalid {
      Invalid(description: "\(given.source): '\(given.text)' is no \(expected)")
    }
    guard let repo = given(.repo), !repo.text.isEmpty else {
      throw Invalid(
        description:
          "no repository: give one with --repo URL-OR-PATH, FLOTILLA_REPO or 'repo' in a "
          + "file (--config)")
    }
    self.repo = repo.text
    let folders = StandardFolders(environment: environment)
    branch = given(.branch)?.text ?? "main"
    database = given(.database)?.text ?? folders.data + "/hub.sqlite"
    mirror = given(.mirror)?.text ?? HubSettings.mirror(of: repo.text, in: folders.cache)
    credentialsDirectory = given(.credentialsDir)?.text ?? folders.configuration + "/credentials"
    exportDirectory = given(.exportDir).map { URL(filePath: $0.text).standardizedFileURL.path }

    let insecure = given(.allowInsecureTLS) ?? Given(text: "false", source: "default")
    guard let isAllowed = Bool(insecure.text) else {
      throw invalid(insecure, "truth value; write true or false")
    }
    allowsInsecureTLS = isAllowed

    let interval = given(.pollInterval) ?? Given(text: "15s", source: "default")
    guard let span = TimeSpan(parsing: interval.text), span >= .seconds(1) else {
      throw invalid(interval, "duration of at least 1s (write 30s or 5m)")
    }
    pollInterval = span

    let level = given(.logLevel) ?? Given(text: "info", source: "default")
    guard HubSettings.logLevels.contains(level.text) else {
      throw invalid(level, "log level; they are \(HubSettings.logLevels.joined(separator: ", "))")
    }
    logLevel = level.text
    let format = given(.logFormat) ?? Given(text: "text", source: "default")
    guard let known = LogFormat(rawValue: format.text) else {
      throw invalid(format, "log format; they are text and json")
    }
    logFormat = known

    var addresses: [HubAddress] = []
    if let socket = given(.socket) {
      // `none` serves no socket at all.
      if socket.text != "none" {
        addresses.append(
          socket.text.hasPrefix("unix:")
            ? try HubAddress(parsing: socket.text) : try .unix(checking: socket.text))
      }
    } else {
      addresses.append(.standard(environment: environment))
    }
    if let listen = given(.listen) {
      for text in listen.text.split(separator: ",") {
        addresses.append(try HubAddress(parsing: text.trimmingCharacters(in: .whitespaces)))
      }
    }
    guard !addresses.isEmpty else {
      throw Invalid(description: "nothing to listen on: --socket is none and there is no --listen")
    }
    self.addresses = addresses
    socketGroup = given(.socketGroup)?.text
    if let listen = given(.agentListen) {
      guard let address = AgentAddress(listen.text, names: given(.agentNames)?.text) else {
        throw invalid(listen, "address: expected HOST:PORT, such as 0.0.0.0:8443")
      }
      guard !address.names.isEmpty else {
        throw Invalid(
          description:
            "\(listen.source): under which names agents dial \(listen.text) is not known: "
            + "give --agent-names, such as hub.example.org")
      }
      agents = address
    } else if let names = given(.agentNames) {
      throw Invalid(description: "\(names.source) needs --agent-listen")
    }

    git = [:]
    for setting in HubSetting.allCases where setting.rawValue.hasPrefix("git-") {
      if let given = given(setting) { git[setting] = given.text }
    }
  }
}

extension HubSettings {
  /// A folder of its own for each repository: a mirror belongs to one.
  static func mirror(of repo: String, in cache: String) -> String {
    "\(cache)/mirrors/\(Digest(hashing: repo).short).git"
  }
}

/// Where programs of this user keep things, by the XDG base directory specification.
struct StandardFolders: Sendable, Equatable {
  let data: String
  let cache: String
  let configuration: String

  init(environment: [String: String]) {
    let home = environment["HOME"] ?? "/"
    func folder(_ variable: String, _ fallback: String) -> String {
      // The specification says that a relative path is to be ignored.
      let base = environment[variable].flatMap { $0.hasPrefix("/") ? $0 : nil }
      return (base ?? (home == "/" ? "" : home) + fallback) + "/flotilla"
    }
    data = folder("XDG_STATE_HOME", "/.local/state")
    cache = folder("XDG_CACHE_HOME", "/.cache")
    configuration = folder("XDG_CONFIG_HOME", "/.config")
  }
}
