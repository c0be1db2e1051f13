import FleetModel
import Foundation
import HubAPI
import RolloutEngine
import Testing

@Suite("The program against a hub")
struct ProgramTests {
  @Test func listsComeAsTablesNamesJSONAndYAML() async throws {
    try await ServedHub.with(try await .promoting()) { served in
      let hub = "unix:\(served.socket)"
      let table = try await Program.run(["get", "clusters", "-l", "region=us"], hub: hub)
      #expect(table.status == 0, "\(table.errors)")
      #expect(
        table.output == """
          NAME       ENVIRONMENT  STATUS  APPS
          prod-us-1  prod         active  web=-
          prod-us-2  prod         active  web=-
          prod-us-3  prod         active  web=-

          """)
      let names = try await Program.run(["get", "rollout", "-o", "name"], hub: hub)
      #expect(names.output == "rollout/web-dev-1\nrollout/web-prod-1\n")
      let json = try await Program.run(["get", "waves/web-prod-1/eu", "-o", "json"], hub: hub)
      #expect(json.output.contains("\"name\": \"eu\""), "\(json.errors)")
      let yaml = try await Program.run(["get", "environment", "prod", "-o", "yaml"], hub: hub)
      #expect(yaml.output.contains("\nname: prod\n"), "\(yaml.errors)")
    }
  }

  @Test func statusExitsByTheStateOfTheRollout() async throws {
    let model = try await ModelHub.promoting()
    try await ServedHub.with(model) { served in
      let hub = "unix:\(served.socket)"
      #expect(try await Program.run(["rollout", "status", "web-dev-1"], hub: hub).status == 0)
      #expect(try await Program.run(["rollout", "status", "web-prod-1"], hub: hub).status == 2)
      let pause = try await Program.run(
        ["rollout", "pause", "--reason", "the database team asks"], hub: hub)
      #expect(pause.status == 0, "\(pause.errors)")
      #expect(pause.output.hasPrefix("rollout/web-prod-1 paused\n"))
      let paused = try await Program.run(["rollout", "status"], hub: hub)
      #expect(paused.status == 2)
      #expect(paused.output.contains("by \(NSUserName()) "))
      #expect(paused.output.contains("the database team asks"))
      #expect(paused.output.contains("flotilla rollout resume web-prod-1 --reason 'WHY'"))
      #expect(
        try await Program.run(["rollout", "resume", "--reason", "fine"], hub: hub).status == 0)
      try await model.settle(only: ["prod-eu-0"], .failed("image not found", permanent: true))
      #expect(try await Program.run(["rollout", "status", "web-prod-1"], hub: hub).status == 3)
    }
  }

  @Test func aRefusalExitsWith4AndSaysWhatToDo() async throws {
    let model = ModelHub()
    try await model.configure()
    try await model.release(1, subject: "First")
    try await ServedHub.with(model) { served in
      let result = try await Program.run(
        ["promote", ModelHub.commit(1), "--to", "prod", "--reason", "go"],
        hub: "unix:\(served.socket)")
      #expect(result.status == 4)
      #expect(result.output.isEmpty)
      #expect(result.errors.hasPrefix("refused: cannot promote"))
      #expect(result.errors.split(separator: "\n").count == 1)
    }
  }

  @Test func watchingOutsideOfATerminalPrintsWhatHappensAndEndsWithTheRollout() async throws {
    let model = try await ModelHub.promoting()
    try await ServedHub.with(model) { served in
      async let watch = Program.run(
        ["rollout", "status", "web-prod-1", "--watch"], hub: "unix:\(served.socket)")
      try await model.waitForListener()
      try await model.settle()
      try await model.pass(.minutes(6))
      try await model.settle()
      let result = try await watch
      #expect(result.status == 0, "\(result.errors)")
      let last = result.output.split(separator: "\n").last
      #expect(last == "rollout/web-prod-1 succeeded: 7 of 7 targets done")
      #expect(!result.output.contains("\u{1B}"))
    }
  }

  @Test func watchingSurvivesLostStreamsWithoutLossOrRepetition() async throws {
    let model = try await ModelHub.promoting()
    try await ServedHub.with(model) { served in
      async let watch = Program.run(
        ["rollout", "status", "web-prod-1", "--watch"], hub: "unix:\(served.socket)")
      try await model.waitForListener()
      let dropper = Task {
        while !Task.isCancelled {
          await model.dropStreams()
          try await Task.sleep(for: .milliseconds(20))
        }
      }
      try await model.settle()
      try await model.pass(.minutes(6))
      try await model.settle()
      let result = try await watch
      dropper.cancel()
      #expect(result.status == 0, "\(result.errors)")
      // What was printed as it happened is the end of the rollout's history, each event once.
      let printed = result.output.split(separator: "\n").filter { $0.hasPrefix("2026-") }
        .map { String($0.dropFirst(26)) }
      let page: ItemList<EventDocument> = try await served.get(
        "/api/v1/events?rollout=web-prod-1")
      #expect(printed == page.items.map(\.message).suffix(printed.count))
      #expect(printed.last == "rollout web-prod-1 succeeded")
    }
  }

  @Test func withoutAHubTheErrorSaysHowToStartOne() async throws {
    let result = try await Program.run(["get", "clusters"], hub: "unix:/nonexistent/hub.sock")
    #expect(result.status == 1)
    #expect(
      result.errors.hasPrefix(
        "error: no hub answers at unix:/nonexistent/hub.sock: start one with `flotilla hub --repo"))
  }

  @Test(arguments: [
    (["rolout", "status"], "'rolout' is no command of flotilla; did you mean `flotilla rollout`?"),
    (
      ["rollout", "staus"],
      "'staus' is no command of flotilla rollout; did you mean `flotilla rollout status`?"
    ),
    (
      ["drift", "corect"],
      "'corect' is no command of flotilla drift; did you mean `flotilla drift correct`?"
    ),
    (["get", "drfit"], "there is no kind 'drfit'; did you mean `drift`?"),
    (["get", "cluser"], "there is no kind 'cluser'; did you mean `cluster`?"),
    (["schema", "Clutser"], "there is no kind 'Clutser'; did you mean `Cluster`?"),
  ])
  func aMisspeltWordIsAnsweredWithASuggestion(arguments: [String], message: String) async throws {
    let result = try await Program.run(arguments)
    #expect(result.status == 1)
    #expect(result.errors == "error: \(message)\n")
  }

  @Test func aMissingReasonIsAUsageErrorWithExitCode1() async throws {
    let result = try await Program.run(["rollout", "abort", "web-prod-1"])
    #expect(result.status == 1)
    #expect(result.errors.contains("--reason"))
  }

  @Test func aReaderThatStopsReadingEndsTheProgramQuietly() async throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [
      "-c", "'\(Program.path)' schema | head -n 1; echo \"${PIPESTATUS[0]}\"",
    ]
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(text.hasPrefix("{\n"))
    #expect(["0", "141"].contains(text.split(separator: "\n").last.map(String.init)))
    #expect(errors.fileHandleForReading.readDataToEndOfFile().isEmpty)
  }

  @Test func everyCommandHasHelpWithAnExampleOrAShortOne() async throws {
    for command in [
      ["get"], ["explain"], ["status"], ["promote"], ["rollout"], ["rollout", "status"],
      ["rollout", "pause"], ["rollout", "resume"], ["rollout", "abort"], ["rollout", "retry"],
      ["rollout", "history"], ["cordon"], ["uncordon"], ["build"], ["render"], ["lint"],
      ["schema"], ["hub"], ["version"], ["wait"], ["drift"], ["drift", "correct"],
    ] {
      let result = try await Program.run(command + ["--help"])
      #expect(result.status == 0)
      #expect(result.output.hasPrefix("OVERVIEW: "), "\(command)")
    }
  }
}
