import FleetModel
import HubAPI
import Testing

@testable import flotilla

@Suite("What a hub is told")
struct HubSettingsTests {
  private let home = ["HOME": "/home/anna"]

  private func file(_ text: String) throws -> HubSettingsFile {
    try HubSettingsFile(Array(text.utf8), path: "hub.yaml")
  }

  private func settings(
    _ flags: [HubSetting: String] = [:], _ variables: [String: String] = [:], _ text: String = ""
  ) throws -> HubSettings {
    try HubSettings(
      flags: flags.merging([.repo: "."]) { given, _ in given },
      environment: home.merging(variables) { _, new in new }, file: try file(text))
  }

  @Test func aFlagWinsOverTheEnvironmentAndThatOverTheFile() throws {
    let text = "branch: from-file\npollInterval: 3m\nlogLevel: debug\n"
    let variables = ["FLOTILLA_BRANCH": "from-environment", "FLOTILLA_POLL_INTERVAL": "2m"]
    let settings = try settings([.branch: "from-flag"], variables, text)
    #expect(settings.branch == "from-flag")
    #expect(settings.pollInterval == .minutes(2))
    #expect(settings.logLevel == "debug")
  }

  @Test func defaultsLieInTheUsersFolders() throws {
    let settings = try settings()
    #expect(settings.branch == "main")
    #expect(settings.database == "/home/anna/.local/state/flotilla/hub.sqlite")
    #expect(settings.mirror.hasPrefix("/home/anna/.cache/flotilla/mirrors/"))
    let other = try self.settings([.repo: "https://git.example.org/other.git"])
    #expect(other.mirror != settings.mirror, "a mirror belongs to one repository")
    #expect(settings.credentialsDirectory == "/home/anna/.config/flotilla/credentials")
    #expect(settings.addresses == [.unix(path: "/home/anna/.local/state/flotilla/hub.sock")])
    #expect(settings.addresses == [.standard(environment: home)])
  }

  @Test func relativeXDGFoldersAreIgnored() throws {
    let settings = try settings([:], ["XDG_STATE_HOME": "here", "XDG_RUNTIME_DIR": "/run/user/1"])
    #expect(settings.database == "/home/anna/.local/state/flotilla/hub.sqlite")
    #expect(settings.addresses == [.unix(path: "/run/user/1/flotilla/hub.sock")])
  }

  @Test func theSocketIsForOneUserUnlessAGroupIsNamed() throws {
    #expect(try settings().socketGroup == nil)
    #expect(try settings([:], [:], "socketGroup: approvers\n").socketGroup == "approvers")
    #expect(try settings([.socketGroup: "ops"]).socketGroup == "ops")
  }

  @Test func listenTakesSeveralAddressesBesideTheSocket() throws {
    let settings = try settings(
      [.listen: "127.0.0.1:8085, [::1]:8085", .socket: "/tmp/h.sock"])
    #expect(
      settings.addresses == [
        .unix(path: "/tmp/h.sock"), .http(host: "127.0.0.1", port: 8085),
        .http(host: "::1", port: 8085),
      ])
    let fromFile = try self.settings([.socket: "none"], [:], "listen:\n- 127.0.0.1:1\n")
    #expect(fromFile.addresses == [.http(host: "127.0.0.1", port: 1)])
  }

  @Test func aServerIsLeftUnverifiedOnlyOnRequest() throws {
    #expect(try !settings().allowsInsecureTLS)
    #expect(try settings([.allowInsecureTLS: "true"]).allowsInsecureTLS)
    #expect(try settings([:], ["FLOTILLA_ALLOW_INSECURE_TLS": "true"]).allowsInsecureTLS)
    #expect(try settings([:], [:], "allowInsecureTls: true\n").allowsInsecureTLS)
    let error = #expect(throws: HubSettings.Invalid.self) {
      try settings([:], ["FLOTILLA_ALLOW_INSECURE_TLS": "perhaps"])
    }
    #expect(
      error?.description
        == "FLOTILLA_ALLOW_INSECURE_TLS: 'perhaps' is no truth value; write true or false")
  }

  @Test func aMalformedValueNamesItsSource() throws {
    func failure(_ flags: [HubSetting: String], _ variables: [String: String], _ text: String)
      -> String
    {
      do {
        _ = try settings(flags, variables, text)
        return "none"
      } catch { return "\(error)" }
    }
    #expect(failure([.pollInterval: "soon"], [:], "").hasPrefix("--poll-interval: 'soon'"))
    #expect(
      failure([:], ["FLOTILLA_LOG_LEVEL": "loud"], "").hasPrefix("FLOTILLA_LOG_LEVEL: 'loud'"))
    #expect(failure([:], [:], "branch: x\nlogFormat: xml").hasPrefix("hub.yaml:2:12: 'xml'"))
    #expect(failure([.pollInterval: "10ms"], [:], "").contains("at least 1s"))
  }

  @Test func anUnknownKeyInTheFileIsAnErrorWithItsPlaceAndASuggestion() {
    let error = #expect(throws: HubSettingsFile.Invalid.self) {
      try file("repo: .\npolInterval: 3m\n")
    }
    #expect(
      error?.description
        == "hub.yaml:2:1: unknown setting 'polInterval'; did you mean 'pollInterval'?")
  }

  @Test func withoutARepositoryTheErrorSaysHowToGiveOne() {
    let error = #expect(throws: HubSettings.Invalid.self) {
      try HubSettings(flags: [:], environment: [:], file: nil)
    }
    #expect(error?.description.contains("--repo") == true)
  }
}
